# The exact bytes of a creation: order of headers, Basic authorization, form coding, no Expect.
story a creation is answered 201 with a SID

connection
> POST /2010-04-01/Accounts/{account}/Messages.json HTTP/1.1
> Host: 127.0.0.1:{port}
> User-Agent: Sterling/0.1
> Authorization: Basic QUNhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYTowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==
> Accept: application/json
> Accept-Charset: utf-8
> Content-Type: application/x-www-form-urlencoded
> Content-Length: {length}
>
> To=%2B14155550100&From=%2B14155550111&MessagingServiceSid=MGcccccccccccccccccccccccccccccccc\
> &Body=Hi+%26+50%25+off%2C+Jos%C3%A9&StatusCallback=https%3A%2F%2Fh.test%2Fs%3Fm%3D1%23rc%3D5\
> &ValidityPeriod=3600&SmartEncoded=true
< HTTP/1.1 201 Created
< Date: Thu, 24 Aug 2023 05:01:45 GMT
< Content-Type: application/json
< Twilio-Request-Id: RQ0123456789abcdef0123456789abcdef
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued","body":"Hello"}

run create to=+14155550100 from=+14155550111 service=MGcccccccccccccccccccccccccccccccc body="Hi & 50% off, José" callback=https://h.test/s?m=1#rc=5 validity_s=3600 smart=yes
expect class=accepted status=201 sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa state=queued body=Hello code=0
expect date_ms=1692853305000 request_id=RQ0123456789abcdef0123456789abcdef first_byte=yes

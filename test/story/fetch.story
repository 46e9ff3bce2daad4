story one message is fetched, and one that is not there

connection
> GET /2010-04-01/Accounts/{account}/Messages/SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json HTTP/1.1
> Host: 127.0.0.1:{port}
> User-Agent: Sterling/0.1
> Authorization: Basic {any}
> Accept: application/json
> Accept-Charset: utf-8
>
< HTTP/1.1 200 OK
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"delivered"}
request
< HTTP/1.1 404 Not Found
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20404,"message":"No","more_info":"https://www.twilio.com/docs/errors/20404","status":404}
request
< HTTP/1.1 200 OK
< Content-Length: {length}
<
< {"sid":"SMdddddddddddddddddddddddddddddddd","status":"delivered"}

run fetch sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
expect class=ok state=delivered
run fetch sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
expect class=failed status=404 code=20404
run fetch sid=SMcccccccccccccccccccccccccccccccc
expect class=failed status=200 sid=""

story a scheduled message is canceled, a final one redacted

connection
> POST /2010-04-01/Accounts/{account}/Messages/SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json HTTP/1.1
> Host: {any}
> {any}
> {any}
> {any}
> {any}
> {any}
> Content-Length: {length}
>
> Status=canceled
< HTTP/1.1 200 OK
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"canceled"}
> POST /2010-04-01/Accounts/{account}/Messages/SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.json HTTP/1.1
> Host: {any}
> {any}
> {any}
> {any}
> {any}
> {any}
> Content-Length: {length}
>
> Body=
< HTTP/1.1 200 OK
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"delivered","body":""}
request
< HTTP/1.1 409 Conflict
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":30409,"message":"No","more_info":"https://www.twilio.com/docs/errors/30409","status":409}

run cancel sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
expect class=accepted state=canceled
run redact sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
expect class=accepted body=""
run cancel sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
expect class=rejected code=30409

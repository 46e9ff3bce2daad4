story a probe asks whether the provider itself answers

connection
> GET /2010-04-01/Accounts/{account}/Messages.json?PageSize=1 HTTP/1.1
> Host: 127.0.0.1:{port}
> User-Agent: Sterling/0.1
> Authorization: Basic {any}
> Accept: application/json
> Accept-Charset: utf-8
>
< HTTP/1.1 200 OK
< Content-Length: {length}
<
< {"messages":[],"next_page_uri":null}
request
< HTTP/1.1 401 Unauthorized
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20003,"message":"No","more_info":"https://www.twilio.com/docs/errors/20003","status":401}
request
< HTTP/1.1 503 Service Unavailable
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20503,"message":"No","more_info":"https://www.twilio.com/docs/errors/20503","status":503}
request
< HTTP/1.1 407 Proxy Authentication Required
< Content-Length: {length}
<
< who are you

run probe
expect class=ok
run probe
expect class=ok code=20003
run probe
expect class=failed status=503
run probe
expect class=failed status=407

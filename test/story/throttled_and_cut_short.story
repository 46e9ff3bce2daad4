story 429 is enough, however its body ends

connection
request
< HTTP/1.1 429 Too Many Requests
< Content-Length: 100
<
< {"code":
close

run create
expect class=throttled status=429 retry_after_ms=0

story 429 did not take effect and says when to come back

connection
request
< HTTP/1.1 429 Too Many Requests
< Retry-After: 3
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20429,"message":"Too Many Requests","more_info":"https://www.twilio.com/docs/errors/20429","status":429}

run create
expect class=throttled status=429 code=20429 retry_after_ms=3000 message="Too Many"

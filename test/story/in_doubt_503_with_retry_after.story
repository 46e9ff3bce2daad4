story 503 is in doubt even when it says when to come back

connection
request
< HTTP/1.1 503 Service Unavailable
< Retry-After: 2
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20503,"message":"Unavailable","status":503}

run create
expect class=in_doubt status=503 retry_after_ms=2000 code=20503
requests 1

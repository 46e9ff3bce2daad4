story an interim answer that nobody asked for is passed over

connection
request
< HTTP/1.1 100 Continue
< Retry-After: 9
<

< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued"}

run create
expect class=accepted status=201 retry_after_ms=0

# The date is compared with the provider's own clock, not ours. The body is an edge's.
story 429 of an edge, with Retry-After as a date

connection
request
< HTTP/1.1 429 Too Many Requests
< Date: Sun, 06 Nov 1994 08:49:37 GMT
< Retry-After: Sun, 06 Nov 1994 08:49:47 GMT
< Content-Length: {length}
<
< slow down

run create
expect class=throttled status=429 code=0 retry_after_ms=10000

# libcurl takes a reused connection that ends without a byte for stale and repeats the request by itself, up to
# five times, if it can rewind the body. The second request was received: it must be seen once.
story a kept connection ends after it took the second request

connection
request
< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued"}
request
close
connection
silence

run create
expect class=accepted
run create
expect class=in_doubt status=0 first_byte=yes
requests 2

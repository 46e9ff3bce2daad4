story a kept connection is reset after it took the second request

connection
request
< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued"}
request
reset
connection
silence

run create
expect class=accepted
run create
expect class=in_doubt status=0
requests 2

story 2xx whose JSON is cut in half, in a complete answer

connection
request
< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","bo

run create
expect class=in_doubt status=201 first_byte=yes
requests 1

story 2xx whose JSON has no SID

connection
request
< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"status":"queued"}

run create
expect class=in_doubt status=201 first_byte=yes
requests 1

story 2xx whose SID is no message

connection
request
< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"sid":"CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}

run create
expect class=in_doubt status=201 first_byte=yes
requests 1

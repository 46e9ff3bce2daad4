story the connection is reset in the middle of the answer

connection
request
< HTTP/1.1 201 Created
< Content-Length: 90
<
< {"sid":"SMaaaa
reset

run create
expect class=in_doubt
requests 1

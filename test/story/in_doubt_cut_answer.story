story the answer breaks off in its body

connection
request
< HTTP/1.1 201 Created
< Content-Length: 90
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":
close

run create
expect class=in_doubt status=201
requests 1

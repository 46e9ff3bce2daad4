story an answer over its bound is not read to the end

connection
request
< HTTP/1.1 201 Created
< Content-Length: 2000002
<
< 
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","body":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx
repeat 40000
hang

run create
expect class=in_doubt status=201
requests 1

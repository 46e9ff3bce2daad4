story 2xx without JSON

connection
request
< HTTP/1.1 201 Created
< Content-Type: text/html
< Content-Length: {length}
<
< <html>Created</html>

run create
expect class=in_doubt status=201 first_byte=yes
requests 1

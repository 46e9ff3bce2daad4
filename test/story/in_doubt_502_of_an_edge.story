story 502 of an edge may have taken effect behind it

connection
request
< HTTP/1.1 502 Bad Gateway
< Content-Type: text/html
< Content-Length: {length}
<
< <html>502</html>

run create
expect class=in_doubt status=502 first_byte=yes
requests 1

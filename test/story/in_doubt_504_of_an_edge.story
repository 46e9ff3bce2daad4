story 504 of an edge

connection
request
< HTTP/1.1 504 Gateway Timeout
< Content-Type: text/html
< Content-Length: {length}
<
< 

run create
expect class=in_doubt status=504 first_byte=yes
requests 1

story an error body made for another answer proves nothing

connection
request
< HTTP/1.1 404 Not Found
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20500,"message":"Internal","status":500}

run create
expect class=in_doubt status=404 first_byte=yes
requests 1

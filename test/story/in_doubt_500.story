story 500 with a Twilio body may have taken effect (error 20500)

connection
request
< HTTP/1.1 500 Internal Server Error
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20500,"message":"Internal Server Error","status":500}

run create
expect class=in_doubt status=500 first_byte=yes
requests 1

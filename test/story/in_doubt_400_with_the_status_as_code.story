story a gateway that repeats the HTTP status as code is not Twilio

connection
request
< HTTP/1.1 400 Bad Request
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":400,"message":"Bad Request","status":400}

run create
expect class=in_doubt status=400 first_byte=yes
requests 1

story 4xx without a Twilio error body is an edge or proxy speaking

connection
request
< HTTP/1.1 403 Forbidden
< Content-Type: text/html
< Content-Length: {length}
<
< <html><h1>403 Forbidden</h1></html>

run create
expect class=in_doubt status=403 first_byte=yes
requests 1

story 408 without a Twilio error body

connection
request
< HTTP/1.1 408 Request Timeout
< Content-Type: text/html
< Content-Length: {length}
<
< <html>408</html>

run create
expect class=in_doubt status=408 first_byte=yes
requests 1

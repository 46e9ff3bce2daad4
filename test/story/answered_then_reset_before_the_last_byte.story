story the peer refuses and resets before it has read the request
set send_buffer 4608
set receive_buffer 2304

connection
read 300
< HTTP/1.1 429 Too Many Requests
< Content-Length: {length}
<
< {"code":20429,"message":"slow","status":429}
close

run create to=+14155550100 from=+14155550111 body_bytes=60000
expect status=429 class=throttled
requests 0

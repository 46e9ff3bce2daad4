story a refusal comes while the request is still being written
set send_buffer 4608
set receive_buffer 2304

connection
read 300
< HTTP/1.1 400 Bad Request
< Content-Length: {length}
<
< {"code":21617,"message":"too long","status":400}
hang

run create to=+14155550100 from=+14155550111 body_bytes=60000
expect class=rejected status=400 code=21617
requests 0
connections 1

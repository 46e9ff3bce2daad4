# An answer came, and it proves nothing: what it means is not for the edge to say.
story an edge refuses while the request is still being written
set send_buffer 4608
set receive_buffer 2304

connection
read 300
< HTTP/1.1 413 Payload Too Large
< Content-Length: {length}
<
< <html>413</html>
hang

run create to=+14155550100 from=+14155550111 body_bytes=60000
expect class=in_doubt status=413
requests 0
connections 1

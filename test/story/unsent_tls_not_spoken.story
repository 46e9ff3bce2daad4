story the peer speaks no TLS: nothing was sent
set scheme https

connection
< HTTP/1.1 400 Bad Request
<
hang

run create
expect class=unsent status=0 first_byte=no
requests 0

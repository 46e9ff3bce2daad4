story a long request is written record by record
set scheme https
set tls yes
set trust yes
set send_buffer 4608
set receive_buffer 2304

connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}

run create to=+14155550100 from=+14155550111 body_bytes=60000
expect class=accepted
requests 1

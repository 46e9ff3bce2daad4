story over TLS two creations share one connection
set scheme https
set tls yes
set trust yes

connection
request
< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued"}
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}

run create
expect class=accepted
run create
expect class=accepted first_byte=yes sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
connections 1

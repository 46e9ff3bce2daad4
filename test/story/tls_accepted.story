story over TLS a creation is answered 201
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

run create
expect class=accepted first_byte=yes

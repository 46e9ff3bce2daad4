story over TLS the peer says goodbye in the middle of its answer
set scheme https
set tls yes
set trust yes

connection
request
< HTTP/1.1 201 Created
< Content-Length: 90
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
close

run create
expect class=in_doubt status=201
requests 1

# Anybody on the way can end a TCP connection: without TLS's own goodbye the answer may be cut.
story over TLS an answer without a length is not believed when the connection just ends
set scheme https
set tls yes
set trust yes

connection
request
< HTTP/1.1 201 Created
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
drop

run create
expect class=in_doubt status=201

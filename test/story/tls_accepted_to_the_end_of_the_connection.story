story over TLS an answer without a length ends with the goodbye
set scheme https
set tls yes
set trust yes

connection
request
< HTTP/1.1 201 Created
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
close

run create
expect class=accepted

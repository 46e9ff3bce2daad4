story an answer of HTTP/1.0 ends its connection

connection
request
< HTTP/1.0 201 Created
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
close
connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}

run create
expect class=accepted
run create
expect class=accepted sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
connections 2

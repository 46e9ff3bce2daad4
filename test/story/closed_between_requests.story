story a connection that was closed after its answer is not used again

connection
request
< HTTP/1.1 201 Created
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
ended 1
run create
expect class=accepted sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
connections 2

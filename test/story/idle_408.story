# Edges say 408 to an idle connection just before they close it.
story a farewell to an idle connection is not taken for an answer

connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}
silence
connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMcccccccccccccccccccccccccccccccc"}

run create
expect class=accepted
interject 408 timeout
run create
expect class=accepted sid=SMcccccccccccccccccccccccccccccccc
connections 2

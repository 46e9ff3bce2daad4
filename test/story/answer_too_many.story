# A second answer that belongs to nothing must not be taken for that of the next request.
story a peer that answers twice at once is not believed twice

connection
request
< HTTP/1.1 201 Created
< Content-Length: 44
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}\
< HTTP/1.1 201 Created
< Content-Length: 44
<
< {"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}
silence
connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMcccccccccccccccccccccccccccccccc"}

run create
expect class=accepted sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
run create
expect class=accepted sid=SMcccccccccccccccccccccccccccccccc
connections 2

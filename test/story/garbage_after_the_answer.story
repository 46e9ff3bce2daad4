story what follows an answer spoils its connection and nothing else

connection
request
< HTTP/1.1 201 Created
< Content-Length: 44
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}garbage
silence
connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}

run create
expect class=accepted sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
run create
expect class=accepted sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
connections 2

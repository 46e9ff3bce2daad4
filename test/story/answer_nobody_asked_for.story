# The answer of a lost request, or a forged one, must not become that of the next: its SID would be bound to a
# message it is not of.
story bytes that came while the connection was idle are not taken for an answer

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
expect class=accepted sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
interject 201 {"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}
run create
expect class=accepted sid=SMcccccccccccccccccccccccccccccccc
connections 2

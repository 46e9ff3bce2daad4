story over TLS each byte of the answer comes in a record of its own
set scheme https
set tls yes
set trust yes

connection
request
< HTTP/1.1 201 Created
< Transfer-Encoding: chunked
<
< a;name=value{crlf}\
< {"sid":"SM{crlf}\
< 22{crlf}\
< aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}{crlf}\
< 0{crlf}\
< X-Trailer: x{crlf}\
< {crlf}\
<
split
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}

run create
expect class=accepted
run create
expect class=accepted sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
connections 1

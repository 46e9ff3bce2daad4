story the same, each byte by itself

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
split

run create
expect class=accepted sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
run create
expect class=accepted sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
connections 1

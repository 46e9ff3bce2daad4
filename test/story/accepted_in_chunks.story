story an answer in chunks, with an extension and a trailer, leaves the connection usable

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
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}

run create
expect class=accepted sid=SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
run create
expect class=accepted sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
connections 1

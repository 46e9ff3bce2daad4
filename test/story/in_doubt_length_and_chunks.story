story an answer with two lengths is not believed

connection
request
< HTTP/1.1 201 Created
< Content-Length: 44
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
hang

run create
expect class=in_doubt status=201
requests 1

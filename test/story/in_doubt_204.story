story 2xx without a body

connection
request
< HTTP/1.1 204 No Content
<

run create
expect class=in_doubt status=204

story a redirect is not followed (303)

connection
request
< HTTP/1.1 303 See Other
< Location: /2010-04-01/Accounts/{account}/Messages.json
< Content-Type: text/html
< Content-Length: {length}
<
< moved

run create
expect class=in_doubt status=303 first_byte=yes
requests 1
connections 1

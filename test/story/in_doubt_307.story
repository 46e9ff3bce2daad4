story a redirect is not followed (307)

connection
request
< HTTP/1.1 307 Temporary Redirect
< Location: /2010-04-01/Accounts/{account}/Messages.json
< Content-Type: text/html
< Connection: close
< Content-Length: {length}
<
< moved

run create
expect class=in_doubt status=307 first_byte=yes
requests 1
connections 1

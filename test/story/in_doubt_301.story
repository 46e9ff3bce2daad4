story a redirect is not followed (301)

connection
request
< HTTP/1.1 301 Moved Permanently
< Location: /2010-04-01/Accounts/{account}/Messages.json
< Content-Type: text/html
< Content-Length: {length}
<
< moved

run create
expect class=in_doubt status=301 first_byte=yes
requests 1
connections 1

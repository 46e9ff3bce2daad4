story an interim answer is no answer

connection
request
< HTTP/1.1 100 Continue
<
close

run create
expect class=in_doubt
requests 1

story an answer that drips does not hold the sender for ever
set timeout_ms 300

connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued","body":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}
drip

run create
expect class=in_doubt
requests 1

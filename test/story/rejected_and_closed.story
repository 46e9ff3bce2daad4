story after a refusal that closes the connection the next request opens another

connection
request
< HTTP/1.1 400 Bad Request
< Connection: close
< Content-Length: {length}
<
< {"code":21610,"message":"unsubscribed","status":400}
close
connection
request
< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued"}

run create
expect class=rejected code=21610
run create
expect class=accepted
connections 2

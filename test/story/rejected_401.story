story wrong credentials are a refusal, not a doubt

connection
request
< HTTP/1.1 401 Unauthorized
< WWW-Authenticate: Basic realm="Twilio API"
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20003,"message":"Authenticate","status":401}

run create
expect class=rejected status=401 code=20003
requests 1

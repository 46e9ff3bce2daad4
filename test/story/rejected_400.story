story 4xx with a Twilio error body is a refusal

connection
request
< HTTP/1.1 400 Bad Request
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":21211,"message":"Invalid 'To' Phone Number: +1415555XXXX","more_info":"https://www.twilio.com/docs/errors/21211","status":400}

run create
expect class=rejected status=400 code=21211 message="Invalid 'To'" first_byte=yes

story a page that is not whole is no page

connection
request
< HTTP/1.1 200 OK
< Content-Length: {length}
<
< {"messages":[{"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},{"sid":null}],"next_page_uri":null}
request
< HTTP/1.1 500 Internal Server Error
< Content-Type: application/json
< Content-Length: {length}
<
< {"code":20500,"message":"No","more_info":"https://www.twilio.com/docs/errors/20500","status":500}
request
< HTTP/1.1 200 OK
< Content-Length: {length}
<
< {"calls":[]}

run list list_to=+14155550100
expect class=failed items=0
run list list_to=+14155550100
expect class=failed status=500 code=20500 items=0
run list list_to=+14155550100
expect class=failed items=0

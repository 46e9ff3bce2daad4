# What is not said is not sent: no empty parameters.
story a creation with nothing but what is needed

connection
> POST /2010-04-01/Accounts/{account}/Messages.json HTTP/1.1
> Host: 127.0.0.1:{port}
> {any}
> {any}
> {any}
> {any}
> {any}
> Content-Length: {length}
>
> To=%2B14155550100&From=%2B14155550111&Body=Hello
< HTTP/1.1 201 Created
< Content-Type: application/json
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued"}

run create to=+14155550100 from=+14155550111 body=Hello
expect class=accepted

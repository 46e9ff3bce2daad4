story the connection is reset after the whole request was received

connection
request
reset

run create
expect class=in_doubt status=0
requests 1
connections 1

story the request was received and no answer comes in time
set timeout_ms 250

connection
request
hang

run create
expect class=in_doubt status=0 first_byte=yes
requests 1

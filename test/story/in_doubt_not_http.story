story the answer is not HTTP

connection
request
< SSH-2.0-OpenSSH_9.2
close

run create
expect class=in_doubt status=0
requests 1

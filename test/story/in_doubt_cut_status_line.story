story the answer breaks off in its status line

connection
request
< HTTP/1.1 20
cut 4
close

run create
expect class=in_doubt first_byte=yes
requests 1

story the connection ends after the whole request was received

connection
request
close

run create
expect class=in_doubt status=0 first_byte=yes
requests 1
connections 1

story the certificate is nobody's: nothing was sent
set scheme https
set tls yes
set trust no

connection
hang

run create
expect class=unsent status=0 first_byte=no message="certificate"
requests 0

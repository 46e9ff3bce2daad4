# OpenSSL's server takes our refusal for the end: what became of the request is not known.
story a peer that wants another handshake does not get it
set scheme https
set tls yes
set trust yes
set tls12 yes

connection
request
renegotiate
drop

run create
expect class=in_doubt status=0
requests 1

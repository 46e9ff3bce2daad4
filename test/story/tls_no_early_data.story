# What goes out with the first flight of a resumed TLS 1.3 session can be played again by whoever saw it. The peer
# allows it; the session is resumed, and nothing goes out before the handshake is over.
story over TLS a resumed session carries no early data
set scheme https
set tls yes
set early yes
set trust yes

connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","status":"queued"}
close
connection
request
< HTTP/1.1 201 Created
< Content-Length: {length}
<
< {"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","status":"queued"}

run create
expect class=accepted
ended 1
run create
expect class=accepted sid=SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
connections 2
resumed 1
early_data 0

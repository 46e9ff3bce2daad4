story the connection is never made: nothing was sent
set deaf yes
set connect_timeout_ms 200

run create
expect class=unsent status=0 first_byte=no
requests 0

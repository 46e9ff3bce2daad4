story nobody listens: nothing was sent
set absent yes

run create
expect class=unsent status=0 first_byte=no message="connect"
connections 0

# The buffers are so small that the kernel cannot take the whole body; the peer reads a little and resets.
story broken before the last request byte was handed over
set send_buffer 4608
set receive_buffer 2304

connection
read 300
reset

run create to=+14155550100 from=+14155550111 body_bytes=40000
expect class=unsent status=0 first_byte=yes
requests 0
connections 1

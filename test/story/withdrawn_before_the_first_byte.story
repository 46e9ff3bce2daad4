story a request taken back before its first byte is never sent

start create
bytes_out no
withdraw yes
withdraw no
bytes_out yes
requests 0
connections 0

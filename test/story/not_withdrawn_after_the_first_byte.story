story a request whose bytes are out is left to its answer
set timeout_ms 250

connection
request
hang

run create
expect class=in_doubt
withdraw no
bytes_out yes

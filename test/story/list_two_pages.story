# Filters go in the first request only; the link of the page leads to the second, whatever host it names.
story a list is read page by page

connection
> GET /2010-04-01/Accounts/{account}/Messages.json?To=%2B14155550100&DateSent%3E=2023-08-24T05%3A01%3A45Z&PageSize=2 HTTP/1.1
> Host: 127.0.0.1:{port}
> User-Agent: Sterling/0.1
> Authorization: Basic {any}
> Accept: application/json
> Accept-Charset: utf-8
>
< HTTP/1.1 200 OK
< Date: Thu, 24 Aug 2023 05:01:45 GMT
< Content-Length: {length}
<
< {"messages":[{"sid":"SMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},{"sid":"SMbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}],
< "page":0,"next_page_uri":"/2010-04-01/Accounts/{account}/Messages.json?PageSize=2&Page=1&PageToken=PASMb"}
> GET /2010-04-01/Accounts/{account}/Messages.json?PageSize=2&Page=1&PageToken=PASMb HTTP/1.1
> Host: 127.0.0.1:{port}
> User-Agent: Sterling/0.1
> Authorization: Basic {any}
> Accept: application/json
> Accept-Charset: utf-8
>
< HTTP/1.1 200 OK
< Content-Length: {length}
<
< {"messages":[{"sid":"SMcccccccccccccccccccccccccccccccc"}],"page":1,"next_page_uri":null}

run list list_to=+14155550100 after_ms=1692853305000 page_size=2
expect class=ok items=2 date_ms=1692853305000
expect next=/2010-04-01/Accounts/{account}/Messages.json?PageSize=2&Page=1&PageToken=PASMb
run list page={next}
expect class=ok items=1 next=""

/*
 * page: ?limit= and ?cursor= in, {"data": […], "next_cursor": …} out. A cursor names the last row shown.
 */
#ifndef STERLING_HTTP_PAGE_H
#define STERLING_HTTP_PAGE_H

#include "http/request.h"

enum { PAGE_LIMIT_DEFAULT = 50, PAGE_LIMIT_MAX = 200 };

struct page {
    size_t limit;
    uint64_t from; /* id of the last row of the page before; 0: the first page */
};
/* False: the problem was answered (422). `filters` are the route's own parameters, separated by spaces. */
bool page_read(struct request *q, const char *filters, struct page *out);
/* Opens the answer; then each row as a value; then page_reply, with the last row's id when there are more. */
struct buf *page_open(struct request *q);
void page_reply(struct request *q, uint64_t next); /* 0: this was the last page */

#endif

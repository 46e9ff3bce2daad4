/*
 * export: contacts as CSV, streamed page by page from the store, so that a million of them take no more
 * memory than a page. Columns: number, the fields of the first page's contacts (sorted), carrier, consent.
 * Fields that only later contacts have are left out; they are in GET /v1/contacts. The file can be imported.
 */
#ifndef STERLING_HTTP_EXPORT_H
#define STERLING_HTTP_EXPORT_H

#include "http/request.h"

void export_contacts(struct request *q, uint32_t list);

/* Any other rows, page by page: writes a page behind *after, which it moves on. ERR_NOT_FOUND: that was the last. */
typedef enum err export_page_fn(struct request *q, struct arena *a, uint64_t *after, struct buf *out);
void export_pages(struct request *q, const char *file, export_page_fn *page);

#endif

/*
 * export: contacts as CSV, streamed page by page from the store, so that a million of them take no more
 * memory than a page. Columns: number, the fields of the first page's contacts (sorted), carrier, consent.
 * Fields that only later contacts have are left out; they are in GET /v1/contacts. The file can be imported.
 */
#ifndef STERLING_HTTP_EXPORT_H
#define STERLING_HTTP_EXPORT_H

#include "http/request.h"

void export_contacts(struct request *q, uint32_t list);

#endif

/* audit: /v1/audit: the red flags of the installation and, some organizations at a time, of its tenants. */
#include "app/audit.h"

#include "base/json_out.h"
#include "http/body.h"
#include "http/page.h"

enum { ORGS_AT_ONCE = 10 }; /* what one answer may cost the server's thread */

/* The first page is about the installation as well. */
static void get(struct request *q)
{
    struct audit_report *report = request_alloc(q, sizeof *report);
    struct org *orgs = request_alloc(q, ORGS_AT_ONCE * sizeof *orgs);
    char cursor[PUBLIC_ID_BYTES];
    struct audit_facts facts;
    struct page page;
    size_t count, most;
    struct buf *b;
    enum err code;

    if (report == NULL || orgs == NULL || !page_read(q, "", &page)) return;
    count = most = page.limit < ORGS_AT_ONCE ? page.limit : ORGS_AT_ONCE;
    audit_begin(report, &q->arena);
    code = q->app->store->ops->orgs(q->reader, &q->arena, (org_id)page.from, orgs, &count);
    if (code != ERR_OK) {
        reply_read_failed(q, code, "organization");
        return;
    }
    if (page.from == 0) {
        audit_look(q->app, q->reader, &q->arena, &facts);
        audit_installation(q->app->settings, &facts, report);
    }
    for (size_t i = 0; i < count; i++) audit_org(q->app, q->reader, &orgs[i], report);
    b = reply_body(q);
    json_open(b, '{');
    audit_view(b, report);
    if (count > 0) public_id_format(q->app->ids, PUBLIC_CURSOR, orgs[count - 1].id, cursor);
    json_put_text(b, "next_cursor", count == most ? cursor : NULL);
    json_close(b, '}');
    reply_json(q, 200);
}

static const struct route ROUTES[] = {
    {"GET", "/v1/audit", ROUTE_OPERATOR, KEY_SCOPE_OPERATOR, BODY_NONE, get, NULL, 0},
};
const struct route_table ROUTES_AUDIT = ROUTE_TABLE(ROUTES);

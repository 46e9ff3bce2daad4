/* alert: what Twilio's debugger says of webhooks that failed (reference 17.2). A ring of alerts_max. */
#include "sandbox/world.h"

#include <stdlib.h>
#include <string.h>

enum { ALERT_BODY_BYTES = 2048 };

static void alert_free(struct alert *a)
{
    if (a == NULL) return;
    free(a->url);
    free(a->variables);
    free(a->body);
    free(a);
}

static char *webhook_variables(struct sandbox *sb, uint64_t webhook)
{
    struct buf form;
    buf_init(&form, 65536);
    if (sandbox_webhook_form(sb, webhook, &form) != ERR_OK) buf_clear(&form);
    return buf_take(&form);
}

void sb_alert_add(struct sandbox *sb, const struct webhook *w, int code,
                  const struct sandbox_webhook_answer *answer)
{
    const struct message *m = sb_message_at(sb, w->message);
    struct alert *a;
    struct alert **slot;
    if (sb->config.alerts_max == 0) return;
    a = world_alloc(sizeof *a);
    a->seq = ++sb->alert_last;
    a->message = w->message;
    a->account = w->account;
    a->service = m == NULL ? SANDBOX_NONE : m->service;
    a->error_code = code;
    a->http_status = answer->failure == SANDBOX_WEBHOOK_ANSWERED ? answer->http_status : 0;
    a->is_get = w->is_get;
    a->url = world_text(str_from(w->url));
    a->variables = webhook_variables(sb, w->id);
    a->body = world_text(str_slice(answer->body, 0, ALERT_BODY_BYTES));
    if (str_copy(answer->content_type, a->content_type, sizeof a->content_type) != ERR_OK)
        a->content_type[0] = '\0';
    a->date_ms = world_date(sb);
    slot = &sb->alerts[a->seq % sb->config.alerts_max];
    alert_free(*slot);
    *slot = a;
}

struct alert *sb_alert_at(const struct sandbox *sb, uint64_t seq)
{
    struct alert *a = sb->config.alerts_max == 0 ? NULL : sb->alerts[seq % sb->config.alerts_max];
    return a == NULL || a->seq != seq ? NULL : a;
}

void sb_alerts_free(struct sandbox *sb)
{
    for (uint32_t i = 0; i < sb->config.alerts_max; i++) alert_free(sb->alerts[i]);
    free(sb->alerts);
}

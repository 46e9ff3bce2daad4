/* status: a status callback as a change. Contract in status.h. Decides nothing about order: the store merges
 * by rank. What may be sent again is the playbook's word. */
#include "app/status.h"

#include "app/org_account.h"
#include "app/pump.h"
#include "base/backoff.h"
#include "rules/phone.h"
#include "rules/playbook.h"
#include "rules/zone.h"
#include "twilio/account.h"

#include <string.h>

/* 0: nothing to record. */
static enum message_state state_of(enum provider_status s)
{
    switch (s) {
    case PROVIDER_SCHEDULED:
    case PROVIDER_ACCEPTED:
    case PROVIDER_QUEUED:
    case PROVIDER_SENDING:
        return MESSAGE_ACCEPTED;
    case PROVIDER_SENT:
        return MESSAGE_SENT;
    case PROVIDER_PARTIALLY_DELIVERED:
    case PROVIDER_DELIVERED:
    case PROVIDER_READ:
        return MESSAGE_DELIVERED;
    case PROVIDER_UNDELIVERED:
        return MESSAGE_UNDELIVERED;
    case PROVIDER_FAILED:
        return MESSAGE_FAILED;
    case PROVIDER_CANCELED:
        return MESSAGE_CANCELED;
    case PROVIDER_UNKNOWN:
    case PROVIDER_RECEIVING:
    case PROVIDER_RECEIVED:
    case PROVIDER_STATUSES:
        break;
    }
    return 0;
}

/* A later try may end otherwise: not when the person, the text or the registration is what was refused. */
static bool may_help(const struct playbook_entry *e)
{
    return e->category == PLAYBOOK_CLASS_RETRY_BACKOFF || e->category == PLAYBOOK_CLASS_THROTTLE ||
           e->category == PLAYBOOK_CLASS_INFO;
}

static int64_t retry_at(const struct app *app, enum playbook_action action, uint8_t attempt, int64_t now_ms)
{
    const struct zone *pacific;

    if (action == PLAYBOOK_NEXT_DAY && zone_find(STR("America/Los_Angeles"), &pacific) == ERR_OK)
        return zone_next_midnight_ms(pacific, now_ms);
    return now_ms + backoff_ms(app->settings->send_retry_first_ms, app->settings->send_retry_max_ms, attempt);
}

static void decide_retry(struct app *app, enum provider_status status, struct change_status *c)
{
    const struct playbook_entry *e;
    enum playbook_action action;

    c->attempts_max =
        (uint8_t)(app->settings->send_attempts_max > 255 ? 255 : app->settings->send_attempts_max);
    /* Most words are of this kind: nothing to ask the playbook about. */
    if (c->error_code == 0 && status != PROVIDER_FAILED && status != PROVIDER_UNDELIVERED) return;
    e = playbook_get(c->error_code);
    action = playbook_after_accept(e, status);
    c->suppress = c->error_code != 0 && action == PLAYBOOK_SUPPRESS;
    /* The store sends an undelivered one again only if its sender asked for that. */
    c->may_retry = status == PROVIDER_FAILED
                       ? c->error_code != 0 && action != PLAYBOOK_END && action != PLAYBOOK_SUPPRESS
                       : status == PROVIDER_UNDELIVERED && !c->suppress && may_help(e);
    c->retry_at_ms = retry_at(app, action, c->attempt, c->now_ms);
}

static bool tell_pump(struct app_job *job)
{
    struct status_job *s = (struct status_job *)(void *)((char *)job - offsetof(struct status_job, job));
    const struct message *m = &s->change.after;
    struct note note = {.kind = NOTE_STATUS,
                        .org = s->change.org,
                        .message = s->change.message,
                        .campaign = m->campaign,
                        .state = (uint8_t)s->change.to,
                        .attempt = s->change.attempt,
                        .code = s->change.error_code,
                        .sender = m->sender,
                        .lane = {.org = m->org,
                                 .program = m->program,
                                 .campaign = m->campaign,
                                 .kind = (uint8_t)m->kind,
                                 .carrier = m->carrier}};

    atomic_fetch_add(&job->app->counters.callbacks, 1);
    if (s->change.verdict == STATUS_UNKNOWN_MESSAGE)
        atomic_fetch_add(&job->app->counters.callbacks_unknown, 1);
    if (s->change.verdict != STATUS_APPLIED) return false;
    app_count_error(job->app, m->error_code);
    app_count_callback_delay(job->app,
                             s->change.now_ms - (m->answered_ms != 0 ? m->answered_ms : m->armed_ms));
    job->app->tell(job->app->pump, &note);
    if (m->state != MESSAGE_QUEUED && m->state != MESSAGE_HELD) return false;
    note.kind = NOTE_ADMITTED;
    note.at_ms = s->change.retry_at_ms;
    job->app->tell(job->app->pump, &note);
    return false;
}

/* Whom the words say the message went to; 0 if that is no E.164 number. */
static uint64_t number_of(const struct form *form)
{
    uint64_t number;

    return phone_read_e164(form_get(form, STR("To")), &number) == ERR_OK ? number : 0;
}

/* For words that nothing is recorded of; of the others the commit asks it, which reads the message anyway. */
static enum err check_number(struct store_reader *r, struct arena *a, const struct org *org, uint64_t message,
                             uint64_t number, struct fault *f)
{
    struct message m;

    if (number == 0 || r->store->ops->message_get(r, a, org->id, message, &m) != ERR_OK) return ERR_OK;
    if (number == m.number) return ERR_OK;
    return fault_set(f, ERR_DENIED, "To is not the number this message went to");
}

enum err app_status(struct app *app, struct store_reader *r, struct arena *a, const struct org *org,
                    uint64_t message, uint8_t attempt, const struct form *form, struct status_job *out,
                    struct fault *f)
{
    struct str sid = form_get(form, STR("MessageSid")), word = form_get(form, STR("MessageStatus"));
    struct str code = form_get(form, STR("ErrorCode"));
    enum provider_status status = status_parse(word);
    uint64_t number = 0;

    *out = (struct status_job){.job = {.app = app, .after = tell_pump}};
    if (!twilio_sid_is_message(sid))
        return fault_set(f, ERR_INVALID, "MessageSid is missing or is not a message's SID");
    if (word.len == 0) return fault_set(f, ERR_INVALID, "MessageStatus is missing");
    if (code.len > 0 && (str_to_u64(code, &number) != ERR_OK || number > INT32_MAX))
        return fault_set(f, ERR_INVALID, "ErrorCode is not a number");
    if (!str_equal(form_get(form, STR("AccountSid")), org_account_sid(app->settings, org)))
        return fault_set(f, ERR_DENIED, "AccountSid is another account's");
    if (state_of(status) == 0) return check_number(r, a, org, message, number_of(form), f);
    out->change = (struct change_status){.head = {.kind = CHANGE_STATUS},
                                         .org = org->id,
                                         .message = message,
                                         .attempt = attempt,
                                         .number = number_of(form),
                                         .to = state_of(status),
                                         .error_code = (int32_t)number,
                                         .now_ms = clock_wall_ms(app->clock)};
    if (str_copy(sid, out->change.sid, sizeof out->change.sid) != ERR_OK)
        return fault_set(f, ERR_INVALID, "MessageSid is too long");
    decide_retry(app, status, &out->change);
    out->job.change = &out->change.head;
    return ERR_OK;
}

bool status_denied(const struct status_job *j)
{
    return j->job.change != NULL && j->change.head.result == ERR_OK && j->change.verdict == STATUS_FOREIGN;
}

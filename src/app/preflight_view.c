/* preflight_view: a preflight as JSON. Contract in preflight.h. */
#include "app/content.h"
#include "app/preflight.h"
#include "app/view.h"
#include "base/json_out.h"

#include <inttypes.h>
#include <stdio.h>

enum { SENTENCES_BYTES = 400 };

static void put_finding(struct buf *out, const struct preflight_finding *f)
{
    json_open(out, '{');
    json_put_text(out, "code", f->code);
    json_put_text(out, "severity", content_severity_name(f->severity));
    json_put_text(out, "detail", f->detail);
    json_put_text(out, "fix", f->fix);
    json_put_str_or_null(out, "words", f->words);
    json_close(out, '}');
}

static void put_findings(struct buf *out, const struct preflight *f)
{
    char version[CONTENT_VERSION_BYTES];

    content_version_text(version);
    json_put_text(out, "verdict", content_severity_name(f->worst));
    json_put_text(out, "rule_set", version);
    json_key(out, "findings");
    json_open(out, '[');
    for (size_t i = 0; i < f->count; i++) put_finding(out, &f->findings[i]);
    json_close(out, ']');
}

static void put_int_or_null(struct buf *out, const char *name, int64_t value)
{
    if (value < 0) json_put_null(out, name);
    else json_put_int(out, name, value);
}

static int64_t in(int64_t per_ks, int64_t seconds)
{
    return per_ks < 0 ? -1 : (per_ks * seconds + 500) / 1000;
}

static void put_volume(struct buf *out, const struct preflight *f)
{
    const struct campaign_sample *s = &f->sample;
    int64_t day = in(f->allowed.sustained_per_ks, 86400);
    size_t unfit = 0;

    json_key(out, "volume");
    json_open(out, '{');
    put_int_or_null(out, "recipients", f->audience);
    json_put_int(out, "looked_at", (int64_t)s->contacts);
    json_put_int(out, "segments_most", s->segments_most);
    put_int_or_null(out, "segments", f->segments);
    put_int_or_null(out, "per_second_peak", in(f->allowed.peak_per_ks, 1));
    put_int_or_null(out, "per_minute", in(f->allowed.sustained_per_ks, 60));
    put_int_or_null(out, "per_day", day);
    put_int_or_null(out, "carrier_day_segments", f->day_segments == 0 ? -1 : f->day_segments);
    put_int_or_null(out, "finishes_in_s", f->finish_s);
    json_put_int(out, "in_lawful_hours_now", (int64_t)f->open_now);
    for (int t = NUMBER_LANDLINE; t < NUMBER_TROUBLES; t++) unfit += f->unfit[t];
    json_put_int(out, "numbers_unfit", (int64_t)unfit);
    put_int_or_null(out, "cost_micros", f->cost_micros);
    put_int_or_null(out, "budget_micros", f->budget_micros);
    json_close(out, '}');
}

static void put_senders(struct buf *out, const struct preflight *f)
{
    json_key(out, "senders");
    json_open(out, '[');
    for (unsigned k = SENDER_LONG_CODE; k < PREFLIGHT_SENDER_KINDS; k++) {
        if (f->senders[k] == 0) continue;
        json_open(out, '{');
        json_put_text(out, "kind", sender_kind_name((enum sender_kind)k));
        json_put_int(out, "count", (int64_t)f->senders[k]);
        json_put_int(out, "may_send", (int64_t)f->ready[k]);
        json_close(out, '}');
    }
    json_close(out, ']');
}

static void put_retries(struct buf *out, const struct preflight *f)
{
    const struct preflight_patience *p = &f->patience;
    char text[SENTENCES_BYTES];

    (void)snprintf(text, sizeof text,
                   "At most %" PRId64 " attempts, after pauses of %" PRId64 " ms growing to %" PRId64 " s, when the "
                   "provider could not take it%s; never %swhile an attempt may have reached the provider.",
                   p->attempts_max, p->retry_first_ms, p->retry_max_ms / 1000,
                   f->campaign.retry_undelivered ? " or a carrier did not deliver it" : "",
                   f->campaign.retry_undelivered ? "" : "after a carrier's refusal, nor ");
    json_put_text(out, "retries", text);
}

/* As app/inbound.c does it, by what people answer to. */
static void put_opt_outs(struct buf *out, const struct preflight *f)
{
    bool numbers = f->senders[SENDER_LONG_CODE] + f->senders[SENDER_TOLL_FREE] > 0;
    bool codes = f->senders[SENDER_SHORT_CODE] > 0;
    char text[SENTENCES_BYTES];

    (void)snprintf(text, sizeof text,
                   "STOP and what means it count at once, also for what waits; each text asks again before it is sent.%s"
                   "%s%s%s%s%s",
                   numbers || codes ? " One confirmation:" : "",
                   numbers ? " from Twilio or the network where they know the word, else from Sterling" : "",
                   numbers && codes ? ";" : "",
                   codes ? " to short codes from Sterling, unless Advanced Opt-Out is on" : "",
                   numbers || codes ? "." : "",
                   f->senders[SENDER_ALPHA] > 0 ? " Nobody can answer an alphanumeric sender: the text names another way."
                                                : "");
    json_put_text(out, "opt_outs", text);
}

static void put_provider_down(struct buf *out, const struct preflight *f)
{
    const struct preflight_patience *p = &f->patience;
    char text[SENTENCES_BYTES];

    (void)snprintf(text, sizeof text,
                   "After %" PRId64 " failures in a row only a probe goes out, each %" PRId64 " ms to %" PRId64 " s; "
                   "all waits durably and goes on by itself. What is over its validity of %d s by then, or out of its "
                   "lawful hours, is not sent late.",
                   p->breaker_run, p->probe_first_ms, p->probe_max_ms / 1000, f->campaign.validity_s);
    json_put_text(out, "provider_down", text);
}

void preflight_members(struct buf *out, const struct preflight *f)
{
    put_findings(out, f);
    json_put_text(out, "kind", message_kind_name(f->campaign.kind));
    json_put_str(out, "program", f->program.name);
    json_put_text(out, "registration", view_registration(f->program.registration));
    json_put_str_or_null(out, "use_case", f->program.use_case);
    put_volume(out, f);
    put_senders(out, f);
    json_put_int(out, "validity_s", f->campaign.validity_s);
    put_retries(out, f);
    put_opt_outs(out, f);
    put_provider_down(out, f);
}

/* preflight_view: a preflight as JSON. Contract in preflight.h. */
#include "app/content.h"
#include "app/preflight.h"
#include "app/view.h"
#include "base/json_out.h"

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

void preflight_findings_members(struct buf *out, const struct preflight *f)
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
    return per_ks < 0 ? -1 : per_ks * seconds / 1000;
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

static const char *retries_of(const struct preflight *f)
{
    return f->campaign.retry_undelivered
               ? "Sent again after a pause when the provider could not take it or a carrier did not deliver it; never "
                 "while an attempt may have reached the provider."
               : "Sent again after a pause when the provider could not take it; never after a carrier's refusal, nor "
                 "while an attempt may have reached the provider.";
}

void preflight_members(struct buf *out, const struct preflight *f)
{
    preflight_findings_members(out, f);
    json_put_text(out, "kind", message_kind_name(f->campaign.kind));
    json_put_str(out, "program", f->program.name);
    json_put_text(out, "registration", view_registration(f->program.registration));
    json_put_str_or_null(out, "use_case", f->program.use_case);
    put_volume(out, f);
    put_senders(out, f);
    json_put_int(out, "validity_s", f->campaign.validity_s);
    json_put_text(out, "retries", retries_of(f));
    json_put_text(out, "opt_outs", "STOP and what means it count at once, also for what waits; each text asks again before "
                                   "it is sent. One confirmation, by the provider or by Sterling.");
    json_put_text(out, "provider_down", "All waits durably and goes on by itself; what expires meanwhile, or leaves its "
                                        "lawful hours, is not sent late.");
}

/* onboarding_progress: the document, read with jansson and written as it goes. Contract in the header. */
#include "app/onboarding_progress.h"

#include "base/json_out.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[ONBOARDING_STEPS] = {
    [STEP_ACCOUNT] = "account", [STEP_PRIMARY] = "primary_profile", [STEP_PROFILE] = "customer_profile",
    [STEP_BUSINESS] = "business", [STEP_BUSINESS_IN] = "business_assigned",
    [STEP_REPRESENTATIVE] = "representative", [STEP_REPRESENTATIVE_IN] = "representative_assigned",
    [STEP_REPRESENTATIVE2] = "representative2", [STEP_REPRESENTATIVE2_IN] = "representative2_assigned",
    [STEP_ADDRESS] = "address", [STEP_DOCUMENT] = "address_document", [STEP_DOCUMENT_IN] = "address_assigned",
    [STEP_PRIMARY_IN] = "primary_profile_assigned", [STEP_PROFILE_EVALUATED] = "customer_profile_evaluated",
    [STEP_PROFILE_SUBMITTED] = "customer_profile_submitted", [STEP_TRUST] = "trust_product",
    [STEP_MESSAGING] = "messaging_profile", [STEP_MESSAGING_IN] = "messaging_profile_assigned",
    [STEP_PROFILE_IN] = "customer_profile_assigned", [STEP_TRUST_EVALUATED] = "trust_product_evaluated",
    [STEP_TRUST_SUBMITTED] = "trust_product_submitted", [STEP_BRAND] = "brand", [STEP_SERVICE] = "messaging_service",
    [STEP_BRAND_APPROVED] = "brand_approved", [STEP_VETTING] = "brand_vetting", [STEP_VETTED] = "brand_vetted",
    [STEP_CAMPAIGN] = "campaign",
    [STEP_CAMPAIGN_APPROVED] = "campaign_approved", [STEP_NUMBERS] = "numbers",
    [STEP_NUMBERS_IN] = "numbers_attached", [STEP_TOLL_FREE] = "toll_free_verification",
    [STEP_TOLL_FREE_APPROVED] = "toll_free_approved", [STEP_APPLIED] = "program_may_send"};

const char *onboarding_step_name(enum onboarding_step step)
{
    BUG_IF((unsigned)step >= ONBOARDING_STEPS);
    return names[step];
}

static bool copy_text(const json_t *object, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(object, name));

    return str_copy(str_from(text), out, size) == ERR_OK;
}

static int64_t int_of(const json_t *object, const char *name, int64_t absent)
{
    const json_t *value = json_object_get(object, name);

    return json_is_integer(value) ? (int64_t)json_integer_value(value) : absent;
}

static bool read_made(const json_t *steps, struct onboarding_progress *p)
{
    for (size_t i = 0; i < ONBOARDING_STEPS; i++) {
        const json_t *one = json_object_get(steps, names[i]);
        struct onboarding_made *m = &p->made[i];
        if (one == NULL) continue;
        m->mark = json_is_true(json_object_get(one, "done")) ? MARK_DONE : MARK_BEGUN;
        m->at_ms = int_of(one, "at", 0);
        m->told = (uint64_t)int_of(one, "told", 0);
        if (!copy_text(one, "sid", m->sid, sizeof m->sid)) return false;
    }
    return true;
}

/* After read_made: what was stored before numbers said it was put when all were. */
static bool read_numbers(const json_t *list, struct onboarding_progress *p)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *one = json_array_get(list, i);
        struct onboarding_number *n = &p->numbers[p->numbers_count];
        if (p->numbers_count == ONBOARDING_NUMBERS_MAX) return false;
        if (!copy_text(one, "sid", n->sid, sizeof n->sid)) return false;
        if (!copy_text(one, "number", n->number, sizeof n->number)) return false;
        n->attached = json_is_true(json_object_get(one, "attached"));
        n->registered = json_is_true(json_object_get(one, "registered"));
        n->refused = (int32_t)int_of(one, "refused", 0);
        n->bought = json_is_true(json_object_get(one, "bought"));
        n->applied = json_object_get(one, "applied") != NULL ? json_is_true(json_object_get(one, "applied"))
                                                             : p->made[STEP_APPLIED].mark == MARK_DONE;
        p->numbers_count++;
    }
    return true;
}

static bool read_again(const json_t *all, const char *name, struct onboarding_again *out)
{
    const json_t *one = json_object_get(all, name);

    out->begun_ms = int_of(one, "begun", 0);
    return copy_text(one, "seen", out->seen, sizeof out->seen);
}

static bool read_campaign(const json_t *all, struct onboarding_progress *p)
{
    p->campaign_anew = json_is_true(json_object_get(all, "campaign_anew"));
    p->campaign_leaving = json_is_true(json_object_get(all, "campaign_leaving"));
    p->campaign_gone_ms = int_of(all, "campaign_gone", 0);
    p->campaign_fixed = (uint64_t)int_of(all, "campaign_fixed", 0);
    return read_again(all, "campaign_sent", &p->campaign_sent);
}

enum err onboarding_progress_read(struct str json, struct onboarding_progress *out)
{
    json_t *all;
    bool sound;

    *out = (struct onboarding_progress){.score = -1};
    if (json.len == 0) return ERR_OK;
    all = json_loadb(json.at, json.len, 0, NULL);
    if (!json_is_object(all)) {
        json_decref(all);
        return ERR_CORRUPT;
    }
    sound = read_made(json_object_get(all, "steps"), out) && read_numbers(json_object_get(all, "numbers"), out) &&
            copy_text(all, "identity", out->identity, sizeof out->identity) && read_campaign(all, out) &&
            read_again(all, "brand_sent", &out->brand_sent) &&
            copy_text(all, "vetting_before", out->vetting_before, sizeof out->vetting_before);
    out->failures = (uint32_t)int_of(all, "failures", 0);
    out->looks = (uint32_t)int_of(all, "looks", 0);
    out->brand_again = (uint32_t)int_of(all, "brand_again", 0);
    out->campaign_again = (uint32_t)int_of(all, "campaign_again", 0);
    out->campaigns_gone = (uint32_t)int_of(all, "campaigns_gone", 0);
    out->brand_mended = json_is_true(json_object_get(all, "brand_mended"));
    out->campaign_mended = json_is_true(json_object_get(all, "campaign_mended"));
    out->otp_wanted = json_is_true(json_object_get(all, "otp_wanted"));
    out->score = (int32_t)int_of(all, "score", -1);
    site_result_read(json_object_get(all, "website"), &out->site);
    json_decref(all);
    return sound ? ERR_OK : ERR_CORRUPT;
}

static void write_made(const struct onboarding_progress *p, struct buf *out)
{
    json_key(out, "steps");
    json_open(out, '{');
    for (size_t i = 0; i < ONBOARDING_STEPS; i++) {
        const struct onboarding_made *m = &p->made[i];
        if (m->mark == MARK_TODO) continue;
        json_key(out, names[i]);
        json_open(out, '{');
        json_put_bool(out, "done", m->mark == MARK_DONE);
        if (m->sid[0] != '\0') json_put_text(out, "sid", m->sid);
        json_put_int(out, "at", m->at_ms);
        if (m->told != 0) json_put_int(out, "told", (int64_t)m->told);
        json_close(out, '}');
    }
    json_close(out, '}');
}

static void write_again(struct buf *out, const char *name, const struct onboarding_again *again)
{
    if (again->begun_ms == 0) return;
    json_key(out, name);
    json_open(out, '{');
    json_put_int(out, "begun", again->begun_ms);
    json_put_text(out, "seen", again->seen);
    json_close(out, '}');
}

static void write_campaign(const struct onboarding_progress *p, struct buf *out)
{
    if (p->campaign_anew) json_put_bool(out, "campaign_anew", true);
    if (p->campaign_leaving) json_put_bool(out, "campaign_leaving", true);
    if (p->campaign_gone_ms != 0) json_put_int(out, "campaign_gone", p->campaign_gone_ms);
    if (p->campaign_fixed != 0) json_put_int(out, "campaign_fixed", (int64_t)p->campaign_fixed);
    write_again(out, "campaign_sent", &p->campaign_sent);
}

void onboarding_progress_write(const struct onboarding_progress *p, struct buf *out)
{
    json_open(out, '{');
    write_made(p, out);
    json_key(out, "numbers");
    json_open(out, '[');
    for (size_t i = 0; i < p->numbers_count; i++) {
        json_open(out, '{');
        json_put_text(out, "sid", p->numbers[i].sid);
        json_put_text(out, "number", p->numbers[i].number);
        json_put_bool(out, "attached", p->numbers[i].attached);
        if (p->numbers[i].registered) json_put_bool(out, "registered", true);
        if (p->numbers[i].refused != 0) json_put_int(out, "refused", p->numbers[i].refused);
        json_put_bool(out, "bought", p->numbers[i].bought);
        json_put_bool(out, "applied", p->numbers[i].applied);
        json_close(out, '}');
    }
    json_close(out, ']');
    json_put_int(out, "failures", p->failures);
    json_put_int(out, "looks", p->looks);
    json_put_int(out, "brand_again", p->brand_again);
    json_put_int(out, "campaign_again", p->campaign_again);
    if (p->campaigns_gone != 0) json_put_int(out, "campaigns_gone", p->campaigns_gone);
    json_put_bool(out, "brand_mended", p->brand_mended);
    json_put_bool(out, "campaign_mended", p->campaign_mended);
    json_put_bool(out, "otp_wanted", p->otp_wanted);
    json_put_int(out, "score", p->score);
    if (p->identity[0] != '\0') json_put_text(out, "identity", p->identity);
    if (p->vetting_before[0] != '\0') json_put_text(out, "vetting_before", p->vetting_before);
    write_again(out, "brand_sent", &p->brand_sent);
    write_campaign(p, out);
    if (p->site.state != SITE_STATE_TODO || p->site.at_ms != 0) {
        json_key(out, "website");
        site_result_write(&p->site, out);
    }
    json_close(out, '}');
}

/* registration_fees: fees as JSON. Contract in registration_fees.h. */
#include "app/registration_fees.h"

#include "base/json_out.h"

struct a2p_paid registration_paid(const struct onboarding_progress *p)
{
    struct a2p_paid paid = {.brands = p->made[STEP_BRAND].mark == MARK_DONE, .brand_updates = p->brand_again,
                            .campaigns = p->campaigns_gone + (p->made[STEP_CAMPAIGN].mark == MARK_DONE),
                            .campaign_updates = p->campaign_again};

    for (size_t i = 0; i < p->numbers_count; i++) paid.numbers += p->numbers[i].bought;
    return paid;
}

static void put_item(const struct a2p_fee *fee, struct buf *out)
{
    json_open(out, '{');
    json_put_text(out, "item", fee->item);
    json_put_text(out, "what", fee->what);
    json_put_bool(out, "monthly", fee->monthly);
    if (fee->micros >= 0) json_put_int(out, "each_micros", fee->micros);
    else json_put_null(out, "each_micros");
    json_put_int(out, "expected", fee->expected);
    json_put_int(out, "counted", fee->counted);
    json_close(out, '}');
}

void registration_fees_member(const struct price_table *t, const struct a2p_facts *facts, enum brand_type kind,
                              const struct a2p_paid *paid, enum a2p_resubmit again, int64_t at_ms, struct buf *out)
{
    struct a2p_fees fees;
    int64_t next_micros;

    json_key(out, "fees");
    if (t == NULL) {
        json_nil(out);
        return;
    }
    a2p_fees(t, facts, kind, paid, at_ms, &fees);
    next_micros = a2p_fee_again(t, again, kind, facts, at_ms);
    /* What was not made yet is still ahead; what was refused may cost once more. */
    if (next_micros >= 0) next_micros += fees.expected_micros - fees.counted_micros;
    json_open(out, '{');
    json_put_int(out, "expected_micros", fees.expected_micros);
    json_put_int(out, "counted_micros", fees.counted_micros);
    json_put_int(out, "month_micros", fees.month_micros);
    json_put_int(out, "month_counted_micros", fees.month_counted_micros);
    if (next_micros >= 0) json_put_int(out, "ahead_micros", next_micros);
    else json_put_null(out, "ahead_micros");
    json_put_bool(out, "complete", fees.known);
    json_key(out, "items");
    json_open(out, '[');
    for (size_t i = 0; i < fees.count; i++) put_item(&fees.at[i], out);
    json_close(out, ']');
    json_close(out, '}');
}

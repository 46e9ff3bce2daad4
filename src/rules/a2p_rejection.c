/* a2p_rejection: finds the row of a code. Contract in a2p_rejection.h. */
#include "rules/a2p_rejection.h"

#include "rules/a2p_rejection_table.h"

const char *a2p_resubmit_name(enum a2p_resubmit r)
{
    BUG_IF((unsigned)r >= A2P_RESUBMITS);
    return a2p_resubmit_table[r].name;
}

const char *a2p_resubmit_how(enum a2p_resubmit r)
{
    BUG_IF((unsigned)r >= A2P_RESUBMITS);
    return a2p_resubmit_table[r].how;
}

const char *a2p_resubmit_fee(enum a2p_resubmit r)
{
    BUG_IF((unsigned)r >= A2P_RESUBMITS);
    return a2p_resubmit_table[r].fee;
}

const struct a2p_rejection *a2p_rejection(int32_t code)
{
    size_t low = 0, high = a2p_rejection_table_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a2p_rejection_table[middle].code == code) return &a2p_rejection_table[middle];
        if (a2p_rejection_table[middle].code < code) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

enum a2p_resubmit a2p_rejection_resubmit(const struct a2p_rejection *r, enum a2p_family refused)
{
    bool of_campaign = r->resubmit == A2P_RESUBMIT_CAMPAIGN_UPDATE || r->resubmit == A2P_RESUBMIT_CAMPAIGN_NEW;

    return refused == A2P_OF_TOLLFREE && of_campaign ? A2P_RESUBMIT_TOLLFREE_EDIT : r->resubmit;
}

bool a2p_rejection_names(const struct a2p_rejection *r, enum a2p_field field)
{
    for (size_t i = 0; i < r->field_count; i++)
        if (r->fields[i] == field) return true;
    return false;
}

bool a2p_update_carries(enum a2p_field field)
{
    switch ((int)field) {
    case A2P_DESCRIPTION: case A2P_MESSAGE_FLOW: case A2P_SAMPLE1: case A2P_SAMPLE2: case A2P_SAMPLE3:
    case A2P_SAMPLE4: case A2P_SAMPLE5: case A2P_EMBEDDED_LINKS: case A2P_EMBEDDED_PHONE: case A2P_AGE_GATED:
    case A2P_DIRECT_LENDING: case A2P_PRIVACY_URL: case A2P_TERMS_URL: return true;
    default: return false;
    }
}

size_t a2p_rejection_count(void)
{
    return a2p_rejection_table_count;
}

const struct a2p_rejection *a2p_rejection_at(size_t index)
{
    BUG_IF(index >= a2p_rejection_table_count);
    return &a2p_rejection_table[index];
}

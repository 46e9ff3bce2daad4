/*
 * names_fuzz: words from CSV columns, JSON and webhooks that name something: either not known, or the name of what was
 * found finds the same again. Merged statuses keep the higher rank, whatever the order.
 */
#include "rules/carrier.h"
#include "rules/kinds.h"
#include "rules/message_kind.h"
#include "rules/status.h"
#include "rules/tier.h"
#include "rules/zone_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_carrier(struct str word)
{
    enum carrier found = carrier_parse(word), slug = CARRIER_UNKNOWN;
    BUG_IF(found >= CARRIER_COUNT);
    BUG_IF(carrier_from_slug(str_from(carrier_slug(found)), &slug) != ERR_OK || slug != found);
    if (carrier_from_slug(word, &slug) == ERR_OK) BUG_IF(!str_equal(word, str_from(carrier_slug(slug))));
    BUG_IF(carrier_in_country(found, STR("CA")) != CARRIER_CANADA);
}

static void check_kinds(struct str word)
{
    enum sender_kind sender, sender_again;
    enum brand_type brand, brand_again;
    enum message_kind kind;
    if (sender_kind_parse(word, &sender) == ERR_OK)
        BUG_IF(sender_kind_parse(str_from(sender_kind_name(sender)), &sender_again) != ERR_OK ||
               sender_again != sender);
    if (brand_type_parse(word, &brand) == ERR_OK)
        BUG_IF(brand_type_parse(str_from(brand_type_name(brand)), &brand_again) != ERR_OK || brand_again != brand);
    if (message_kind_parse(word, &kind) == ERR_OK) BUG_IF(!str_equal(word, str_from(message_kind_name(kind))));
}

static void check_use_case_and_zone(struct str word)
{
    enum use_case use = use_case_parse(word);
    unsigned zone = zone_names_id(word);
    BUG_IF(use >= USE_CASES);
    BUG_IF(use_case_parse(str_from(use_case_code(use))) != use);
    BUG_IF(zone > ZONE_ID_MAX);
    if (zone != 0) BUG_IF(zone_names_of_id(zone) == NULL || zone_names_id(str_from(zone_names_of_id(zone))) != zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str second, rest = str_cut((struct str){(const char *)data, size}, '\n', &second);
    enum provider_status one = status_parse(second), two = status_parse(rest), merged = status_merge(one, two);
    BUG_IF(one >= PROVIDER_STATUSES || status_parse(str_from(status_text(one))) != one);
    BUG_IF(merged != status_merge(two, one) || status_merge(merged, one) != merged);
    BUG_IF(merged < one || merged < two || (merged != one && merged != two));
    check_carrier(second);
    check_kinds(second);
    check_use_case_and_zone(second);
    return 0;
}

/*
 * line: the kinds of line that numbers have. Contract in line.h.
 *
 * The first that applies decides: what a test said of the handset, the magic ranges of docs/sandbox.md, what the
 * world draws by number. Nothing is stored.
 */
#include "sandbox/line.h"

#include "sandbox/world.h"

static const char *const types[] = {"unknown", "landline", "fixedVoip", "nonFixedVoip", "personal", "tollFree",
                                    "premium", "sharedCost", "uan", "voicemail", "pager", "mobile"};
enum { TYPES = sizeof types / sizeof *types };
#define REASSIGNED_MS INT64_C(1735689600000) /* magic 9500: 2025-01-01 */

const char *sb_lookup_package_name(enum lookup_package package)
{
    static const char *const names[LOOKUP_PACKAGES] = {
        "validation", "caller_name", "sim_swap", "call_forwarding", "line_type_intelligence", "line_status",
        "identity_match", "reassigned_number", "sms_pumping_risk", "phone_number_quality_score", "pre_fill",
    };
    return names[package];
}

const char *sb_line_type_find(struct str name)
{
    for (size_t i = 0; i < TYPES; i++)
        if (str_equal(name, str_from(types[i]))) return types[i];
    return NULL;
}

/* The four digits of +1 NPA 555 XXXX; 0 for others. */
static unsigned magic_line(uint64_t number)
{
    bool is_555 = number / UINT64_C(10000000000) == 1 && number / 10000 % 1000 == 555;
    return is_555 ? (unsigned)(number % 10000) : 0;
}

static const char *type_of_code(int code)
{
    return code == 30006 || code == 21614 || code == 21635 ? "landline" : NULL;
}

/* NULL: nothing special is known, it is what most numbers are. */
static const char *special_type(const struct sandbox *sb, uint64_t number)
{
    const struct handset *h = map_ptr(&sb->handsets, number);
    unsigned line = magic_line(number);
    struct magic magic = sb_carrier_magic(number);
    if (h != NULL && h->set.line_type != NULL) return h->set.line_type;
    if (h != NULL) return type_of_code(h->set.error_code);
    if (line >= 9400 && line < 9400 + TYPES) return types[line - 9400];
    if (type_of_code(magic.code) != NULL || type_of_code(magic.refusal) != NULL) return "landline";
    if (sb_sender_by_number(sb, number) != SANDBOX_NONE) return "nonFixedVoip";
    return line < 9000 && sb_carrier_is_landline(sb, number) ? "landline" : NULL;
}

int sb_line_refusal(const struct sandbox *sb, uint64_t number)
{
    const struct handset *h = map_ptr(&sb->handsets, number);
    const char *type = h != NULL ? h->set.line_type : NULL;
    if (h == NULL && magic_line(number) == 9401) return 30006;
    return type != NULL && str_equal(str_from(type), STR("landline")) ? 30006 : 0;
}

static const char *ordinary_type(const struct phone *phone)
{
    switch (phone->type) {
    case PHONE_FIXED: return "landline";
    case PHONE_TOLL_FREE: return "tollFree";
    case PHONE_PREMIUM: return "premium";
    case PHONE_PERSONAL: return "personal";
    case PHONE_VOIP: return "nonFixedVoip";
    case PHONE_PAGER: return "pager";
    default: return "mobile";
    }
}

static int code_of(const struct sandbox *sb, uint64_t number)
{
    const struct handset *h = map_ptr(&sb->handsets, number);
    int code = h != NULL ? h->set.error_code : sb_carrier_magic(number).code;
    if (h == NULL && code == 0 && magic_line(number) < 9000 && sb_carrier_is_unknown(sb, number)) return 30005;
    return code;
}

static void put_carrier(const struct sandbox *sb, const struct phone *phone, struct line *line)
{
    static const struct {
        const char *name, *mcc, *mnc;
    } networks[SANDBOX_CARRIER_COUNT] = {
        [SANDBOX_VERIZON] = {"Verizon Wireless", "311", "480"},
        [SANDBOX_ATT] = {"AT&T Wireless", "310", "410"},
        [SANDBOX_TMOBILE] = {"T-Mobile USA, Inc.", "310", "260"},
        [SANDBOX_OTHER_US] = {"U.S. Cellular", "311", "580"},
        [SANDBOX_FOREIGN] = {"Sandbox Telecom", NULL, NULL},
    };
    enum sandbox_carrier carrier = sandbox_carrier_of(sb, phone->digits);
    if (str_equal(str_from(line->type), STR("mobile"))) {
        line->carrier = networks[carrier].name;
        line->mcc = networks[carrier].mcc;
        line->mnc = networks[carrier].mnc;
    } else if (sb_sender_by_number(sb, phone->digits) != SANDBOX_NONE) {
        line->carrier = "Twilio - SMS/MMS-SVR";
    } else if (!str_equal(str_from(line->type), STR("unknown"))) {
        line->carrier = "Sandbox Exchange";
    }
}

struct line sb_line_of(const struct sandbox *sb, const struct phone *phone)
{
    const struct handset *h = map_ptr(&sb->handsets, phone->digits);
    unsigned magic = magic_line(phone->digits);
    int code = code_of(sb, phone->digits);
    struct line line = {.type = special_type(sb, phone->digits), .status = "active"};
    if (line.type == NULL) line.type = ordinary_type(phone);
    put_carrier(sb, phone, &line);
    if (code == 30005) line.status = "inactive";
    if (code == 30003) line.status = "unreachable";
    if (h != NULL) {
        line.error = h->set.lookup_error;
        line.reassigned_ms = h->set.reassigned_ms;
    } else if (magic == 9500 || magic == 9501) {
        line.reassigned_ms = magic == 9500 ? REASSIGNED_MS : LINE_NO_DATA;
    } else if (magic > 9600 && magic < 9700) {
        line.error = 60600 + (int)magic - 9600;
    } else if (magic == 9600) {
        line.error = 60600;
    }
    if (line.error == 0 && str_equal(str_from(phone->country), STR("CA")) && !sb->config.lookup_canada)
        line.error = 60601;
    return line;
}

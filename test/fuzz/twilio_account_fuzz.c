/*
 * twilio_account_fuzz: credentials and page links, one a line. What is accepted makes URLs of one host; a link is never
 * followed to another host than the one that gave it; a refusal has words, and no secret in them.
 */
#include "twilio/account.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define SID "AC0123456789abcdef0123456789abcdef"

static void check_urls(const struct twilio_account *a, struct str link)
{
    for (int product = 0; product < TWILIO_PRODUCTS; product++) {
        struct buf base;
        struct str target = {NULL, 0};
        buf_init(&base, 2048);
        twilio_base_url_add(&base, a, (enum twilio_product)product, (unsigned)product);
        BUG_IF(buf_check(&base) != ERR_OK || base.len < 8 || str_ends(buf_str(&base), STR("/")));
        if (twilio_link_target(link, buf_str(&base), &target) == ERR_OK)
            BUG_IF(target.len == 0 || target.at[0] != '/' || target.len > link.len);
        buf_free(&base);
    }
}

/* A refused token is not quoted: another one of its length is refused in the same words. */
static void check_no_secret(struct str token)
{
    static const char OTHER[] = "%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%%";
    struct twilio_credentials c = {.account_sid = STR(SID), .auth_token = token};
    struct twilio_account a;
    struct fault f = {.what = ""}, other = {.what = ""};
    if (token.len >= sizeof OTHER || twilio_account_set(&a, &c, &f) == ERR_OK) return;
    c.auth_token = (struct str){OTHER, token.len};
    BUG_IF(twilio_account_set(&a, &c, &other) == ERR_OK || strcmp(f.what, other.what) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str rest = {(const char *)data, size}, line[6];
    struct twilio_account a;
    struct fault f = {.what = ""};
    struct buf authorization;
    for (size_t i = 0; i < 6; i++)
        rest = str_cut(rest, '\n', &line[i]);
    struct twilio_credentials c = {.account_sid = line[0].len == 0 ? STR(SID) : line[0],
                                   .auth_token = line[1],
                                   .edges = line[2],
                                   .region = line[3],
                                   .base_url = line[4]};
    if (twilio_account_set(&a, &c, &f) == ERR_OK) {
        BUG_IF(!twilio_sid_is(str_from(a.account_sid), "AC") || a.edges_count > TWILIO_EDGES_MAX);
        check_urls(&a, line[5]);
        buf_init(&authorization, 2048);
        twilio_authorization_add(&authorization, &a);
        BUG_IF(buf_check(&authorization) != ERR_OK || !str_starts(buf_str(&authorization), STR("Basic ")));
        buf_free(&authorization);
    } else {
        BUG_IF(f.what[0] == '\0');
    }
    check_no_secret(line[1]);
    return 0;
}

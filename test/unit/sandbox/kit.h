/* kit: a small world for the sandbox's tests: one account, one service with numbers, and every webhook seen.
 */
#ifndef STERLING_TEST_SANDBOX_KIT_H
#define STERLING_TEST_SANDBOX_KIT_H

#include "sandbox/ledger.h"
#include "sandbox/model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { SEEN_MAX = 4096 };
#define START_MS INT64_C(1800000000000) /* 2027-01-15T08:00:00Z */
#define VERIZON_TO UINT64_C(14155550100) /* last two digits tell the carrier */
#define TMOBILE_TO UINT64_C(14155550170)

struct seen {
    int64_t at_ms;
    enum sandbox_webhook_kind kind;
    uint64_t message;
    enum sandbox_status status;
    int error_code;
    unsigned attempt;
    bool is_fallback, forged;
    char url[256];
    char form[2048];
};

struct kit {
    struct sandbox *sb;
    int64_t now_ms;
    uint32_t service, number, plain; /* plain: a number outside the service */
    struct sandbox_webhook_answer answer; /* what every webhook gets */
    struct seen seen[SEEN_MAX];
    size_t seen_count;
};

/* Quick, silent carriers without failures unless the config says so; registered program of score 80. */
struct sandbox_config kit_config(void);
struct kit *kit_new(const struct sandbox_config *config, uint64_t seed);
void kit_free(struct kit *k);
/* Lets time pass, answering every webhook with k->answer. */
void kit_run(struct kit *k, int64_t by_ms);
struct sandbox_created kit_send(struct kit *k, uint32_t sender, uint32_t service, uint64_t to,
                                const char *body);
struct sandbox_created kit_send_as(struct kit *k, uint32_t sender, uint32_t service, uint64_t to,
                                   const char *callback);
enum sandbox_status kit_status(struct kit *k, uint64_t message);
struct sandbox_message kit_message(struct kit *k, uint64_t message);
/* "queued sent delivered": the statuses called back for a message, in the order they came. */
const char *kit_story(struct kit *k, uint64_t message);

#endif

/*
 * verify: Twilio Verify's services and verifications (reference 16). Part of the pure model.
 *
 * A verification lives ten minutes from its first sending, on the model's clock; five sendings, five checks. To start
 * again for the same recipient meanwhile sends the same code once more. Codes come from the seed and reach nobody: a
 * test reads them as the handset would (control face: GET /_sandbox/codes).
 */
#ifndef STERLING_SANDBOX_VERIFY_H
#define STERLING_SANDBOX_VERIFY_H

#include "base/map.h"
#include "base/str.h"

struct sandbox;

enum { VERIFY_SENDS_MAX = 5, VERIFY_CHECKS_MAX = 5, VERIFY_LIFE_MS = 600000, VERIFY_CODE_MAX = 10,
       VERIFY_TO_BYTES = 20, VERIFY_SERVICES_MAX = 10000, VERIFY_MAX = 1000000 };

struct verify_service {
    uint32_t account;
    bool removed, lookup_enabled, skip_landlines, dtmf_required, do_not_share, custom_code, psd2, events;
    char *name, *tts_name;
    unsigned code_length;
    int64_t created_ms, updated_ms; /* calendar */
    int64_t second;                 /* starts of this second */
    uint32_t in_second;
};

enum verify_status { VERIFY_PENDING, VERIFY_APPROVED, VERIFY_CANCELED, VERIFY_MAX_ATTEMPTS, VERIFY_EXPIRED };
const char *sb_verify_status_name(enum verify_status status);

struct verification {
    uint32_t service;
    uint64_t to;
    const char *channel; /* static, of the last sending: "sms", "call", "whatsapp" */
    enum verify_status status;
    char code[VERIFY_CODE_MAX + 1];
    unsigned sends, checks;
    int64_t began_ms;               /* run time */
    int64_t created_ms, updated_ms; /* calendar */
    struct {
        int64_t at_ms; /* calendar */
        const char *channel;
    } sent[VERIFY_SENDS_MAX];
};

struct verify_world {
    struct verify_service **services;
    size_t service_count, service_capacity;
    struct verification **verifications;
    size_t count, capacity;
    struct map newest; /* (service, to) -> index + 1 */
};

struct verify_service *sb_verify_service_at(const struct sandbox *sb, uint64_t index); /* NULL: none */
/* UINT32_MAX when there are too many. */
uint32_t sb_verify_service_add(struct sandbox *sb, uint32_t account);
/* With its status as of now; NULL: none. */
struct verification *sb_verification_at(struct sandbox *sb, uint64_t index);
/* The newest of a recipient; NULL if none is alive. `index` gets its place. */
struct verification *sb_verification_of(struct sandbox *sb, uint32_t service, uint64_t to, uint64_t *index);

/* Sends a code, the one of a living verification or a new one; `custom` (perhaps empty) is a new one's code.
 * 0, or Twilio's error code. */
int sb_verify_start(struct sandbox *sb, uint32_t service, uint64_t to, const char *channel, struct str custom,
                    uint64_t *index);
/* 0 and *approved; or Twilio's error code: 20404 for one that is gone, 60202 after too many checks. */
int sb_verify_check(struct sandbox *sb, struct verification *v, struct str code, bool *approved);
void sb_verify_free(struct sandbox *sb);

#endif

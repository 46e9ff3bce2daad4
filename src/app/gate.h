/*
 * gate: may this message leave now? One pure verdict over facts, the same at admission and at every drawing.
 *
 * A gate lets a message pass, holds it until a moment (or until something is mended), or ends it, and says
 * why. Rules in the order they are asked, the first that does not pass decides:
 *
 *   campaign canceled          ends canceled                    (design section 4)
 *   validity over              ends expired
 *   contact deleted, opted out ends blocked                     47 CFR 64.1200(a)(10), promise 3
 *   no consent (marketing)     ends blocked: express written consent must be on record   47 CFR 64.1200(a)(2), (f)(9)
 *   number unfit               ends blocked: a landline, invalid, out of service; unreachable blocks marketing only
 *   organization not active    held until it is (closed: ends blocked)
 *   campaign paused, scheduled held until it runs
 *   country not enabled        ends blocked: only the US, Canada, the organization's own and those it names
 *   country not reachable      ends blocked: abroad only where a sender can (alphanumeric, or foreign number)
 *   no sender that may send    held: registration missing (10DLC), toll-free unverified, or none at all
 *   sender not for the country alphanumeric where it is forbidden, a number where only names are delivered, a short
 *                              code of another country, or marketing that nobody can answer without another way out:
 *                              ends blocked; where a name must be registered: held until an operator says that it is
 *                              rules/alpha.h, rules/number_abroad.h
 *   unfilled field, too long   ends blocked                     rules/template.h, Twilio error 21617
 *   forbidden content          ends blocked                     rules/content.h
 *   bucket changed             held until now: it waits in its new lane
 *   not before its send time   held until then
 *   quiet hours                held until the next lawful opening   47 CFR 64.1200(c)(1), state laws (of marketing; of
 *                              other kinds where the hours of automated devices count for them)
 *   frequency cap (marketing)  held until the rolling window has room   Fla. Stat. 501.616(6) and others, or its own
 *   spend cap                  held until the next calendar month, UTC
 *
 * Pure but for gate_admission, which reads its facts from the store.
 */
#ifndef STERLING_APP_GATE_H
#define STERLING_APP_GATE_H

#include "app/settings.h"
#include "rules/phone.h"
#include "rules/price.h"
#include "rules/quiet_places.h"
#include "store/store.h"

/* The senders of a program as the gate sees them: bits are (1 << enum sender_kind). */
struct gate_pool {
    uint32_t home;     /* kinds that may send to the US and Canada now */
    uint32_t abroad;   /* kinds that may send elsewhere */
    bool unregistered; /* a long code is there but its program's registration is not approved */
    bool unverified;   /* a toll-free number or short code is there but not verified */
};
/* Counts one sender in. True if it may send at all now (to somebody). */
bool gate_pool_add(struct gate_pool *pool, const struct sender *s, enum registration_state registration);
/* May this sender send abroad (true) or in the US and Canada (false)? */
bool gate_sender_abroad(const struct sender *s);

/* One that reaches the recipient's side of the border. registered NULL: nowhere. */
struct gate_abroad_sender {
    uint32_t id;
    enum sender_kind kind;
    const char *address, *registered;
};

struct gate_facts {
    int64_t now_ms;
    enum message_kind kind;
    enum org_state org;
    enum campaign_state campaign; /* 0: direct */
    struct gate_pool pool;
    bool abroad;                  /* the lane's recipients are neither in the US nor in Canada */
    bool recipient;               /* false: asked about the lane alone; what follows is not looked at */
    bool contact_gone, opted_out;
    bool unconsented;             /* marketing, without the consent that it needs */
    bool number_unfit;            /* texts do not come to it: rules/number_facts.h */
    bool sender_unusable;         /* the message asks for a sender that may not send now */
    enum message_reason sender_refused; /* why none of the senders may write there; REASON_NONE: one may */
    bool bucket_changed;
    bool unfilled;                /* a template field without a value */
    bool forbidden;               /* rules/content.h blocks the text */
    uint32_t characters;          /* code points of the text */
    bool quiet;                   /* quiet hours hold for it now … */
    int64_t window_ms;            /* … until then; or, not quiet, its lawful window closes then (INT64_MAX never) */
    bool country_off;             /* the organization does not send to that country */
    int64_t capped_ms;            /* the person got as many as may be, until then; 0: there is room */
    int64_t send_at_ms, expires_ms; /* 0: none */
    int64_t cost_micros, spent_micros, cap_micros; /* cap 0: none. spent: this month, with what is under way */
};

enum gate_answer { VERDICT_PASS = 1, VERDICT_HOLD, VERDICT_END };
struct gate_verdict {
    enum gate_answer answer;
    enum message_state to;       /* HOLD: held or queued; END: blocked, expired, canceled */
    enum message_reason reason;
    int64_t until_ms;            /* HOLD; INT64_MAX: until something is mended */
    int64_t closes_ms;           /* PASS: end of the lawful window; INT64_MAX: none */
};
enum { GATE_CHARACTERS_MAX = 1600 };

struct gate_verdict gate_ask(const struct gate_facts *f);

/* Midnight UTC on the first of the month after `now_ms`; and year * 12 + month-1 of it, as org.spent_month. */
int64_t gate_next_month_ms(int64_t now_ms);
int32_t gate_month(int64_t now_ms);

/* Must express written consent be on record for a message of this kind? */
bool gate_needs_written(enum message_kind kind, const struct settings *settings);
/* The consent facts of a recipient, from what holds: sets f->opted_out and f->unconsented. */
void gate_consent_facts(struct gate_facts *f, const struct consent_holds *h, const struct settings *settings);

/* What is known of the number itself: sets f->number_unfit. A telephone that was off three times may be on again, so
 * that only marketing spares it. */
struct number_terms gate_number_terms(const struct settings *settings);
void gate_number_facts(struct gate_facts *f, const struct number_facts *n, const struct settings *settings);

/* Whether the hours of automated devices count for a program of those traits; and places with that. */
enum quiet_automated gate_automated(uint32_t traits);
uint64_t gate_zones(uint64_t zones, uint32_t traits);

/* The quiet-hours facts of a recipient: sets f->quiet and f->window_ms. Marketing has quiet hours, and what is
 * transactional where the hours of automated devices count for it. */
void gate_quiet_facts(struct gate_facts *f, uint64_t zones, bool quiet_hours_on);

/* The law's cap on marketing to that place; none for other kinds, or without quiet hours. */
struct frequency_cap gate_law_cap(uint64_t zones, enum message_kind kind, int64_t now_ms, bool quiet_hours_on);
/* Does an organization of that region, which names those countries (struct org), not send to that number? */
bool gate_country_off(const char *region, const char *countries, const struct phone *phone);

/* Which of the senders that reach the recipient's side of the border may write to that country: abroad by what the
 * country takes; at home a short code is no one's of the other country. Zeroed but for `to`, then each counts. */
struct gate_abroad {
    struct {
        const char *country; /* ISO 3166; empty: not known */
        enum message_kind kind;
        bool way_out;        /* the text names a way to opt out by other means than an answer */
        bool home;           /* the US or Canada (gate_is_abroad) */
        const char *region;  /* the organization's own country; of short codes */
        uint64_t number;     /* spreads people over the senders that are allowed */
        uint32_t sender;     /* which the person knows; 0: none */
    } to;
    size_t allowed, refused;
    enum message_reason why; /* why the last was refused, the one that is mended most easily first */
    uint32_t chosen;         /* one that is allowed: the known one, or else one by the number */
};
void gate_abroad_count(struct gate_abroad *g, const struct gate_abroad_sender *s);
/* Which tables say so of a country's senders, for people. In the arena; NULL: no memory. */
const char *gate_abroad_source(struct arena *a, const char *country);

/* What a message costs at most: from a sender of `kind`, or (0) of the dearest kind the pool may use.
 * Micro-dollars; 0 when no price is known. */
struct gate_priced {
    const struct phone *phone; /* the recipient */
    uint8_t carrier;
    bool charity;
    uint32_t segments;
    int64_t at_ms;
};
int64_t gate_cost(const struct price_table *prices, const struct gate_pool *pool, enum sender_kind kind,
                  const struct gate_priced *m);
/* Known to be neither in the US (with its territories) nor in Canada. */
bool gate_is_abroad(const struct phone *phone);

/* Asks all of it about a direct message before it is admitted. `contact` NULL: none. m->body is its text, which is
 * `forbidden` or not (app/content.h). */
struct gate_sources {
    const struct settings *settings;
    const struct price_table *prices; /* NULL: cost is not asked */
    struct store_reader *reader;
    int64_t now_ms;
};
MUST_CHECK enum err gate_admission(const struct gate_sources *g, const struct org *org,
                                   const struct program *program, const struct message *m,
                                   const struct contact *contact, bool forbidden, struct gate_verdict *out);

#endif

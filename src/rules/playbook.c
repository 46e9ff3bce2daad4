/*
 * playbook: finds the row of a code, or the safe default of the range that an unknown code is in.
 *
 * Owns nothing; all text is static. Defaults never send again: a code we do not know may mean anything,
 * and a text lost is better than one sent twice. Contract in playbook.h.
 */
#include "rules/playbook.h"

#include "rules/playbook_table.h"

static const char *const CLASSES[PLAYBOOK_CLASSES] = {
    [PLAYBOOK_CLASS_INFO] = "info",
    [PLAYBOOK_CLASS_RETRY_BACKOFF] = "retry_backoff",
    [PLAYBOOK_CLASS_THROTTLE] = "retry_after_throttle",
    [PLAYBOOK_CLASS_HOLD_CONFIG] = "hold_config",
    [PLAYBOOK_CLASS_RECIPIENT] = "permanent_recipient",
    [PLAYBOOK_CLASS_CONTENT] = "permanent_content",
    [PLAYBOOK_CLASS_OPT_OUT] = "opt_out",
    [PLAYBOOK_CLASS_FILTERED] = "carrier_filtered",
    [PLAYBOOK_CLASS_ACCOUNT] = "account_action",
    [PLAYBOOK_CLASS_REGISTRATION] = "registration_action",
    [PLAYBOOK_CLASS_CLIENT_BUG] = "client_bug",
    [PLAYBOOK_CLASS_WEBHOOK] = "webhook_problem",
};
static const char *const ACTIONS[PLAYBOOK_ACTIONS] = {
    [PLAYBOOK_NOTE] = "note",         [PLAYBOOK_END] = "end",           [PLAYBOOK_RETRY] = "retry",
    [PLAYBOOK_THROTTLE] = "throttle", [PLAYBOOK_NEXT_DAY] = "next_day", [PLAYBOOK_WINDOW] = "window",
    [PLAYBOOK_HOLD] = "hold",         [PLAYBOOK_SUPPRESS] = "suppress", [PLAYBOOK_FIX] = "fix",
    [PLAYBOOK_DOUBT] = "doubt",
};
static const char *const SCOPES[PLAYBOOK_SCOPES] = {
    [PLAYBOOK_SCOPE_REQUEST] = "request",
    [PLAYBOOK_SCOPE_RECIPIENT] = "recipient",
    [PLAYBOOK_SCOPE_CONTENT] = "content",
    [PLAYBOOK_SCOPE_SENDER] = "sender",
    [PLAYBOOK_SCOPE_PROGRAM] = "program",
    [PLAYBOOK_SCOPE_PROGRAM_CARRIER] = "program_carrier",
    [PLAYBOOK_SCOPE_BRAND_CARRIER] = "brand_carrier",
    [PLAYBOOK_SCOPE_ACCOUNT] = "account",
    [PLAYBOOK_SCOPE_COUNTRY] = "country",
    [PLAYBOOK_SCOPE_WEBHOOK] = "webhook",
    [PLAYBOOK_SCOPE_PROVIDER] = "provider",
};

#define UNKNOWN(family_, class_, action_, scope_, explanation_)                                    \
    {                                                                                              \
        .category = PLAYBOOK_CLASS_##class_, .action = PLAYBOOK_##action_,                         \
        .scope = PLAYBOOK_SCOPE_##scope_, .title = "Unknown code", .family = family_,              \
        .explanation = "This code is not in Sterling's table. " explanation_,                      \
        .remedy = "Look it up at https://www.twilio.com/docs/api/errors, and report it, so that" \
                  " the table grows.",                                                             \
    }

/* Ascending; each range ends where the next begins. */
static const struct range {
    int64_t first;
    struct playbook_entry entry;
} RANGES[] = {
    {INT64_MIN, UNKNOWN("unknown", CLIENT_BUG, FIX, REQUEST, "It is outside every range that Twilio uses.")},
    {400, UNKNOWN("platform", CLIENT_BUG, FIX, REQUEST, "It is an HTTP status: the request was refused.")},
    {401, UNKNOWN("platform", CLIENT_BUG, HOLD, ACCOUNT,
                  "It is an HTTP status: the credentials were not accepted.")},
    {402, UNKNOWN("platform", CLIENT_BUG, FIX, REQUEST, "It is an HTTP status: the request was refused.")},
    {429, UNKNOWN("platform", THROTTLE, THROTTLE, ACCOUNT,
                  "It is an HTTP status: there were too many requests, and this one was not carried out.")},
    {430, UNKNOWN("platform", CLIENT_BUG, FIX, REQUEST, "It is an HTTP status: the request was refused.")},
    {500, UNKNOWN("platform", RETRY_BACKOFF, DOUBT, PROVIDER,
                  "It is an HTTP status: Twilio failed, and may have done what was asked.")},
    {600, UNKNOWN("unknown", CLIENT_BUG, FIX, REQUEST, "It is outside every range that Twilio uses.")},
    {10000, UNKNOWN("platform/account", ACCOUNT, HOLD, ACCOUNT, "Codes near it concern the account.")},
    {11000, UNKNOWN("webhook HTTP retrieval", WEBHOOK, NOTE, WEBHOOK,
                    "Codes near it concern Twilio's calls of our webhooks.")},
    {12000, UNKNOWN("TwiML document", WEBHOOK, NOTE, WEBHOOK,
                    "Codes near it concern documents returned to Twilio.")},
    {13000, UNKNOWN("TwiML voice", INFO, NOTE, REQUEST, "Codes near it concern calls.")},
    {14000, UNKNOWN("TwiML messaging", WEBHOOK, NOTE, WEBHOOK,
                    "Codes near it concern replies given as TwiML.")},
    {15000, UNKNOWN("voice", INFO, NOTE, REQUEST, "Codes near it concern calls.")},
    {18000, UNKNOWN("regulatory/trust hub document review", REGISTRATION, HOLD, REQUEST,
                    "Codes near it are results of the review of a profile or document.")},
    {20000, UNKNOWN("platform REST", CLIENT_BUG, FIX, REQUEST,
                    "Codes near it concern the form of requests and who may make them.")},
    {21000, UNKNOWN("accounts and numbers", CLIENT_BUG, FIX, REQUEST,
                    "Codes near it concern accounts, calls and numbers.")},
    {21600, UNKNOWN("messages", CLIENT_BUG, FIX, REQUEST,
                    "Codes near it say why a message was not accepted.")},
    {21700, UNKNOWN("messaging services", REGISTRATION, HOLD, PROGRAM,
                    "Codes near it concern messaging services, brands and campaigns.")},
    {21800, UNKNOWN("messages", CLIENT_BUG, FIX, REQUEST,
                    "Codes near it say why a request was not accepted.")},
    {22000, UNKNOWN("phone numbers/regulatory", REGISTRATION, HOLD, REQUEST,
                    "Codes near it concern numbers, porting and regulatory papers.")},
    {23000, UNKNOWN("platform", CLIENT_BUG, FIX, REQUEST, "Nothing is known of its range.")},
    {30000, UNKNOWN("messages delivery", RECIPIENT, END, RECIPIENT,
                    "Codes near it say why a message was not delivered.")},
    {30100, UNKNOWN("link shortening", HOLD_CONFIG, HOLD, REQUEST,
                    "Codes near it concern shortened links and the registration of numbers.")},
    {30200, UNKNOWN("messages delivery", RECIPIENT, END, RECIPIENT,
                    "Codes near it say why a message was not delivered.")},
    {30700, UNKNOWN("A2P brand", REGISTRATION, HOLD, PROGRAM,
                    "Codes near it are results of a brand's registration.")},
    {30800, UNKNOWN("A2P campaign", REGISTRATION, HOLD, PROGRAM,
                    "Codes near it are results of a campaign's review.")},
    {31000, UNKNOWN("voice", INFO, NOTE, REQUEST, "Codes near it concern calls.")},
    {35000, UNKNOWN("messages scheduling/bulk", CLIENT_BUG, FIX, REQUEST,
                    "Codes near it concern scheduled messages.")},
    {36000, UNKNOWN("platform", INFO, NOTE, REQUEST, "Nothing is known of its range.")},
    {60000, UNKNOWN("lookup and verify", CLIENT_BUG, FIX, REQUEST,
                    "Codes near it concern Lookup and Verify.")},
    {61000, UNKNOWN("platform", INFO, NOTE, REQUEST, "Nothing is known of its range.")},
    {63000, UNKNOWN("channels", RECIPIENT, END, RECIPIENT,
                    "Codes near it say why a message was not delivered on another channel.")},
    {64000, UNKNOWN("platform", INFO, NOTE, REQUEST, "Nothing is known of its range.")},
    {90000, UNKNOWN("messages (broadcast/media)", CLIENT_BUG, FIX, REQUEST,
                    "Codes near it say why a request was not accepted.")},
    {91000, UNKNOWN("event streams", WEBHOOK, NOTE, WEBHOOK, "Codes near it concern Event Streams.")},
    {92000, UNKNOWN("content templates", CLIENT_BUG, FIX, REQUEST,
                    "Codes near it concern content templates.")},
    {93000, UNKNOWN("event streams", WEBHOOK, NOTE, WEBHOOK, "Codes near it concern Event Streams.")},
    {94000, UNKNOWN("unknown", CLIENT_BUG, FIX, REQUEST, "It is outside every range that Twilio uses.")},
};

/* The row of that code, or NULL. */
static const struct playbook_entry *find(int64_t code)
{
    size_t low = 0, high = playbook_table_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (playbook_table[middle].code == code) return &playbook_table[middle];
        if (playbook_table[middle].code < code) low = middle + 1;
        else high = middle;
    }
    return NULL;
}

const struct playbook_entry *playbook_get(int64_t code)
{
    const struct playbook_entry *found = find(code);
    size_t i = sizeof RANGES / sizeof RANGES[0] - 1;

    if (found != NULL) return found;
    while (RANGES[i].first > code) i--;
    return &RANGES[i].entry;
}

bool playbook_knows(int64_t code)
{
    return find(code) != NULL;
}

enum playbook_action playbook_after_accept(const struct playbook_entry *entry, enum provider_status status)
{
    if (entry->action == PLAYBOOK_SUPPRESS) return PLAYBOOK_SUPPRESS;
    return status == PROVIDER_FAILED && entry->retry_after_accept ? entry->action : PLAYBOOK_END;
}

bool playbook_may_pass(const struct playbook_entry *entry)
{
    return entry->action == PLAYBOOK_RETRY || entry->action == PLAYBOOK_THROTTLE ||
           entry->action == PLAYBOOK_NEXT_DAY || entry->action == PLAYBOOK_WINDOW;
}

size_t playbook_count(void)
{
    return playbook_table_count;
}

const struct playbook_entry *playbook_at(size_t index)
{
    BUG_IF(index >= playbook_table_count);
    return &playbook_table[index];
}

const char *playbook_class_name(enum playbook_class c)
{
    BUG_IF(c >= PLAYBOOK_CLASSES);
    return CLASSES[c];
}

const char *playbook_action_name(enum playbook_action a)
{
    BUG_IF(a >= PLAYBOOK_ACTIONS);
    return ACTIONS[a];
}

const char *playbook_scope_name(enum playbook_scope s)
{
    BUG_IF(s >= PLAYBOOK_SCOPES);
    return SCOPES[s];
}

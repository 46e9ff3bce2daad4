/* call: what the resources of the REST face share — errors, parameters, pages. Contract in call.h. */
#include "sandbox/call.h"

#include "base/rfc3339.h"
#include "twilio/date.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Twilio's titles of the codes that this sandbox answers with. */
static const struct error_text {
    int code;
    const char *text;
} error_texts[] = {
    {20001, "Unknown parameters"},
    {20002, "Invalid FriendlyName"},
    {20003, "Authenticate"},
    {20004, "Method not allowed"},
    {20005, "Account not active"},
    {20007, "Page size too large"},
    {20008, "Resource not accessible with Test Account Credentials"},
    {20009, "Cannot delete this resource before it is complete"},
    {20403, "Forbidden"},
    {20404, "The requested resource was not found"},
    {20409, "Conflict"},
    {20429, "Too Many Requests"},
    {20500, "Internal Server Error"},
    {20503, "Service unavailable"},
    {21101, "Subaccounts cannot have subaccounts"},
    {21102, "Reached maximum number of Services"},
    {21211, "Invalid 'To' Phone Number"},
    {21212, "Invalid 'From' Number"},
    {21265, "'To' number cannot be a Short Code"},
    {21266, "'To' and 'From' numbers cannot be the same"},
    {21408,
     "Permission to send an SMS or MMS has not been enabled for the region indicated by the 'To' number"},
    {21421, "Phone Number is invalid"},
    {21422, "PhoneNumber is not available"},
    {21451, "Invalid area code"},
    {21452, "No phone numbers found in area code"},
    {21473, "AccountSid you are transferring to is not related to the originating owner of the phone number"},
    {21474, "API User must be the parent account to transfer phone numbers"},
    {21475, "Unable to update Status, invalid Status"},
    {21476, "Unable to update Status for subaccount, parent account is suspended"},
    {21477, "Unable to update Status for parent accounts"},
    {21479, "Unable to update Status for subaccount, subaccount has been closed"},
    {21480, "Reached maximum number of subaccounts"},
    {21481, "Invalid PageToken"},
    {21602, "Message body is required"},
    {21603, "A 'From' or 'MessagingServiceSid' parameter is required to send a message"},
    {21604, "The destination 'To' phone number is required to send an SMS"},
    {21606, "The 'From' phone number provided is not a valid message-capable Twilio phone number for this "
            "destination/account"},
    {21609, "Invalid 'StatusCallback'"},
    {21610, "Attempt to send to unsubscribed recipient"},
    {21611, "This 'From' number has exceeded the maximum number of queued messages"},
    {21612, "Message cannot be sent with the current combination of 'To' and/or 'From' parameters"},
    {21614, "'To' number is not a valid mobile number"},
    {21617, "The concatenated message body exceeds the 1600 character limit"},
    {21618, "The message body cannot be sent"},
    {21622, "MMS has not been enabled for your account"},
    {21624, "Invalid validity period value"},
    {21635, "'To' number cannot be a landline"},
    {21655, "The ContentSid is Invalid"},
    {21659, "'From' is not a Twilio phone number or Short Code country mismatch"},
    {21660, "Mismatch between the 'From' number and the account"},
    {21701, "The Messaging Service does not exist"},
    {21703, "The Messaging Service does not have a phone number available to send a message"},
    {21704, "The Messaging Service contains no phone numbers"},
    {21705, "The Messaging Service is invalid"},
    {21708, "Alpha Sender ID Missing from the request"},
    {21709, "Alpha Sender ID is Invalid or Not Authorized for this Messaging Service"},
    {21710, "Phone Number Already Exists in Messaging Service"},
    {21711,
     "Phone Number, Shortcode, Destination AlphaSender, and Global AlphaSender is not associated to the "
     "specified Messaging Service"},
    {21712, "Phone Number or Short Code is associated with another Messaging Service"},
    {21713, "Messaging Service Use Case is Invalid"},
    {21717, "Brand Registration is Invalid"},
    {21720, "A2P Use Case is Invalid"},
    {21721, "Cannot import Campaign Verify token due to incompatible A2P brand"},
    {21722, "Invalid Campaign Verify token"},
    {21723, "Campaign Verify token import already in progress"},
    {21724, "Brand update count exceeded"},
    {21725, "Brand can only be updated when in FAILED state"},
    {21727, "Campaign registration failed due to missing parameter(s)"},
    {21728, "Campaign registration failed due to length validation failures"},
    {21729, "Cannot perform operation on suspended campaign"},
    {21731, "Cannot perform operation on suspended brand"},
    {21732, "Campaign limit reached on the Brand"},
    {22210, "Cannot create a Supporting Document with no Type"},
    {22211, "Cannot create a Supporting Document with no FriendlyName"},
    {22212, "Invalid End-User Type in request"},
    {30001, "Queue overflow"},
    {30002, "Account suspended"},
    {30003, "Unreachable destination handset"},
    {30004, "Message blocked"},
    {30005, "Unknown destination handset"},
    {30006, "Landline or unreachable carrier"},
    {30007, "Message filtered"},
    {30008, "Unknown error"},
    {30017, "Carrier network congestion"},
    {30022, "US A2P 10DLC - Rate Limits Exceeded"},
    {30023, "US A2P 10DLC - Daily Message Cap Reached"},
    {30032, "Toll-Free Number Has Not Been Verified"},
    {30034, "US A2P 10DLC - Message from an Unregistered Number"},
    {30035, "US A2P 10DLC - Message from a number still being configured"},
    {30036, "Validity Period Expired"},
    {30409, "This message cannot be canceled"},
    {35111, "SendAt timestamp is missing"},
    {35114, "Scheduling does not support this timestamp"},
    {35117, "Scheduling does not support this timestamp"},
    {35118, "MessagingServiceSid is required to schedule a message"},
    {35126, "The ScheduleType value provided is not supported for this channel"},
    {60200, "Invalid parameter"},
    {60202, "Max check attempts reached"},
    {60203, "Max send attempts reached."},
    {60204, "Service does not support this feature"},
    {60205, "SMS is not supported by landline phone number"},
    {60207, "Max rate limits per service reached"},
    {60212, "Too many concurrent requests for phone number"},
    {60220, "Messages to China require use case vetting"},
    {60221, "No target verification specified"},
    {60223, "Delivery channel disabled"},
    {60238, "Verification Creation Attempt blocked by Twilio"},
    {60245, "You have exceeded your messaging limits"},
    {60410, "Verification delivery attempt blocked"},
    {60605, "Verification delivery attempt blocked"},
    {60616, "Lookup rate limit exceeded"},
    {60617, "Lookup Not Enough Request Parameters"},
    {60618, "Lookup Malformed Request Parameter"},
    {63017, "Rate limit exceeded"},
};

const char *sb_call_error_text(int code)
{
    for (size_t i = 0; i < sizeof error_texts / sizeof *error_texts; i++)
        if (error_texts[i].code == code) return error_texts[i].text;
    return NULL;
}

void sb_call_error_as(struct call *c, int http_status, int code, const char *text)
{
    buf_clear(c->out);
    c->answer->status = http_status;
    c->answer->content_type = "application/json";
    json_open(c->out, '{');
    json_put_int(c->out, "code", code);
    json_put_text(c->out, "message", text);
    json_put_text(c->out, "more_info",
                  arena_printf(&c->arena, "https://www.twilio.com/docs/errors/%d", code));
    json_put_int(c->out, "status", http_status);
    json_close(c->out, '}');
}

void sb_call_error(struct call *c, int http_status, int code)
{
    const char *text = sb_call_error_text(code);
    sb_call_error_as(c, http_status, code, text == NULL ? "Unknown error" : text);
}

void sb_call_not_found(struct call *c)
{
    sb_call_error_as(c, 404, 20404, arena_printf(&c->arena, "The requested resource " STR_FMT " was not found",
                                                 STR_ARG(str_slice(c->path, 0, 200))));
}

void sb_call_ok(struct call *c, int http_status)
{
    buf_clear(c->out);
    c->answer->status = http_status;
    json_open(c->out, '{');
}

void sb_call_no_content(struct call *c)
{
    buf_clear(c->out);
    c->answer->status = 204;
}

bool sb_call_has(const struct call *c, const char *name)
{
    return form_has(&c->form, str_from(name));
}

struct str sb_call_param(const struct call *c, const char *name)
{
    return form_get(&c->form, str_from(name));
}

struct str sb_call_query(const struct call *c, const char *name)
{
    return form_get(&c->query, str_from(name));
}

struct str sb_call_decode(struct call *c, struct str segment)
{
    struct buf escaped;
    struct form form = {0};
    enum err err;
    buf_init(&escaped, 4096);
    buf_add(&escaped, STR("n="));
    for (size_t i = 0; i < segment.len; i++)
        buf_add(&escaped, segment.at[i] == '+' ? STR("%2B") : str_slice(segment, i, i + 1));
    err = buf_check(&escaped) == ERR_OK ? form_decode(&c->arena, buf_str(&escaped), 4, &form) : ERR_INVALID;
    buf_free(&escaped);
    return err == ERR_OK && form.count == 1 ? form_get(&form, STR("n")) : (struct str){NULL, 0};
}

bool sb_call_bool(const struct call *c, const char *name, bool absent)
{
    struct str value = sb_call_param(c, name);
    if (str_equal_nocase(value, STR("true"))) return true;
    return str_equal_nocase(value, STR("false")) ? false : absent;
}

void sb_call_set_text(const struct call *c, const char *name, char **slot)
{
    if (sb_call_has(c, name)) world_set_text(slot, sb_call_param(c, name));
}

void sb_call_set_get(const struct call *c, const char *name, bool *is_get)
{
    struct str value = sb_call_param(c, name);
    if (str_equal_nocase(value, STR("GET"))) *is_get = true;
    if (str_equal_nocase(value, STR("POST"))) *is_get = false;
}

void sb_call_put_date_2010(struct call *c, const char *name, int64_t date_ms)
{
    char text[DATE_TEXT_BYTES];
    date_format_rfc2822(date_ms, text);
    json_put_text(c->out, name, date_ms == 0 ? NULL : text);
}

void sb_call_put_date_iso(struct call *c, const char *name, int64_t date_ms)
{
    char text[DATE_TEXT_BYTES];
    date_format_iso8601(date_ms, text);
    json_put_text(c->out, name, date_ms == 0 ? NULL : text);
}

void sb_call_put_url(struct call *c, const char *name, const char *fmt, ...)
{
    char path[1024];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(path, sizeof path, fmt, args);
    va_end(args);
    json_put_text(c->out, name, arena_printf(&c->arena, STR_FMT STR_FMT "%s", STR_ARG(c->request->base_url),
                                             STR_ARG(c->prefix), path));
}

void sb_call_put_path(struct call *c, const char *name, const char *fmt, ...)
{
    char path[1024];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(path, sizeof path, fmt, args);
    va_end(args);
    json_put_text(c->out, name, path);
}

void sb_call_put_method(struct call *c, const char *name, bool is_get)
{
    json_put_text(c->out, name, is_get ? "GET" : "POST");
}

void sb_call_put_address(struct buf *out, const char *name, uint64_t number)
{
    char text[24];
    if ((number & SANDBOX_SHORT_CODE_BIT) != 0) {
        (void)snprintf(text, sizeof text, "%" PRIu64, number & ~SANDBOX_SHORT_CODE_BIT);
        json_put_text(out, name, text);
    } else {
        json_put_number(out, name, number);
    }
}

uint64_t sb_call_read_number(struct str text)
{
    uint64_t number = 0;
    size_t digits = 0;
    bool plus = text.len > 0 && text.at[0] == '+';
    for (size_t i = plus ? 1 : 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')') continue;
        if (c < '0' || c > '9' || ++digits > 15) return 0;
        number = number * 10 + (uint64_t)(c - '0');
    }
    if (!plus && digits == 10) number += UINT64_C(10000000000);
    if (!plus && digits != 10 && !(digits == 11 && number / UINT64_C(10000000000) == 1)) return 0;
    if (digits < 7 || number < 1000000) return 0;
    if (number / UINT64_C(10000000000) == 1 && number < UINT64_C(20000000000)) {
        uint64_t area = number / 10000000 % 1000, exchange = number / 10000 % 1000;
        return area < 200 || exchange < 200 ? 0 : number;
    }
    /* Country code 1 has just eleven digits. */
    for (uint64_t head = number; head > 0; head /= 10)
        if (head == 1) return 0;
    return number;
}

enum err sb_call_read_date(struct str text, int64_t *date_ms)
{
    char moment[32];
    if (text.len != 10) return rfc3339_parse(text, date_ms);
    (void)snprintf(moment, sizeof moment, STR_FMT "T00:00:00Z", STR_ARG(text));
    return rfc3339_parse(str_from(moment), date_ms);
}

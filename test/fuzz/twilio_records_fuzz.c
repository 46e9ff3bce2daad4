/* twilio_records_fuzz: numbers, services, their numbers, alerts, look-ups and verifications as any JSON gives them:
 * refused, or with the SID that they promise and texts that end. Prices and dates of any text as well. */
#include "twilio/alerts.h"
#include "twilio/lookup.h"
#include "twilio/message.h"
#include "twilio/numbers.h"
#include "twilio/services.h"
#include "twilio/verify.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sid(const char *sid, size_t size, const char *prefix)
{
    BUG_IF(memchr(sid, '\0', size) == NULL);
    BUG_IF(!twilio_sid_is(str_from(sid), prefix));
}

#define ENDS(text) BUG_IF(memchr((text), '\0', sizeof(text)) == NULL)
static void check_lookup(const json_t *object)
{
    struct twilio_lookup l;
    if (lookup_from_json(object, &l) != ERR_OK) return;
    ENDS(l.country);
    ENDS(l.invalid);
    ENDS(l.type);
    ENDS(l.carrier);
    ENDS(l.mcc);
    ENDS(l.mnc);
    BUG_IF(l.valid != (l.number != 0));
}

static void check_verify(const json_t *object)
{
    struct twilio_verify_service service;
    struct twilio_verification v;
    if (verify_service_from_json(object, &service) == ERR_OK) check_sid(service.sid, sizeof service.sid, "VA");
    if (verification_from_json(object, &v) != ERR_OK) return;
    check_sid(v.sid, sizeof v.sid, "VE");
    ENDS(v.status);
    ENDS(v.channel);
}

static void check_records(const json_t *object)
{
    struct twilio_number number;
    struct twilio_service service;
    struct twilio_service_number pooled;
    struct twilio_alert alert;
    check_lookup(object);
    check_verify(object);
    if (number_from_json(object, &number) == ERR_OK) check_sid(number.sid, sizeof number.sid, "PN");
    if (service_from_json(object, &service) == ERR_OK) check_sid(service.sid, sizeof service.sid, "MG");
    if (service_number_from_json(object, &pooled) == ERR_OK)
        BUG_IF(memchr(pooled.phone_number, '\0', sizeof pooled.phone_number) == NULL || pooled.sid[0] == '\0');
    if (alert_from_json(object, &alert) == ERR_OK) check_sid(alert.sid, sizeof alert.sid, "NO");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = {(const char *)data, size};
    json_t *root = twilio_json_parse(text);
    struct twilio_page page;
    int64_t micros = 0;
    if (root != NULL) check_records(root);
    static const char *const keys[] = {"incoming_phone_numbers", "services", "phone_numbers", "alerts"};
    for (size_t k = 0; root != NULL && k < sizeof keys / sizeof keys[0]; k++) {
        if (twilio_json_page(root, keys[k], &page) != ERR_OK) continue;
        for (size_t i = 0; i < json_array_size(page.items); i++)
            check_records(json_array_get(page.items, i));
    }
    (void)!message_price_micros(text, &micros);
    json_decref(root);
    return 0;
}

/* site_rules: the table. Contract in site_rules.h; sources: compliance sections 4.4 and 4.5. */
#include "rules/site_rules.h"

const struct site_place_info SITE_PLACE_TABLE[SITE_PLACES] = {
    [SITE_HOME] = {A2P_WEBSITE, 30891},
    [SITE_PRIVACY] = {A2P_PRIVACY_URL, 30908},
    [SITE_TERMS] = {A2P_TERMS_URL, 30882},
    [SITE_OPT_IN] = {A2P_MESSAGE_FLOW, 30543},
};

const struct site_rule_info SITE_RULE_TABLE[SITE_RULES] = {
    [SITE_RULE_NONE] = {"none", A2P_CLEAN, 0, "", ""},
    /* how it went to read it */
    [SITE_RULE_BAD_URL] = {"page_address", A2P_BLOCK, 0, "It is no public https address (or leads to one that is none).",
                           "Give the address that people type: https, no port, no user name."},
    [SITE_RULE_NO_NAME] = {"page_no_host", A2P_BLOCK, 0, "The name of its host has no address.",
                           "Correct the address, or have the domain's DNS mended."},
    [SITE_RULE_PRIVATE] = {"page_private", A2P_BLOCK, 0, "Its host has an address of a private network.",
                           "Publish it where everybody can reach it."},
    [SITE_RULE_UNREACHABLE] = {"page_unreachable", A2P_BLOCK, 0, "Its server does not answer.",
                               "Have the website mended, or correct the address."},
    [SITE_RULE_TLS] = {"page_certificate", A2P_BLOCK, 0, "Its certificate is not valid: browsers warn of it.",
                       "Have a valid certificate for this very name installed."},
    [SITE_RULE_SLOW] = {"page_slow", A2P_BLOCK, 0, "It did not come in time.", "Have the website mended."},
    [SITE_RULE_LOOP] = {"page_redirects", A2P_BLOCK, 0, "It leads from one address to the next without end.",
                        "Give the address of the page itself."},
    [SITE_RULE_LOCKED] = {"page_locked", A2P_BLOCK, 30921, "It asks for a password.",
                          "Make it public, or give screenshots at a public address."},
    [SITE_RULE_GUARDED] = {"page_guarded", A2P_ASK, 0, "It is not shown to programs (403 or 429), so it was not read.",
                           "See that it opens without a login, and that a reviewer finds there what is asked for."},
    [SITE_RULE_GONE] = {"page_gone", A2P_BLOCK, 0, "There is no such page (404 or the like).",
                        "Correct the address, or publish the page."},
    [SITE_RULE_BROKEN] = {"page_broken", A2P_BLOCK, 0, "Its server answers with an error.", "Have the website mended."},
    [SITE_RULE_NOT_TEXT] = {"page_no_text", A2P_BLOCK, 0, "It is no page of text.", "Give the address of a page."},
    [SITE_RULE_PAPER] = {"page_pdf", A2P_ASK, 0, "It is a PDF, which was not read.",
                         "Publish it as a page; see that it says what is asked for."},
    /* any page */
    [SITE_RULE_SCRIPTS] = {"page_scripts", A2P_ASK, 0, "It shows its words only to a browser that runs scripts, so it "
                           "was not judged.", "See yourself that it says what is asked for."},
    [SITE_RULE_PARKED] = {"page_parked", A2P_BLOCK, 30922, "The domain is parked or for sale.",
                          "Give the address of the business's own, finished website."},
    [SITE_RULE_BUILDING] = {"page_unfinished", A2P_BLOCK, 30922, "It is under construction, or a server's first page.",
                            "Finish the website first."},
    [SITE_RULE_LOGIN] = {"page_login", A2P_BLOCK, 30921, "It shows only a login.",
                         "Give a public page, or screenshots at a public address."},
    [SITE_RULE_STAND_IN] = {"page_stand_in", A2P_BLOCK, 30922, "It has the words of a template in it, such as lorem "
                            "ipsum.", "Write the real thing."},
    [SITE_RULE_THIN] = {"page_thin", A2P_ASK, 30919, "It says hardly anything.",
                        "Say there who the business is, what it offers, how to reach it, and that it texts."},
    /* the website */
    [SITE_RULE_ONLY_FORM] = {"site_only_form", A2P_ASK, 30920, "It is hardly more than a form.",
                             "Say beside it who the business is and what it offers."},
    [SITE_RULE_BRAND] = {"site_brand", A2P_ASK, 30907, "Neither the brand's nor the legal name is on it.",
                         "Name the business there as in the registration, or register the name that is there."},
    [SITE_RULE_CONTACT] = {"site_contact", A2P_ASK, 30919, "It says no way to reach the business.",
                           "Add a phone number, an e-mail address, or a page of contacts."},
    [SITE_RULE_FORBIDDEN] = {"site_forbidden", A2P_ASK, 30883, "It offers what carriers carry no texts about.",
                             "If the business is of that kind it cannot be registered; else explain it in the "
                             "description."},
    /* the privacy policy */
    [SITE_RULE_PRIVACY_UNLINKED] = {"privacy_unlinked", A2P_NOTE, 30908, "The website does not link its privacy "
                                    "policy.", "Link it at the foot of each page."},
    [SITE_RULE_PRIVACY_NONE] = {"privacy_none", A2P_BLOCK, 30908, "It is no privacy policy.",
                                "Give the address of the policy itself."},
    [SITE_RULE_PRIVACY_MOBILE] = {"privacy_mobile", A2P_BLOCK, 30908, "It does not say that mobile numbers and opt-in "
                                  "data are not shared.", "Add: \"No mobile information will be shared with third "
                                  "parties or affiliates for marketing or promotional purposes.\""},
    [SITE_RULE_PRIVACY_GENERAL] = {"privacy_general", A2P_ASK, 30908, "It says that data is not shared, but nothing of "
                                   "mobile numbers and opt-in data.", "Add: \"This includes mobile numbers, and "
                                   "opt-in data and consent to text messages.\""},
    [SITE_RULE_PRIVACY_SHARES] = {"privacy_shares", A2P_BLOCK, 30932, "It allows data to be shared with others for "
                                  "their marketing.", "Take that out, or exclude mobile numbers and opt-in data and "
                                  "consent in so many words."},
    /* the terms */
    [SITE_RULE_TERMS_UNLINKED] = {"terms_unlinked", A2P_NOTE, 30882, "The website does not link its terms.",
                                  "Link them at the foot of each page."},
    [SITE_RULE_TERMS_TEXTS] = {"terms_texts", A2P_BLOCK, 30882, "It says nothing of text messages.",
                               "Add a section on the texting program: its name, what is sent, how often, that message "
                               "and data rates may apply, STOP, HELP, and a contact."},
    [SITE_RULE_TERMS_NAME] = {"terms_name", A2P_ASK, 30882, "It names neither the brand nor the program.",
                              "Begin the section with the program's name: \"Acme Dental Alerts\"."},
    [SITE_RULE_TERMS_FREQUENCY] = {"terms_frequency", A2P_BLOCK, 30558, "It does not say how often texts come.",
                                   "Add \"Message frequency varies\" or a number a month."},
    [SITE_RULE_TERMS_RATES] = {"terms_rates", A2P_BLOCK, 30562, "The sentence on message and data rates is missing.",
                               "Add \"Message and data rates may apply\"."},
    [SITE_RULE_TERMS_STOP] = {"terms_stop", A2P_BLOCK, 30882, "It does not say how to stop.",
                              "Add \"Reply STOP to opt out\"."},
    [SITE_RULE_TERMS_HELP] = {"terms_help", A2P_BLOCK, 30882, "It does not say how to get help.",
                              "Add \"Reply HELP for help\"."},
    [SITE_RULE_TERMS_SUPPORT] = {"terms_support", A2P_ASK, 30560, "It has no contact of the support.",
                                 "Add a phone number or an e-mail address."},
    [SITE_RULE_TERMS_CARRIERS] = {"terms_carriers", A2P_NOTE, 30882, "The sentence on carriers is missing.",
                                  "Add \"Carriers are not liable for delayed or undelivered messages\"."},
    /* where people agree */
    [SITE_RULE_OPT_IN_FIELD] = {"opt_in_field", A2P_ASK, 30909, "No form that asks for a phone number was seen there.",
                                "Give the address of the page with the form itself."},
    [SITE_RULE_OPT_IN_TICKED] = {"opt_in_ticked", A2P_BLOCK, 30925, "A box there is ticked in advance.",
                                 "Leave the box unticked."},
    [SITE_RULE_OPT_IN_TEXTS] = {"opt_in_texts", A2P_ASK, 30551, "It does not speak of text messages.",
                                "Say \"text messages\" in the words that people agree to."},
    [SITE_RULE_OPT_IN_FREQUENCY] = {"opt_in_frequency", A2P_ASK, 30545, "It does not say how often texts come.",
                                    "Add \"Message frequency varies\" beside the box."},
    [SITE_RULE_OPT_IN_RATES] = {"opt_in_rates", A2P_ASK, 30569, "The sentence on message and data rates is missing.",
                                "Add \"Message and data rates may apply\" beside the box."},
    [SITE_RULE_OPT_IN_STOP] = {"opt_in_stop", A2P_ASK, 30924, "It does not say how to stop.",
                               "Add \"Reply STOP to opt out\" beside the box."},
    [SITE_RULE_OPT_IN_HELP] = {"opt_in_help", A2P_ASK, 30570, "It does not say how to get help.",
                               "Add \"Reply HELP for help\" beside the box."},
    [SITE_RULE_OPT_IN_LINKS] = {"opt_in_links", A2P_ASK, 30924, "It does not link terms and privacy policy.",
                                "Link both beside the box."},
};

static enum site_rule rule_of(uint8_t rule)
{
    BUG_IF(rule >= SITE_RULES);
    return (enum site_rule)rule;
}

const char *site_rule_name(uint8_t rule)
{
    return SITE_RULE_TABLE[rule_of(rule)].name;
}

bool site_rule_named(struct str name, uint8_t *out)
{
    for (size_t i = 0; i < SITE_RULES; i++)
        if (str_equal(name, str_from(SITE_RULE_TABLE[i].name))) {
            *out = (uint8_t)i;
            return true;
        }
    return false;
}

size_t site_rules_count(void)
{
    return SITE_RULES;
}

void site_finding_tell(const struct site_finding *f, struct a2p_finding *out)
{
    const struct site_rule_info *rule = &SITE_RULE_TABLE[rule_of(f->rule)];
    const struct site_place_info *place = &SITE_PLACE_TABLE[f->place];

    *out = (struct a2p_finding){.severity = rule->severity, .field = place->field, .rule = rule->name,
                                .words = f->words, .code = rule->code != 0 ? rule->code : place->code,
                                .why = rule->why, .fix = rule->fix};
}

const char *site_outcome_name(enum site_outcome o)
{
    static const char *const names[SITE_OUTCOMES] = {"read", "address", "no_host", "private", "unreachable",
                                                     "certificate", "slow", "redirects", "locked", "guarded", "gone",
                                                     "broken", "no_text", "pdf"};

    BUG_IF((unsigned)o >= SITE_OUTCOMES);
    return names[o];
}

bool site_outcome_passes(enum site_outcome o)
{
    return o == SITE_NO_NAME || o == SITE_UNREACHABLE || o == SITE_SLOW || o == SITE_BROKEN || o == SITE_GUARDED;
}

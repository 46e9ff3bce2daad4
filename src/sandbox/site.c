/* site: pages by what their address says. Contract in site.h. */
#include "sandbox/site.h"

enum { NAME_BYTES = 80 };

static const char PRIVACY[] =
    "<h1>Privacy policy</h1><p>%s respects your privacy. No mobile information will be shared with third parties or "
    "affiliates for marketing or promotional purposes; opt-in data and consent are shared with nobody.</p>";
static const char TERMS[] =
    "<h1>Terms of service</h1><h2>%s text alerts</h2><p>You get text messages that you agreed to. Message frequency "
    "varies. Message and data rates may apply. Reply STOP to opt out or HELP for help, or call 775-555-0134. Carriers "
    "are not liable for delayed or undelivered messages.</p>";
static const char FORM[] =
    "<h1>%s by text</h1><form><label>Mobile phone <input type=tel name=phone></label><label><input type=checkbox> I "
    "agree to get text messages. Message frequency varies. Message and data rates may apply. Reply STOP to opt out, "
    "HELP for help.</label><a href=/terms>Terms</a> <a href=/privacy>Privacy policy</a></form>";
static const char HOME[] =
    "<h1>%s</h1><p>Welcome. We serve our customers in town and online, on six days of the week, and have done so for "
    "many years. Ask us what we can do for you. Whoever agrees gets our reminders by text message.</p><p>Call "
    "775-555-0134.</p><a href=/privacy>Privacy policy</a> <a href=/terms>Terms</a>";

static const struct {
    const char *word; /* in host or path */
    int status;
    const char *body; /* with the name in it, perhaps */
} PAGES[] = {
    {"site-404", 404, "<title>Not found</title>"},
    {"site-500", 500, "<title>Error</title>"},
    {"site-403", 403, "<title>Forbidden</title>"},
    {"site-401", 401, "<title>Password, please</title>"},
    {"site-parked", 200, "<title>%s</title><p>This domain is for sale!"},
    {"site-unfinished", 200, "<title>%s</title><p>Coming soon."},
    {"site-login", 200, "<title>Sign in</title><form><input type=password></form>"},
    {"site-scripts", 200, "<title>%s</title><script src=app.js></script><div id=root></div>"},
    {"site-shares", 200, "<h1>Privacy policy</h1><p>%s may share your phone number with partners for their marketing, "
                         "as it may share all that it knows of you."},
    {"site-silent", 200, "<h1>Privacy policy and terms</h1><p>%s respects your privacy and asks you to respect the law. "
                         "All else is to be found elsewhere."},
    {"site-ticked", 200, "<h1>%s by text</h1><form><input type=tel><input type=checkbox checked> I agree to all that is "
                         "sent to me, by whoever it may be.</form>"},
    {"privacy", 200, PRIVACY},
    {"privacidad", 200, PRIVACY},
    {"terms", 200, TERMS},
    {"tos", 200, TERMS},
    {"join", 200, FORM},
    {"sign", 200, FORM},
    {"book", 200, FORM},
    {"form", 200, FORM},
    {"sms", 200, FORM},
    {"text", 200, FORM},
    {"contact", 200, FORM},
    {"", 200, HOME},
};

/* "www.acme-dental.example:4010" is "Acme Dental". */
static void name_of(struct str host, char out[NAME_BYTES])
{
    size_t n = 0;
    bool begins = true;

    if (str_starts(host, STR("www."))) host = str_slice(host, 4, host.len);
    host = str_slice(host, 0, str_find_char(host, '.'));
    for (size_t i = 0; i < host.len && n < NAME_BYTES - 1; i++) {
        char c = host.at[i] == '-' ? ' ' : host.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != ' ') break;
        out[n++] = begins && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        begins = c == ' ';
    }
    out[n] = '\0';
}

static bool is_in(struct str text, struct str word)
{
    return word.len == 0 || (text.len > 0 && str_find(text, word) < text.len);
}

int sandbox_site(struct str host, struct str target, struct buf *out)
{
    char name[NAME_BYTES];
    struct str body, head;
    size_t i = 0;

    /* The host's own name says nothing of the page: only magic words count there. */
    while (!is_in(target, str_from(PAGES[i].word)) &&
           !(str_starts(str_from(PAGES[i].word), STR("site-")) && is_in(host, str_from(PAGES[i].word))))
        i++;
    name_of(host, name);
    body = str_cut(str_from(PAGES[i].body), '%', &head);
    buf_add(out, head);
    if (body.len > 0) {
        buf_add_text(out, name);
        buf_add(out, str_slice(body, 1, body.len));
    }
    return PAGES[i].status;
}

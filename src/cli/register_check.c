/* register check: judges a registration's facts as a reviewer would; needs no server. */
#include "app/registration_check.h"
#include "app/registration_fees.h"
#include "app/site_check.h"
#include "base/clock.h"
#include "base/json_out.h"
#include "cli/output.h"
#include "cli/register.h"
#include "rules/a2p_check.h"

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
enum { ANSWER_BYTES = 1 << 20, ARENA_BYTES = 1 << 20 };

static const struct flag CHECK_FLAGS[] = {
    {"kind", "KIND", "standard, low_volume, sole_proprietor or toll_free (standard)", false},
    {"website", NULL, "Also read its website, privacy policy, terms and the form, and judge them", false},
};

static void print_finding(const struct a2p_finding *f)
{
    (void)printf("  %-5s %s: %s", a2p_severity_name(f->severity), a2p_field_info(f->field)->name, f->why);
    if (f->code != 0) (void)printf(" (refusal %d)", (int)f->code);
    (void)printf("\n        %s\n", f->fix);
}

static void print_website(const struct site_result *site)
{
    if (site->state != SITE_STATE_READ) return;
    (void)printf("website, %u pages read: %s\n", site->pages, a2p_severity_name(site->worst));
    for (size_t i = 0; i < site->count; i++) {
        struct a2p_finding f = site_result_finding(site, i);
        print_finding(&f);
        (void)printf("        " STR_FMT "\n", STR_ARG(f.words));
    }
}

static void print_findings(const struct a2p_findings *found, const struct site_result *site)
{
    (void)printf("%s\n", a2p_severity_name(found->worst));
    for (size_t i = 0; i < found->count; i++) print_finding(&found->at[i]);
    print_website(site);
}

/* By the price table that is built in; a server's own may differ. */
static void put_fees(const struct a2p_facts *facts, enum brand_type kind, struct buf *out)
{
    struct price_table prices;
    struct clock clock;

    clock_system(&clock);
    if (price_parse(price_default_text(), &prices, NULL) != ERR_OK) return;
    registration_fees_member(&prices, facts, kind, &(struct a2p_paid){.brands = 0}, A2P_RESUBMIT_NONE,
                             clock_wall_ms(&clock), out);
    price_free(&prices);
}

/* {"fees": …}, as the server tells it. */
static void print_fees(const struct a2p_facts *facts, enum brand_type kind)
{
    struct buf out;
    json_t *root;

    buf_init(&out, ANSWER_BYTES);
    json_open(&out, '{');
    put_fees(facts, kind, &out);
    json_close(&out, '}');
    root = json_loadb(buf_text(&out), buf_str(&out).len, 0, NULL);
    register_print_fees(json_object_get(root, "fees"));
    json_decref(root);
    buf_free(&out);
}

static int print_as_json(const struct a2p_facts *facts, enum brand_type kind, const struct site_result *site)
{
    struct buf out;
    json_t *root;

    buf_init(&out, ANSWER_BYTES);
    buf_add_text(&out, "{");
    registration_check(facts, kind, &out);
    put_fees(facts, kind, &out);
    if (site->state != SITE_STATE_TODO) site_result_member(site, &out);
    buf_add_text(&out, "}");
    root = json_loadb(buf_text(&out), buf_str(&out).len, 0, NULL);
    buf_free(&out);
    if (root == NULL) return EXIT_FAILED;
    print_json(root);
    json_decref(root);
    return EXIT_DONE;
}

/* The sandbox's customers have names under .example, which lead nowhere but there. */
static bool is_sandboxed(const struct a2p_facts *facts)
{
    struct str host = a2p_host(a2p_fact(facts, A2P_WEBSITE)), end = STR(".example");

    return host.len >= end.len && str_equal(str_slice(host, host.len - end.len, host.len), end);
}

/* From here: no server is asked. STERLING_SITES_TIMEOUT_MS says how long a page may take. */
static int read_website(struct invocation *in, const struct a2p_facts *facts, enum brand_type kind,
                        struct site_result *out)
{
    struct site_fetch_config c;
    struct settings settings;
    struct clock clock;
    struct fault f;

    *out = (struct site_result){.state = SITE_STATE_TODO};
    if (!flag_given(in, "website")) return EXIT_DONE;
    settings_default(&settings);
    if (settings_read_environment(&settings, &f) != ERR_OK) return complain(in, EXIT_USAGE, "%s", f.what);
    if (settings.sites_test_port == 0 && is_sandboxed(facts))
        return complain(in, EXIT_USAGE, "names under .example lead nowhere: only a server with --sandbox reads them, when "
                        "it registers (register start). Leave out --website, or name a real one with website=https://…");
    c = (struct site_fetch_config){.timeout_ms = settings.sites_timeout_ms,
                                   .test_port = (uint16_t)settings.sites_test_port};
    clock_system(&clock);
    site_check_now(&c, facts, kind, clock_wall_ms(&clock), out);
    return EXIT_DONE;
}

static int judge(struct invocation *in, struct str text, enum brand_type kind)
{
    struct site_result site;
    struct a2p_findings found;
    struct a2p_facts facts;
    struct fault fault = {.code = ERR_OK};
    struct arena arena;
    int code = EXIT_DONE;

    arena_init(&arena, ARENA_BYTES);
    if (a2p_facts_read(text, &arena, &facts, &fault) != ERR_OK) code = complain(in, EXIT_REFUSED, "%s", fault.what);
    else {
        a2p_check(&facts, kind, &found);
        code = read_website(in, &facts, kind, &site);
        if (code != EXIT_DONE) {
            arena_reset(&arena);
            return code;
        }
        if (in->json) code = print_as_json(&facts, kind, &site);
        else {
            print_findings(&found, &site);
            print_fees(&facts, kind);
        }
        if (code == EXIT_DONE && (found.worst == A2P_BLOCK || site.worst == A2P_BLOCK)) code = EXIT_REFUSED;
    }
    arena_reset(&arena);
    return code;
}

static int register_check(struct invocation *in)
{
    json_t *facts = json_object();
    enum brand_type kind;
    char *text = NULL;
    int code = register_read_kind(in, &kind);

    if (code == EXIT_DONE) code = register_take_file(in, in->arguments[0], facts);
    for (int i = 1; i < in->count && code == EXIT_DONE; i++) code = register_take_word(in, in->arguments[i], facts);
    if (code == EXIT_DONE && (text = json_dumps(facts, JSON_COMPACT)) == NULL) code = EXIT_FAILED;
    if (code == EXIT_DONE) code = judge(in, str_from(text), kind);
    free(text);
    json_decref(facts);
    return code;
}

const struct verb VERB_REGISTER_CHECK = {
    "register check", "FILE [FIELD=VALUE]…", "say what a reviewer would refuse in a registration's facts", VERB_JSON, 1,
    ARGUMENTS_MAX, CHECK_FLAGS, COUNT(CHECK_FLAGS),
    "FILE is a JSON object of facts (- for standard input). Needs no server, costs nothing, and asks nobody but, with "
    "--website, the website. Exit 4 if it would be refused. docs/registration-checks.md explains what is judged.",
    register_check};

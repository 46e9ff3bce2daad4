/* shrink: makes a failing world smaller while it fails in the same way: fewer faults, fewer people, less time. */
#include "sim_run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WHY_BYTES = 64, SECONDS_MAX = 30, ROUNDS_MAX = 6 };

/* What is the same in failures of one kind: the words behind "step N: ", up to the first figure. */
static void kind_of(const char *wrong, char why[WHY_BYTES])
{
    struct str text = str_from(wrong), rest = str_slice(text, str_find(text, STR("step ")), text.len);
    size_t used = 0;

    rest = str_slice(rest, str_find(rest, STR(": ")), rest.len);
    while (used < rest.len && used + 1 < WHY_BYTES && (rest.at[used] < '0' || rest.at[used] > '9')) {
        why[used] = rest.at[used];
        used++;
    }
    why[used] = '\0';
}

static void run_in_child(const struct world_config *c, int to)
{
    char why[WHY_BYTES] = "";
    struct world_result r;

    (void)!freopen("/dev/null", "w", stdout);
    (void)!freopen("/dev/null", "w", stderr);
    (void)alarm(SECONDS_MAX);
    r = world_run(c);
    if (!r.ok) kind_of(r.wrong, why);
    (void)!write(to, why, sizeof why);
    _exit(r.ok ? 0 : 1);
}

/* How it fails; "" if it does not. */
static void try_world(const struct world_config *c, char why[WHY_BYTES])
{
    int ends[2], status = 0;
    pid_t child;

    memset(why, 0, WHY_BYTES);
    if (pipe(ends) != 0) return;
    child = fork();
    if (child == 0) run_in_child(c, ends[1]);
    (void)close(ends[1]);
    if (child > 0 && read(ends[0], why, WHY_BYTES) < 0) why[0] = '\0';
    (void)close(ends[0]);
    if (child > 0) (void)waitpid(child, &status, 0);
    why[WHY_BYTES - 1] = '\0';
    if (!WIFSIGNALED(status)) return;
    (void)snprintf(why, WHY_BYTES, "%s", WTERMSIG(status) == SIGALRM ? "hangs" : "dies of a bug");
}

struct shrinking {
    struct world_config now;
    char why[WHY_BYTES];
    int tries;
    bool smaller; /* in this round */
};

static bool keep_if_fails(struct shrinking *s, const struct world_config *c)
{
    char why[WHY_BYTES];

    s->tries++;
    try_world(c, why);
    if (strcmp(why, s->why) != 0) return false;
    s->now = *c;
    s->smaller = true;
    return true;
}

static void without_sites(struct shrinking *s)
{
    for (int site = 0; site < SITES; site++) {
        struct world_config c = s->now;
        if (!c.on[site]) continue;
        c.on[site] = false;
        (void)keep_if_fails(s, &c);
    }
}

static void less_of(struct shrinking *s, size_t at, uint32_t least)
{
    for (uint32_t step = 2; step <= 8; step *= 2) {
        struct world_config c = s->now;
        uint32_t *figure = (uint32_t *)(void *)((char *)&c + at);
        uint32_t less = *figure - (*figure - least + step - 1) / step;
        if (*figure == least) return;
        *figure = less;
        if (keep_if_fails(s, &c)) step = 1;
    }
}

static void less_time(struct shrinking *s)
{
    struct world_config c = s->now;

    do {
        c = s->now;
        c.safety_ms = c.safety_ms / 2000 * 1000;
    } while (c.safety_ms > 0 && keep_if_fails(s, &c));
    c = s->now;
    if (!c.quiet_hours) return;
    c.quiet_hours = false;
    (void)keep_if_fails(s, &c);
}

int shrink(const struct world_config *config)
{
    struct shrinking s = {.now = *config};
    char text[WORLD_TEXT_BYTES];

    try_world(config, s.why);
    if (s.why[0] == '\0') {
        printf("this world keeps every promise\n");
        return 0;
    }
    for (int round = 0; round < ROUNDS_MAX && (round == 0 || s.smaller); round++) {
        s.smaller = false;
        without_sites(&s);
        less_of(&s, offsetof(struct world_config, campaigns), 0);
        less_of(&s, offsetof(struct world_config, directs), 0);
        less_of(&s, offsetof(struct world_config, orgs), 1);
        less_of(&s, offsetof(struct world_config, people), 1);
        less_time(&s);
    }
    world_config_text(&s.now, text);
    printf("# the smallest of %d worlds that fail so; again: script/check sim %s\n", s.tries, text);
    (void)fflush(stdout);
    (void)run_one(&s.now);
    return 1;
}

/* route: finds the route of a path by walking the tables, segment by segment. Pure; allocates nothing. */
#include "http/route.h"

#include <stdio.h>
#include <string.h>

struct segments {
    struct str at[ROUTE_SEGMENTS_MAX];
    size_t count; /* over the maximum: no route is that long */
};

static void split(struct str path, struct segments *out)
{
    out->count = 0;
    if (path.len == 0 || path.at[0] != '/') {
        out->count = ROUTE_SEGMENTS_MAX + 1;
        return;
    }
    path = str_slice(path, 1, path.len);
    for (;;) {
        size_t end = str_find_char(path, '/');
        if (out->count == ROUTE_SEGMENTS_MAX) {
            out->count++;
            return;
        }
        out->at[out->count++] = str_slice(path, 0, end);
        if (end == path.len) return;
        path = str_slice(path, end + 1, path.len);
    }
}

/* The next segment of a pattern; *pattern moves past it. */
static struct str pattern_next(const char **pattern)
{
    const char *from = *pattern + 1, *end = strchr(from, '/');
    size_t len = end == NULL ? strlen(from) : (size_t)(end - from);

    *pattern = from + len;
    return (struct str){from, len};
}

static bool matches(const char *pattern, const struct segments *path, struct str args[ROUTE_ARGS_MAX])
{
    size_t arg = 0;

    for (size_t i = 0; i < path->count; i++) {
        struct str wanted;
        if (*pattern == '\0') return false;
        wanted = pattern_next(&pattern);
        if (wanted.len > 0 && wanted.at[0] == '{') {
            if (path->at[i].len == 0 || arg == ROUTE_ARGS_MAX) return false;
            args[arg++] = path->at[i];
        } else if (!str_equal(wanted, path->at[i])) {
            return false;
        }
    }
    return *pattern == '\0';
}

static void allow_add(char allow[64], const char *method)
{
    size_t used = strlen(allow);

    if (strstr(allow, method) != NULL) return;
    (void)snprintf(allow + used, 64 - used, "%s%s", used > 0 ? ", " : "", method);
    if (strcmp(method, "GET") == 0) allow_add(allow, "HEAD");
}

static bool try_route(const struct route *r, struct str method, const struct segments *path,
                      struct route_match *out)
{
    struct str args[ROUTE_ARGS_MAX] = {{0}};

    if (!str_equal(method, str_from(r->method)) || !matches(r->pattern, path, args)) return false;
    out->path_known = true;
    out->route = r;
    memcpy(out->args, args, sizeof args);
    return true;
}

/* Which other methods are served there. Asked only when none was found, because writing them down costs more
 * than finding one. */
static void find_others(const struct route *r, const struct segments *path, struct route_match *out)
{
    struct str args[ROUTE_ARGS_MAX] = {{0}};

    if (!matches(r->pattern, path, args)) return;
    if (!out->path_known) allow_add(out->allow, "OPTIONS");
    out->path_known = true;
    allow_add(out->allow, r->method);
}

void route_find(struct str method, struct str path, struct route_match *out)
{
    struct segments parts;

    memset(out, 0, sizeof *out);
    split(path, &parts);
    if (parts.count > ROUTE_SEGMENTS_MAX) return;
    if (str_equal(method, STR("HEAD"))) method = STR("GET");
    for (size_t t = 0; t < ROUTE_TABLES_COUNT; t++)
        for (size_t i = 0; i < ROUTE_TABLES[t]->count; i++)
            if (try_route(&ROUTE_TABLES[t]->routes[i], method, &parts, out)) return;
    for (size_t t = 0; t < ROUTE_TABLES_COUNT; t++)
        for (size_t i = 0; i < ROUTE_TABLES[t]->count; i++)
            find_others(&ROUTE_TABLES[t]->routes[i], &parts, out);
}

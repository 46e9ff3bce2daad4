/*
 * call_thing: the REST face of the registry's things, which differ in tables more than in code: which parameters
 * there are, what the answer holds beside them, what a list is called. For the api_*.c files alone.
 */
#ifndef STERLING_SANDBOX_CALL_THING_H
#define STERLING_SANDBOX_CALL_THING_H

#include "sandbox/call.h"
#include "sandbox/registry.h"

/* A parameter and the member that shows it; a NULL param is a member that we alone set. */
enum field_kind { FIELD_TEXT, FIELD_BOOL, FIELD_LIST, FIELD_JSON };
struct field {
    const char *param, *name;
    enum field_kind kind;
    bool required; /* at creation */
};
enum face_flag {
    FACE_2010 = 1,       /* RFC 2822 dates, the 2010 style of lists */
    FACE_NO_UPDATED = 2, /* no date_updated */
    FACE_NO_ACCOUNT = 4,
    FACE_NO_SID = 8
};
struct thing_face {
    enum sid_kind kind;
    const char *list_key;
    unsigned flags;
    const struct field *fields;
    size_t field_count;
    void (*put_more)(struct call *c, const struct thing *t);          /* url, links, what is derived; NULL */
    bool (*keep)(const struct call *c, const struct thing *t);        /* filters of the list; NULL: all */
};

/* Reads what is there into the thing's facts. Not to be called before sb_call_lacks. */
void sb_call_read_fields(struct call *c, const struct thing_face *face, struct thing *t);
/* True after having refused for a required parameter that is missing, or JSON that is none. */
bool sb_call_lacks(struct call *c, const struct thing_face *face);
bool sb_call_bad_json(struct call *c, const struct thing_face *face);
/* 400 with 20001 and these words. */
void sb_call_refuse(struct call *c, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The thing of the call's account that `sid` names; NULL after having answered 404. */
struct thing *sb_call_thing(struct call *c, enum sid_kind kind, struct str sid);
/* A child of `parent`. */
struct thing *sb_call_child(struct call *c, enum sid_kind kind, const struct thing *parent, struct str sid);
/* Made, filled from the form and in the registry's ledger. */
struct thing *sb_call_make(struct call *c, const struct thing_face *face, struct thing *parent);
void sb_call_answer_thing(struct call *c, const struct thing_face *face, int http_status, const struct thing *t);
/* Of the call's account, newest first; with `parent` its children only. */
void sb_call_list_things(struct call *c, const struct thing_face *face, const struct thing *parent);
/* True after having answered 429: an account writes so many brands and campaigns a second. */
bool sb_call_over_writes(struct call *c);
/* A whole JSON value as a member. */
void sb_call_put_json(struct call *c, const char *name, const json_t *value);
/* A static list of `count` items as one page of its own. */
void sb_call_list_static(struct call *c, const char *key, size_t count, void (*put)(struct call *c, size_t i));

#endif

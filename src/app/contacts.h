/*
 * contacts: one contact at a time, as the API puts and deletes them (imports.h does many), and lists.
 */
#ifndef STERLING_APP_CONTACTS_H
#define STERLING_APP_CONTACTS_H

#include "app/app.h"
#include "rules/quiet_places.h"

enum { CONTACT_FIELDS_BYTES_MAX = 32768, LIST_NAME_MAX = 100 };

struct contact_request {
    struct str number;           /* as a person writes it */
    struct str fields;           /* a JSON object of texts; empty: none */
    uint32_t list;               /* joined; 0: none */
    struct str carrier;          /* a slug or a name; empty: as known */
    struct quiet_said where;     /* what the tenant knows of where the person is; all empty: as known */
    bool merge;                  /* keep fields that are not named */
};
struct contact_job {
    struct app_job job;
    struct change_contacts change;
    struct contact row; /* as it is stored; created_ms == change.now_ms: it is new */
};
MUST_CHECK enum err contacts_put(struct app *app, struct store_reader *r, struct arena *a,
                                 const struct org *org, const struct contact_request *q,
                                 struct contact_job *out, struct problem *p);
/* Says in *p why quiet_places_join could not take `wrong`. */
void contacts_refuse_place(const struct quiet_said *said, const char *wrong, enum err why, struct problem *p);
struct contact_delete_job {
    struct app_job job;
    struct change_contact_delete change;
};
void contacts_delete(struct app *app, org_id org, uint64_t contact, struct contact_delete_job *out);
/* By public id or by number as a person writes it. ERR_NOT_FOUND. Deleted ones are not found. */
MUST_CHECK enum err contacts_find(struct app *app, struct store_reader *r, struct arena *a,
                                  const struct org *org, struct str text, struct contact *out);

struct list_job {
    struct app_job job;
    struct change_list change;
};
/* Finds or makes the list of that name. */
MUST_CHECK enum err lists_put(struct app *app, org_id org, struct str name, struct list_job *out,
                              struct problem *p);
/* By public id or by name. ERR_NOT_FOUND. */
MUST_CHECK enum err lists_find(struct app *app, struct store_reader *r, struct arena *a, org_id org,
                               struct str text, struct contact_list *out);

#endif

/*
 * first_start: what an installation has from its first start on, and checks at every later one: the master
 * key, its identity and keys in the store, the operator's API key, and the file that tells the command line
 * where the server is.
 */
#ifndef STERLING_CLI_FIRST_START_H
#define STERLING_CLI_FIRST_START_H

#include "app/public_id.h"
#include "app/seal.h"
#include "app/settings.h"
#include "base/clock.h"
#include "store/queue.h"

struct price_table;

/* Where: key_file, else the systemd credential "sterling-key", else DATA_DIR/master.key, which alone is made
 * when it is missing and there is no database yet. */
MUST_CHECK enum err first_start_open_key(const struct settings *s, bool first, struct sealer **out,
                                         struct fault *f);
/* The id key and the seal's check value in the store's meta (ERR_DENIED: the key file is another
 * installation's), the operator's key, and secrets sealed anew if the first line of the key file changed. */
MUST_CHECK enum err first_start_prepare(const struct settings *s, struct store *store,
                                        struct store_queue *queue, const struct sealer *sealer,
                                        struct clock *clock, struct public_ids *ids, struct fault *f);
/* DATA_DIR/server.json, readable by all: URLs only. It is there while a server listens, or while whoever started it
 * holds its address for the next; of one that was killed it stays until the next start. */
MUST_CHECK enum err first_start_server_file(const struct settings *s, const char *url, const char *events_url,
                                            const char *sandbox_url, struct fault *f);
/* Takes it away: a port that is let go may be anybody's next, and who reads the file gives it the operator's key. */
void first_start_forget_server(const struct settings *s);
/* The operator's own price table, or the built-in one; price_free() afterwards. */
MUST_CHECK enum err first_start_prices(const struct settings *s, struct price_table *out, struct fault *f);

#endif

/* What is stored of an account reads back as it was written, whatever is there; and no body that a sink may post breaks
 * its reader. */
#include "app/account_progress.h"
#include "app/registration_events.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_and_read(const struct account_progress *p)
{
    static struct account_progress again;
    struct buf first, second;

    buf_init(&first, ACCOUNT_PROGRESS_BYTES_MAX);
    buf_init(&second, ACCOUNT_PROGRESS_BYTES_MAX);
    account_progress_write(p, &first);
    if (buf_check(&first) == ERR_OK) {
        if (account_progress_read(buf_str(&first), &again) != ERR_OK) abort();
        account_progress_write(&again, &second);
        if (!str_equal(buf_str(&first), buf_str(&second))) abort();
    }
    buf_free(&first);
    buf_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct account_progress p;
    struct str text = {(const char *)data, size};
    struct stream_events told;

    if (account_progress_read(text, &p) == ERR_OK) write_and_read(&p);
    (void)!stream_events_read(text, STR("AC00000000000000000000000000000001"), &told);
    return 0;
}

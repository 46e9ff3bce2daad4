/*
 * seal_fuzz: "context \n text": what we seal opens in its own place and in no other, and not with a letter changed; a
 * sealed text of any bytes, as a damaged database may hold, never opens.
 */
#include "app/seal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sealer *make_sealer(void)
{
    static const char keys[] = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
                               "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\n";
    char path[] = "/tmp/seal-fuzz-XXXXXX";
    struct sealer *s = NULL;
    struct fault f;
    int fd = mkstemp(path);
    BUG_IF(fd < 0 || fchmod(fd, 0600) != 0 || write(fd, keys, sizeof keys - 1) != (ssize_t)sizeof keys - 1);
    BUG_IF(sealer_open(path, SEAL_KEY_THERE, &s, &f) != ERR_OK);
    (void)close(fd);
    (void)unlink(path);
    return s;
}

static void check_own(const struct sealer *s, struct arena *a, struct str context, struct str plain, size_t spoil)
{
    struct str sealed, out;
    struct fault f;
    char *letter;
    BUG_IF(seal(s, a, context, plain, &sealed) != ERR_OK);
    BUG_IF(unseal(s, a, context, sealed, &out, &f) != ERR_OK || !str_equal(out, plain));
    BUG_IF(seal_is_old(s, sealed));
    if (!str_equal(context, STR("elsewhere")))
        BUG_IF(unseal(s, a, STR("elsewhere"), sealed, &out, &f) == ERR_OK);
    letter = (char *)(uintptr_t)sealed.at + spoil % (sealed.len - 4); /* not in the padding, which may say nothing */
    *letter = *letter == 'A' ? 'B' : 'A';
    BUG_IF(unseal(s, a, context, sealed, &out, &f) == ERR_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct sealer *s;
    struct str context, text = str_cut((struct str){(const char *)data, size}, '\n', &context), out;
    struct fault f = {.what = ""};
    struct arena a;
    if (s == NULL) s = make_sealer();
    arena_init(&a, 1 << 20);
    BUG_IF(unseal(s, &a, context, text, &out, &f) == ERR_OK);
    BUG_IF(f.what[0] == '\0');
    (void)seal_is_old(s, text);
    if (size < 4096) check_own(s, &a, context, text, size == 0 ? 0 : (size_t)data[size - 1] * 7 + size);
    arena_reset(&a);
    return 0;
}

/* seal: AES-256-GCM by OpenSSL, keys from a file only its owner can read. Contract in seal.h.
 * Sealed bytes before base64: version 1, key id (4 bytes of the key's SHA-256), 12-byte nonce,
 * ciphertext, 16-byte tag. */
#include "app/seal.h"

#include "base/file.h"
#include "base/rng.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KEY_BYTES = 32,
    NONCE_BYTES = 12,
    TAG_BYTES = 16,
    ID_BYTES = 4,
    HEAD_BYTES = 1 + ID_BYTES + NONCE_BYTES,
    KEYS_MAX = 8,
    PLAIN_BYTES_MAX = 4096
};

struct sealer {
    size_t count;
    unsigned char keys[KEYS_MAX][KEY_BYTES];
    unsigned char ids[KEYS_MAX][ID_BYTES];
};

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

static bool add_key(struct sealer *s, struct str line)
{
    unsigned char digest[SHA256_DIGEST_LENGTH];
    if (line.len != 2 * KEY_BYTES || s->count == KEYS_MAX) return false;
    for (size_t i = 0; i < KEY_BYTES; i++) {
        int high = hex_digit(line.at[2 * i]), low = hex_digit(line.at[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        s->keys[s->count][i] = (unsigned char)(high * 16 + low);
    }
    SHA256(s->keys[s->count], KEY_BYTES, digest);
    memcpy(s->ids[s->count], digest, ID_BYTES);
    s->count++;
    return true;
}

static enum err make_key_file(const char *path, struct fault *f)
{
    unsigned char key[KEY_BYTES];
    char text[2 * KEY_BYTES + 2];
    enum err result;

    if (rng_secret(key, sizeof key) != ERR_OK)
        return fault_set(f, ERR_IO, "no randomness for a new master key: %m");
    for (size_t i = 0; i < KEY_BYTES; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", key[i]);
    text[2 * KEY_BYTES] = '\n';
    result = file_write_new(path, (struct str){text, 2 * KEY_BYTES + 1}, f);
    if (result != ERR_OK) fault_prefix(f, "a new master key");
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(text, sizeof text);
    return result;
}

static enum err check_mode(const char *path, enum seal_key kind, int fd, struct fault *f)
{
    mode_t others = kind == SEAL_KEY_CREDENTIAL ? 037 : 077;
    struct stat info;

    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return fault_set(f, ERR_DENIED, "master key %s is not a regular file", path);
    if ((info.st_mode & others) != 0)
        return fault_set(f, ERR_DENIED, "master key %s is readable by others (mode %03o); run: chmod 600 %s",
                         path, (unsigned)(info.st_mode & 0777), path);
    return ERR_OK;
}

static enum err parse_keys(struct sealer *s, const char *path, struct str text, struct fault *f)
{
    unsigned line = 0;
    while (text.len > 0) {
        struct str one;
        text = str_cut(text, '\n', &one);
        line++;
        one = str_trim(one);
        if (one.len > 0 && !add_key(s, one))
            return fault_set(
                f, ERR_INVALID,
                "master key %s line %u is not 64 hex digits in lower case (or more than %d keys)", path, line,
                KEYS_MAX);
    }
    if (s->count == 0)
        return fault_set(f, ERR_INVALID, "master key %s is empty; put the right file back", path);
    return ERR_OK;
}

enum err sealer_open(const char *path, enum seal_key kind, struct sealer **out, struct fault *f)
{
    char text[KEYS_MAX * (2 * KEY_BYTES + 2)];
    struct sealer *s = NULL;
    ssize_t n = -1;
    enum err result;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    *out = NULL;
    if (fd < 0 && errno == ENOENT && kind == SEAL_KEY_MADE) {
        if ((result = make_key_file(path, f)) != ERR_OK) return result;
        fd = open(path, O_RDONLY | O_CLOEXEC);
    }
    if (fd < 0)
        return fault_set(f, ERR_DENIED,
                         "master key %s cannot be read: %m; put the file back (a new key cannot open what "
                         "the old one sealed)",
                         path);
    result = check_mode(path, kind, fd, f);
    if (result == ERR_OK && (n = read(fd, text, sizeof text)) < 0)
        result = fault_set(f, ERR_IO, "master key %s cannot be read: %m", path);
    (void)close(fd);
    if (result == ERR_OK && (s = calloc(1, sizeof *s)) == NULL)
        result = fault_set(f, ERR_FULL, "out of memory");
    if (s != NULL) result = parse_keys(s, path, (struct str){text, (size_t)n}, f);
    OPENSSL_cleanse(text, sizeof text);
    if (result == ERR_OK)
        *out = s;
    else
        sealer_close(s);
    return result;
}

void sealer_close(struct sealer *s)
{
    if (s == NULL) return;
    OPENSSL_cleanse(s, sizeof *s);
    free(s);
}

static bool seal_crypt(bool sealing, const unsigned char *key, const unsigned char *nonce, struct str context,
                       const unsigned char *in, size_t n, unsigned char *out, unsigned char tag[TAG_BYTES])
{
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    int len = 0, more = 0;
    bool ok = c != NULL && EVP_CipherInit_ex(c, EVP_aes_256_gcm(), NULL, key, nonce, sealing) == 1 &&
              EVP_CipherUpdate(c, NULL, &len, (const unsigned char *)context.at, (int)context.len) == 1 &&
              EVP_CipherUpdate(c, out, &len, in, (int)n) == 1;
    if (ok && !sealing) ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1;
    if (ok) ok = EVP_CipherFinal_ex(c, out + len, &more) == 1;
    if (ok && sealing) ok = EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, tag) == 1;
    EVP_CIPHER_CTX_free(c);
    return ok;
}

enum err seal(const struct sealer *s, struct arena *a, struct str context, struct str plain, struct str *out)
{
    unsigned char raw[HEAD_BYTES + PLAIN_BYTES_MAX + TAG_BYTES];
    size_t n = HEAD_BYTES + plain.len + TAG_BYTES;
    char *text;

    if (plain.len > PLAIN_BYTES_MAX) return ERR_LIMIT;
    text = arena_alloc(a, 4 * ((n + 2) / 3) + 1);
    if (text == NULL) return ERR_FULL;
    raw[0] = 1;
    memcpy(raw + 1, s->ids[0], ID_BYTES);
    if (rng_secret(raw + 1 + ID_BYTES, NONCE_BYTES) != ERR_OK) return ERR_IO;
    if (!seal_crypt(true, s->keys[0], raw + 1 + ID_BYTES, context, (const unsigned char *)plain.at, plain.len,
                    raw + HEAD_BYTES, raw + HEAD_BYTES + plain.len))
        return ERR_IO;
    *out = (struct str){text, (size_t)EVP_EncodeBlock((unsigned char *)text, raw, (int)n)};
    return ERR_OK;
}

static const unsigned char *key_by_id(const struct sealer *s, const unsigned char *id)
{
    for (size_t i = 0; i < s->count; i++)
        if (memcmp(s->ids[i], id, ID_BYTES) == 0) return s->keys[i];
    return NULL;
}

/* Bytes of the base64 text into raw; 0 when malformed. */
static size_t decode(struct str sealed, unsigned char *raw, size_t size)
{
    size_t padding = str_ends(sealed, STR("==")) ? 2 : str_ends(sealed, STR("=")) ? 1 : 0;
    int n;
    if (sealed.len == 0 || sealed.len % 4 != 0 || sealed.len / 4 * 3 > size) return 0;
    n = EVP_DecodeBlock(raw, (const unsigned char *)sealed.at, (int)sealed.len);
    return n < 0 || (size_t)n < padding ? 0 : (size_t)n - padding;
}

enum err unseal(const struct sealer *s, struct arena *a, struct str context, struct str sealed,
                struct str *out, struct fault *f)
{
    unsigned char raw[HEAD_BYTES + PLAIN_BYTES_MAX + TAG_BYTES + 3];
    size_t n = decode(sealed, raw, sizeof raw), plain_len;
    const unsigned char *key;
    char *plain;

    if (n < HEAD_BYTES + TAG_BYTES || raw[0] != 1)
        return fault_set(f, ERR_CORRUPT, STR_FMT ": the stored secret is not one that was sealed here",
                         STR_ARG(context));
    key = key_by_id(s, raw + 1);
    if (key == NULL)
        return fault_set(
            f, ERR_DENIED,
            STR_FMT
            ": sealed with a master key that is not in the key file; put that key back as a further line",
            STR_ARG(context));
    plain_len = n - HEAD_BYTES - TAG_BYTES;
    plain = arena_alloc(a, plain_len + 1);
    if (plain == NULL) return fault_set(f, ERR_FULL, "out of memory");
    if (!seal_crypt(false, key, raw + 1 + ID_BYTES, context, raw + HEAD_BYTES, plain_len,
                    (unsigned char *)plain, raw + n - TAG_BYTES))
        return fault_set(f, ERR_DENIED, STR_FMT ": the stored secret does not open; it was changed or moved",
                         STR_ARG(context));
    *out = (struct str){plain, plain_len};
    return ERR_OK;
}

bool seal_is_old(const struct sealer *s, struct str sealed)
{
    unsigned char raw[HEAD_BYTES + PLAIN_BYTES_MAX + TAG_BYTES + 3];
    size_t n = decode(sealed, raw, sizeof raw);
    return n < HEAD_BYTES || memcmp(raw + 1, s->ids[0], ID_BYTES) != 0;
}

/*
 * replay: runs a fuzz target over its stored corpus, as an ordinary test.
 *
 * Argument: the corpus directory. Every file in it is one input; the empty input is tried too. Fails if
 * there is no file, so that a mistyped path cannot pass.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 1 << 24 };

static void replay_file(const char *directory, const char *name)
{
    static uint8_t input[INPUT_BYTES_MAX];
    char path[4096];
    FILE *file;
    uint8_t *exact;
    size_t size;

    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size = fread(input, 1, sizeof input, file);
    (void)fclose(file);
    /* A block of just that size, so that the address sanitizer sees a read past the end. */
    exact = malloc(size > 0 ? size : 1);
    if (exact == NULL) exit(1);
    for (size_t i = 0; i < size; i++) exact[i] = input[i];
    (void)LLVMFuzzerTestOneInput(exact, size);
    free(exact);
}

int main(int argc, char **argv)
{
    DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
    const struct dirent *entry;
    unsigned files = 0;
    uint8_t nothing = 0;

    if (directory == NULL) {
        (void)fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
        return 1;
    }
    (void)LLVMFuzzerTestOneInput(&nothing, 0);
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        replay_file(argv[1], entry->d_name);
        files++;
    }
    (void)closedir(directory);
    (void)printf("%u inputs replayed\n", files);
    return files > 0 ? 0 : 1;
}

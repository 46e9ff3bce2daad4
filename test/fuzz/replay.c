/*
 * replay: runs a fuzz target over its stored corpus, as an ordinary test.
 *
 * Argument: the corpus directory. Every file in it is one input; the empty input is tried too. Fails if
 * there is no file, so that a mistyped path cannot pass.
 *
 * A child replays and says in shared memory where it is, so that however it dies, the input is named.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_BYTES_MAX = 1 << 24, PATH_BYTES = 4096 };

static void replay_file(char *path, const char *directory, const char *name)
{
    static uint8_t input[INPUT_BYTES_MAX];
    FILE *file;
    uint8_t *exact;
    size_t size;

    (void)snprintf(path, PATH_BYTES, "%s/%s", directory, name);
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

static int replay(DIR *directory, const char *name, char *path)
{
    const struct dirent *entry;
    unsigned files = 0;
    uint8_t nothing = 0;

    (void)snprintf(path, PATH_BYTES, "the empty input");
    (void)LLVMFuzzerTestOneInput(&nothing, 0);
    while ((entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        replay_file(path, name, entry->d_name);
        files++;
    }
    (void)closedir(directory);
    (void)printf("%u inputs replayed\n", files);
    return files > 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
    DIR *directory = argc == 2 ? opendir(argv[1]) : NULL;
    char *path = mmap(NULL, PATH_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status = 0;
    pid_t child;

    if (directory == NULL) {
        (void)fprintf(stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
        return 1;
    }
    child = path == MAP_FAILED ? -1 : fork();
    if (child == 0) exit(replay(directory, argv[1], path));
    (void)closedir(directory);
    if (child < 0 || waitpid(child, &status, 0) != child) {
        perror("replay");
        return 1;
    }
    if (status != 0) (void)fprintf(stderr, "the replay died on %s\n", path);
    return status != 0;
}

/* A disk that keeps what was synchronized and nothing else, to be loaded by LD_PRELOAD.
 *
 * Each file below UNSYNCED_FOLDER that a process synchronizes is copied to UNSYNCED_KEPT, under the number of its inode. After the
 * processes were killed, lose.py puts those copies in the place of the files. With UNSYNCED_DEAF, nothing is kept: the disk
 * lies. That files are created, renamed and removed is durable at once. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *folder, *kept;
static int (*remove_name)(const char *);
static int (*change_name)(const char *, const char *);

__attribute__((constructor)) static void begin(void) {
    /* Copies: PostgreSQL writes its title over the environment. */
    if (getenv("UNSYNCED_FOLDER")) folder = strdup(getenv("UNSYNCED_FOLDER"));
    if (getenv("UNSYNCED_KEPT") && !getenv("UNSYNCED_DEAF")) kept = strdup(getenv("UNSYNCED_KEPT"));
    remove_name = dlsym(RTLD_NEXT, "unlink");
    change_name = dlsym(RTLD_NEXT, "rename");
}

/* Copies a file whose lock is held: an older copy must not replace a newer one. */
static int copy(const char *from, ino_t inode) {
    char to[PATH_MAX], made[PATH_MAX], piece[1 << 16];
    ssize_t size = -1;
    snprintf(to, sizeof to, "%s/%lu", kept, (unsigned long)inode);
    snprintf(made, sizeof made, "%s/new", kept);
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (in >= 0 && out >= 0)
        while ((size = read(in, piece, sizeof piece)) > 0)
            if (write(out, piece, size) != size) {
                size = -1;
                break;
            }
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    return size == 0 ? change_name(made, to) : -1;
}

static int synchronize(int file) {
    char link[64], path[PATH_MAX], lock[PATH_MAX];
    struct stat about;
    if (fstat(file, &about) != 0) return -1;
    if (!folder || !kept || !S_ISREG(about.st_mode)) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return -1;
    path[length] = 0;
    if (strncmp(path, folder, strlen(folder)) != 0) return 0;
    snprintf(lock, sizeof lock, "%s/lock", kept);
    int held = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (held < 0 || flock(held, LOCK_EX) != 0) return -1;
    int copied = copy(link, about.st_ino);
    close(held);
    return copied;
}

/* Another file may get the number of one that is gone. */
static void forget(const char *path) {
    char copy[PATH_MAX];
    struct stat about;
    if (!kept || stat(path, &about) != 0 || !S_ISREG(about.st_mode) || about.st_nlink > 1) return;
    snprintf(copy, sizeof copy, "%s/%lu", kept, (unsigned long)about.st_ino);
    remove_name(copy);
}

int fsync(int file) { return synchronize(file); }
int fdatasync(int file) { return synchronize(file); }

int unlink(const char *path) {
    forget(path);
    return remove_name(path);
}

int rename(const char *from, const char *to) {
    forget(to);
    return change_name(from, to);
}

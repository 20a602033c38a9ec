/* A disk that breaks once: preloaded in front of the C library, it lets the nth write or sync of a
   journal's files fail in a chosen way, and counts what is asked of it after that. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SHORT_WRITE, TORN_WRITE, WRITE_EIO, WRITE_ENOSPC, SYNC_EIO, SYNC_ENOSPC };

static int kind, fired;
static long at, writes, syncs, later;

void disk_breaks(long nth, int how) { at = nth; kind = how; fired = 0; writes = syncs = later = 0; }
long disk_writes(void) { return writes; }
long disk_syncs(void) { return syncs; }
int disk_broke(void) { return fired; }
long disk_asked_later(void) { return later; }

static int is_journal(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strstr(path, "/journal.sqlite3") && !strstr(path, "-shm");
}

/* Say how a write of so many bytes goes: how many reach the file, and whether it then fails. */
static size_t written(int fd, size_t size, int *error) {
    *error = 0;
    if (!is_journal(fd)) return size;
    writes++;
    if (fired) later++;
    if (fired || kind >= SYNC_EIO || writes != at) return size;
    fired = 1;
    if (kind == SHORT_WRITE) return size / 2;
    *error = kind == WRITE_ENOSPC ? ENOSPC : EIO;
    return kind == TORN_WRITE ? size / 2 : 0;
}

static int synced(int fd) {
    if (!is_journal(fd)) return 0;
    syncs++;
    if (fired) later++;
    if (fired || kind < SYNC_EIO || syncs != at) return 0;
    fired = 1;
    return kind == SYNC_ENOSPC ? ENOSPC : EIO;
}

#define WRITE(name, offset_type)                                                          \
    ssize_t name(int fd, const void *bytes, size_t size, offset_type offset) {            \
        static ssize_t (*real)(int, const void *, size_t, offset_type);                   \
        if (!real) real = dlsym(RTLD_NEXT, #name);                                        \
        int error;                                                                        \
        size_t part = written(fd, size, &error);                                          \
        ssize_t done = part || !error ? real(fd, bytes, part, offset) : -1;               \
        if (!error) return done;                                                          \
        errno = error;                                                                    \
        return -1;                                                                        \
    }
WRITE(pwrite, off_t)
WRITE(pwrite64, off64_t)

ssize_t write(int fd, const void *bytes, size_t size) {
    static ssize_t (*real)(int, const void *, size_t);
    if (!real) real = dlsym(RTLD_NEXT, "write");
    int error;
    size_t part = written(fd, size, &error);
    ssize_t done = part || !error ? real(fd, bytes, part) : -1;
    if (!error) return done;
    errno = error;
    return -1;
}

#define SYNC(name)                                                                        \
    int name(int fd) {                                                                    \
        static int (*real)(int);                                                          \
        if (!real) real = dlsym(RTLD_NEXT, #name);                                        \
        int error = synced(fd);                                                           \
        if (!error) return real(fd);                                                      \
        errno = error;                                                                    \
        return -1;                                                                        \
    }
SYNC(fsync)
SYNC(fdatasync)

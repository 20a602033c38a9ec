/* A disk that breaks once: preloaded in front of the C library, it lets the nth write or sync of one
   kind of file fail in a chosen way, and counts what is asked of those files after that.

   A program in the same process sets the point by calling disk_breaks. Another process is told in
   its environment: BROKEN_DISK="place point fault", and appends a line to BROKEN_DISK_REPORT when
   it breaks and for each call that comes later. With BROKEN_DISK_WHEN it begins to count when there
   is a file of that name.

   KILLED is no fault of the disk: the process is ended by SIGKILL at the first write after so many
   syncs, so that what those made durable is there, and nothing of what comes next. Then each sync
   takes BROKEN_DISK_SLOW_MS and is reported, so that what comes meanwhile is written together. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JOURNAL, HISTORY, SNAPSHOT, PLACES };
enum { SHORT_WRITE, TORN_WRITE, WRITE_EIO, WRITE_ENOSPC, SYNC_EIO, SYNC_ENOSPC, KILLED };

static int place = -1, kind, fired;
static long at, later, writes[PLACES], syncs[PLACES], unsynced[PLACES];
static const char *report, *when;
static long slow_ms;

static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int);

void disk_breaks(int where, long nth, int how) {
    place = where; at = nth; kind = how; fired = 0; later = 0;
    memset(writes, 0, sizeof writes);
    memset(syncs, 0, sizeof syncs);
    memset(unsynced, 0, sizeof unsynced);
}
long disk_writes(int where) { return writes[where]; }
long disk_syncs(int where) { return syncs[where]; }
long disk_unsynced(int where) { return unsynced[where]; }
int disk_broke(void) { return fired; }
long disk_asked_later(void) { return later; }

__attribute__((constructor)) static void prepare(void) {
    real_write = dlsym(RTLD_NEXT, "write");
    real_fsync = dlsym(RTLD_NEXT, "fsync");
    const char *told = getenv("BROKEN_DISK");
    report = getenv("BROKEN_DISK_REPORT");
    when = getenv("BROKEN_DISK_WHEN");
    const char *slow = getenv("BROKEN_DISK_SLOW_MS");
    if (slow) slow_ms = atol(slow);
    if (told) sscanf(told, "%d %ld %d", &place, &at, &kind);
}

static void note(const char *what) {
    if (!report) return;
    int fd = open(report, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd < 0) return;
    if (real_write(fd, what, strlen(what)) < 0) abort();
    close(fd);
}

/* Say what kind of file a descriptor is, -1 for any other. */
static int place_of(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return -1;
    path[length] = 0;
    if (strstr(path, "-shm")) return -1;
    if (strstr(path, "/journal.sqlite3")) return JOURNAL;
    if (strstr(path, "/history.sqlite3")) return HISTORY;
    if (strstr(path, "/snapshot-")) return SNAPSHOT;
    return -1;
}

static int counts(void) {
    if (when && !access(when, F_OK)) when = NULL;
    return !when;
}

static int is_hit(int where, long nth, const char *what) {
    if (where != place) return 0;
    if (fired) { later++; note(what); return 0; }
    if (nth != at) return 0;
    fired = 1;
    note("broke\n");
    return 1;
}

/* Say how a write of so many bytes goes: how many reach the file, and whether it then fails. */
static size_t written(int fd, size_t size, int *error) {
    *error = 0;
    int where = place_of(fd);
    if (where < 0 || !counts()) return size;
    writes[where]++;
    unsynced[where]++;
    if (kind == KILLED && where == place && syncs[where] >= at) kill(getpid(), SIGKILL);
    if (!is_hit(where, kind < SYNC_EIO ? writes[where] : -1, "write\n")) return size;
    if (kind == SHORT_WRITE) return size / 2;
    *error = kind == WRITE_ENOSPC ? ENOSPC : EIO;
    return kind == TORN_WRITE ? size / 2 : 0;
}

static int is_of_syncs(void) { return kind == SYNC_EIO || kind == SYNC_ENOSPC; }

static int synced(int fd) {
    int where = place_of(fd);
    if (where < 0 || !counts()) return 0;
    if (slow_ms && where == place) {
        note("slow\n");
        usleep(slow_ms * 1000);
    }
    syncs[where]++;
    unsynced[where] = 0;
    if (!is_hit(where, is_of_syncs() ? syncs[where] : -1, "sync\n")) return 0;
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
    int error;
    size_t part = written(fd, size, &error);
    ssize_t done = part || !error ? real_write(fd, bytes, part) : -1;
    if (!error) return done;
    errno = error;
    return -1;
}

int fsync(int fd) {
    int error = synced(fd);
    if (!error) return real_fsync(fd);
    errno = error;
    return -1;
}

int fdatasync(int fd) {
    static int (*real)(int);
    if (!real) real = dlsym(RTLD_NEXT, "fdatasync");
    int error = synced(fd);
    if (!error) return real(fd);
    errno = error;
    return -1;
}

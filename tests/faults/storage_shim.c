/* Stands between SQLite and the disk, by LD_PRELOAD: writes down what is done to the database's files, or refuses it.
 *
 * PLANT_TRACE names a file to which each write, truncation, sync and deletion of a database file is appended once it is
 * done. PLANT_ERRNO names a file: while it is there, writes to database files fail with the error number it holds.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { WRITE = 1, TRUNCATE = 2, SYNC = 3, DELETE = 4 };

struct record {
    uint32_t kind;
    uint32_t file;
    uint64_t offset;
    uint64_t length;
};

static const char *const SUFFIXES[] = {"authsvc.db", "authsvc.db-wal", "authsvc.db-journal"};

static int file_of_path(const char *path) {
    size_t length = strlen(path);
    for (int file = 0; file < 3; file++) {
        size_t suffix = strlen(SUFFIXES[file]);
        if (length >= suffix && strcmp(path + length - suffix, SUFFIXES[file]) == 0) return file;
    }
    return -1;
}

static int file_of(int descriptor) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return -1;
    path[length] = 0;
    return file_of_path(path);
}

static void note(enum kind kind, int file, uint64_t offset, uint64_t length, const void *data) {
    static int trace = -2;
    if (trace == -2) {
        const char *path = getenv("PLANT_TRACE");
        trace = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    }
    if (trace < 0) return;
    struct record record = {kind, (uint32_t)file, offset, length};
    struct iovec parts[2] = {{&record, sizeof record}, {(void *)data, data ? length : 0}};
    /* One call, appending: records of several threads and processes do not mix. */
    if (writev(trace, parts, 2) < 0) abort();
}

static int refused(int file) {
    const char *path = getenv("PLANT_ERRNO");
    char text[16] = "";
    if (file < 0 || path == NULL) return 0;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    ssize_t length = read(descriptor, text, sizeof text - 1);
    close(descriptor);
    errno = length > 0 ? atoi(text) : EIO;
    return 1;
}

#define REAL(name) \
    static __typeof__(name) *real; \
    if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

#define PWRITE(name, offset_type) \
    ssize_t name(int descriptor, const void *data, size_t length, offset_type offset) { \
        REAL(name); \
        int file = file_of(descriptor); \
        if (refused(file)) return -1; \
        ssize_t done = real(descriptor, data, length, offset); \
        if (file >= 0 && done > 0) note(WRITE, file, (uint64_t)offset, (uint64_t)done, data); \
        return done; \
    }

#define TRUNCATION(name, offset_type) \
    int name(int descriptor, offset_type length) { \
        REAL(name); \
        int file = file_of(descriptor); \
        int done = real(descriptor, length); \
        if (file >= 0 && done == 0) note(TRUNCATE, file, (uint64_t)length, 0, NULL); \
        return done; \
    }

#define SYNCING(name) \
    int name(int descriptor) { \
        REAL(name); \
        int done = real(descriptor); \
        int file = file_of(descriptor); \
        if (file >= 0 && done == 0) note(SYNC, file, 0, 0, NULL); \
        return done; \
    }

PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)
TRUNCATION(ftruncate, off_t)
TRUNCATION(ftruncate64, off64_t)
SYNCING(fsync)
SYNCING(fdatasync)

int unlink(const char *path) {
    REAL(unlink);
    int done = real(path);
    int file = file_of_path(path);
    if (file >= 0 && done == 0) note(DELETE, file, 0, 0, NULL);
    return done;
}

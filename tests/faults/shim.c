/* Loaded before the C library of a program under test (LD_PRELOAD).
 *
 * Power cuts. Under POWER_FROM a file is durable as of its last fsync: at each, its content is copied to the same name
 * under POWER_TO; at an fsync of a folder, what is no longer in it goes from the copy as well. What is in POWER_TO after
 * the program was killed is what a power cut leaves when everything un-synced is dropped. Files whose name ends in
 * POWER_FORGETS are never copied at an fsync: the negative control.
 *
 * Clocks. The wall clock is CLOCK_FILE's number of seconds ahead; the monotonic clock stays what it is.
 *
 * Slow disks. Each fsync takes FSYNC_MS milliseconds longer.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static int under(const char *path, const char *folder, const char **rest) {
    size_t length = folder ? strlen(folder) : 0;
    if (!length || strncmp(path, folder, length) || (path[length] != '/' && path[length])) return 0;
    *rest = path + length;
    return 1;
}

static void copy(const char *from, const char *to) {
    char partial[PATH_MAX], block[1 << 16];
    ssize_t count;
    snprintf(partial, sizeof partial, "%s.copying", to);
    int in = open(from, O_RDONLY), out = open(partial, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (in < 0 || out < 0) { if (in >= 0) close(in); if (out >= 0) close(out); return; }
    while ((count = read(in, block, sizeof block)) > 0)
        if (write(out, block, count) != count) break;
    close(in);
    close(out);
    rename(partial, to);
}

static void drop_gone(const char *folder, const char *copies) {
    DIR *listed = opendir(copies);
    struct dirent *one;
    char here[PATH_MAX], there[PATH_MAX];
    if (!listed) return;
    while ((one = readdir(listed))) {
        if (one->d_name[0] == '.') continue;
        snprintf(here, sizeof here, "%s/%s", folder, one->d_name);
        snprintf(there, sizeof there, "%s/%s", copies, one->d_name);
        if (access(here, F_OK)) unlink(there);
    }
    closedir(listed);
}

static void synced(int fd) {
    const char *from = getenv("POWER_FROM"), *to = getenv("POWER_TO"), *forgets = getenv("POWER_FORGETS"), *rest;
    char link[64], path[PATH_MAX], target[PATH_MAX];
    struct stat found;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!from || !to || length < 0) return;
    path[length] = 0;
    if (!under(path, from, &rest) || fstat(fd, &found)) return;
    snprintf(target, sizeof target, "%s%s", to, rest);
    size_t tail = forgets ? strlen(forgets) : 0;
    if (tail && strlen(path) >= tail && !strcmp(path + strlen(path) - tail, forgets)) return;
    pthread_mutex_lock(&one_at_a_time);
    if (S_ISDIR(found.st_mode)) drop_gone(path, target);
    else copy(path, target);
    pthread_mutex_unlock(&one_at_a_time);
}

static void wait_for_disk(void) {
    const char *slow = getenv("FSYNC_MS");
    if (slow) usleep(1000 * atoi(slow));
}

#define SYNC(name)                                                         \
    int name(int fd) {                                                     \
        static int (*real)(int);                                           \
        if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, #name);           \
        wait_for_disk();                                                   \
        int result = real(fd);                                             \
        if (!result) synced(fd);                                           \
        return result;                                                     \
    }
SYNC(fsync)
SYNC(fdatasync)

static long ahead(void) {
    const char *file = getenv("CLOCK_FILE");
    char text[32] = {0};
    int fd = file ? open(file, O_RDONLY) : -1;
    if (fd < 0) return 0;
    ssize_t count = read(fd, text, sizeof text - 1);
    close(fd);
    return count > 0 ? atol(text) : 0;
}

int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(which, now);
    if (!result && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += ahead();
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec found;
    (void)zone;
    int result = clock_gettime(CLOCK_REALTIME, &found);
    now->tv_sec = found.tv_sec;
    now->tv_usec = found.tv_nsec / 1000;
    return result;
}

time_t time(time_t *out) {
    struct timespec found;
    clock_gettime(CLOCK_REALTIME, &found);
    if (out) *out = found.tv_sec;
    return found.tv_sec;
}

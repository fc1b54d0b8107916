// Preloaded, shifts the wall clock of a process by as many seconds as the file SHIFTED_CLOCK says at the moment.
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *shift;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("SHIFTED_CLOCK");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0) return;
    void *there = mmap(NULL, sizeof *shift, PROT_READ, MAP_SHARED, file, 0);
    if (there != MAP_FAILED) shift = there;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *out) {
    int failed = syscall(SYS_clock_gettime, clock, out);
    if (!failed && shift && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) out->tv_sec += *shift;
    return failed;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone) {
    int failed = syscall(SYS_gettimeofday, out, zone);
    if (!failed && shift) out->tv_sec += *shift;
    return failed;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}

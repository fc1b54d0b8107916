"""System calls that Python has no function for, by name, on the two machines that docmill is made for."""

import ctypes
import os
import platform
from functools import cache

MACHINE = platform.machine()
"""Of the process: `x86_64` or `aarch64`; on another one the locks that need a number do not go on."""

DESCRIPTOR_MAX = (1 << 31) - 1
PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_SET_NO_NEW_PRIVS = 38

_DESCRIPTORS_CLOSED_ONE_BY_ONE = 4096

# Since Linux 5 a new call has the same number everywhere.
_EVERYWHERE = {
    "pidfd_send_signal": 424, "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "fsopen": 430, "fsconfig": 431, "fsmount": 432, "close_range": 436, "pidfd_getfd": 438,
    "landlock_create_ruleset": 444, "landlock_restrict_self": 446,
}  # fmt: skip
_X86_64 = {
    "read": 0, "write": 1, "close": 3, "fstat": 5, "poll": 7, "lseek": 8, "mmap": 9, "mprotect": 10,
    "munmap": 11, "brk": 12, "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "pread64": 17,
    "readv": 19, "writev": 20, "sched_yield": 24, "mremap": 25, "mincore": 27, "madvise": 28, "nanosleep": 35,
    "getpid": 39, "socket": 41, "connect": 42, "accept": 43, "sendto": 44, "recvfrom": 45, "sendmsg": 46,
    "recvmsg": 47, "bind": 49, "listen": 50, "execve": 59, "exit": 60, "kill": 62, "uname": 63,
    "gettimeofday": 96, "getrlimit": 97, "getrusage": 98, "sysinfo": 99, "times": 100, "ptrace": 101,
    "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "capset": 126,
    "sigaltstack": 131, "pivot_root": 155, "chroot": 161, "mount": 165, "umount2": 166, "init_module": 175,
    "delete_module": 176, "gettid": 186, "tkill": 200, "time": 201, "futex": 202, "sched_getaffinity": 204,
    "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230,
    "exit_group": 231, "add_key": 248, "request_key": 249, "keyctl": 250, "ppoll": 271, "unshare": 272,
    "accept4": 288, "perf_event_open": 298, "setns": 308, "getcpu": 309, "process_vm_readv": 310,
    "process_vm_writev": 311, "finit_module": 313, "getrandom": 318, "bpf": 321, "execveat": 322,
    "userfaultfd": 323, "membarrier": 324, "rseq": 334,
}  # fmt: skip
_AARCH64 = {
    "umount2": 39, "mount": 40, "pivot_root": 41, "chroot": 51, "close": 57, "lseek": 62, "read": 63,
    "write": 64, "readv": 65, "writev": 66, "pread64": 67, "ppoll": 73, "fstat": 80, "capset": 91, "exit": 93,
    "exit_group": 94, "unshare": 97, "futex": 98, "nanosleep": 101, "init_module": 105, "delete_module": 106,
    "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115, "ptrace": 117,
    "sched_getaffinity": 123, "sched_yield": 124, "restart_syscall": 128, "kill": 129, "tkill": 130,
    "sigaltstack": 132, "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "times": 153,
    "uname": 160, "getrlimit": 163, "getrusage": 165, "getcpu": 168, "gettimeofday": 169, "getpid": 172,
    "getppid": 173, "getuid": 174, "geteuid": 175, "getgid": 176, "getegid": 177, "gettid": 178,
    "sysinfo": 179, "socket": 198, "bind": 200, "listen": 201, "accept": 202, "connect": 203, "sendto": 206,
    "recvfrom": 207, "sendmsg": 211, "recvmsg": 212, "brk": 214, "munmap": 215, "mremap": 216, "add_key": 217,
    "request_key": 218, "keyctl": 219, "execve": 221, "mmap": 222, "mprotect": 226, "mincore": 232,
    "madvise": 233, "perf_event_open": 241, "accept4": 242, "setns": 268, "process_vm_readv": 270,
    "process_vm_writev": 271, "finit_module": 273, "getrandom": 278, "bpf": 280, "execveat": 281,
    "userfaultfd": 282, "membarrier": 283, "rseq": 293,
}  # fmt: skip
NUMBERS: dict[str, int] = {"x86_64": _X86_64, "aarch64": _AARCH64}.get(MACHINE, {}) | _EVERYWHERE
"""The number of each call here. A call that a machine does not have (`poll` on ARM) is absent."""


class LockFailed(Exception):
    """A lock that must be on is not: the child does not open the file."""


def call(name: str, *arguments: int | bytes | ctypes.Array[ctypes.c_char] | None) -> int:
    """Make a system call by its name. Raises OSError."""
    if name not in NUMBERS:
        raise OSError(38, f"{name} is not known on {MACHINE}")
    words = [ctypes.c_long(word) if isinstance(word, int) else word for word in arguments]
    answer: int = _libc().syscall(ctypes.c_long(NUMBERS[name]), *words)
    return _checked(name, answer)


def prctl(option: int, value: int, *more: int | bytes) -> None:
    """Raises OSError."""
    words = [ctypes.c_ulong(word) if isinstance(word, int) else word for word in (value, *more)]
    padding = [ctypes.c_ulong(0)] * (4 - len(words))
    _checked("prctl", _libc().prctl(option, *words, *padding))


def unshare(flags: int) -> None:
    """Raises OSError."""
    call("unshare", flags)


def close_range(first: int, last: int) -> None:
    """Close the descriptors from ``first`` to ``last``."""
    if first > last:
        return
    try:
        call("close_range", first, last, 0)
    except OSError:  # before Linux 5.9, one by one
        os.closerange(first, min(last, _DESCRIPTORS_CLOSED_ONE_BY_ONE) + 1)


def _checked(name: str, answer: int) -> int:
    if answer == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return answer


@cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc

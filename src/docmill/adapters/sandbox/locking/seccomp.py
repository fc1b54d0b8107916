"""seccomp: which system calls the child may still make, as a small program that the kernel runs at each.

The child's program is a list of what a reader needs, found by watching readers work (docs/lock.md says
how), and everything else is answered with EPERM. A list of what is allowed keeps out also the calls
that the next kernel brings. EPERM and not death, because a new release of a library that merely asks for
something new then goes on without it, and because what a file makes of a refusal is then always the same.
A call of another machine's numbering is no mistake of a library: that is killed.
"""

import ctypes
import struct

from docmill.adapters.sandbox.locking import kernel
from docmill.adapters.sandbox.locking.cell import Cell, Ground

ALLOWED = (
    "read", "write", "readv", "writev", "pread64", "sendto", "sendmsg", "recvfrom", "recvmsg", "close",
    "lseek", "fstat", "poll", "ppoll", "munmap", "mremap", "madvise", "mincore", "brk", "futex",
    "sched_yield", "sched_getaffinity", "getcpu", "membarrier", "rseq", "rt_sigaction", "rt_sigprocmask",
    "rt_sigreturn", "sigaltstack", "restart_syscall", "nanosleep", "clock_nanosleep", "clock_gettime",
    "clock_getres", "gettimeofday", "time", "times", "getrusage", "getrlimit", "getpid", "getppid", "gettid",
    "getuid", "geteuid", "getgid", "getegid", "getrandom", "uname", "sysinfo", "exit", "exit_group",
)  # fmt: skip
"""Nothing here opens, names, starts or signals anything: what the child has is all that it will ever have."""
ALLOWED_WITHOUT_CODE = ("mmap", "mprotect")
"""Allowed for memory that is not to be executed: no file brings its own machine code."""
FORBIDDEN_TO_ENGINES = (
    "socket", "connect", "bind", "listen", "accept", "accept4", "execve", "execveat", "ptrace", "kill",
    "tkill", "pidfd_send_signal", "pidfd_getfd", "process_vm_readv", "process_vm_writev", "mount", "umount2",
    "pivot_root", "chroot", "unshare", "setns", "bpf", "perf_event_open", "userfaultfd", "io_uring_setup",
    "io_uring_enter", "io_uring_register", "keyctl", "add_key", "request_key", "init_module",
    "finit_module", "delete_module",
)  # fmt: skip
"""What OCR has no business with. It sees pixels only, and needs threads, models and files for its work."""

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_CALLS = 0x40000000  # x86_64 has a second numbering that begins here
_FILTER_MODE = 2
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _THIRD_ARGUMENT = 0, 4, 32  # offsets in struct seccomp_data, little endian
_PROT_EXEC = 4
_KILL, _ALLOW, _EPERM = 0x80000000, 0x7FFF0000, 0x00050001


def assembled(allowed: tuple[str, ...], without_code: tuple[str, ...]) -> bytes:
    """A program that allows these calls and refuses all others. Raises OSError on an unknown machine."""
    program = _beginning()
    for name in _known(without_code):
        program += [_step(_EQUAL, kernel.NUMBERS[name], no=4), _step(_LOAD, _THIRD_ARGUMENT)]
        program += [_step(_ANY_BIT, _PROT_EXEC, no=1), _step(_RETURN, _EPERM), _step(_RETURN, _ALLOW)]
    for name in _known(allowed):
        program += [_step(_EQUAL, kernel.NUMBERS[name], no=1), _step(_RETURN, _ALLOW)]
    return b"".join([*program, _step(_RETURN, _EPERM)])


def assembled_against(forbidden: tuple[str, ...]) -> bytes:
    """A program that refuses these calls and allows all others. Raises OSError on an unknown machine."""
    program = _beginning()
    for name in _known(forbidden):
        program += [_step(_EQUAL, kernel.NUMBERS[name], no=1), _step(_RETURN, _EPERM)]
    return b"".join([*program, _step(_RETURN, _ALLOW)])


def install(program: bytes) -> None:
    """Needs no_new_privileges before it. Raises OSError."""
    steps = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("@HP", len(program) // 8, ctypes.addressof(steps))
    kernel.prctl(kernel.PR_SET_SECCOMP, _FILTER_MODE, header)


def prepare_filter(ground: Ground) -> None:
    ground.calls_filter = assembled(ALLOWED, ALLOWED_WITHOUT_CODE)


def system_calls(cell: Cell) -> bool:
    if not cell.ground.calls_filter:
        return False
    install(cell.ground.calls_filter)
    return True


def _beginning() -> list[bytes]:
    architecture = _ARCHITECTURES.get(kernel.MACHINE)
    if architecture is None:
        raise OSError(38, f"no list of calls for {kernel.MACHINE}")
    program = [_step(_LOAD, _ARCHITECTURE), _step(_EQUAL, architecture, yes=1), _step(_RETURN, _KILL)]
    program.append(_step(_LOAD, _NUMBER))
    if kernel.MACHINE == "x86_64":
        program += [_step(_AT_LEAST, _X32_CALLS, no=1), _step(_RETURN, _KILL)]
    return program


def _known(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in kernel.NUMBERS]


def _step(code: int, value: int, *, yes: int = 0, no: int = 0) -> bytes:
    """One instruction; ``yes`` and ``no`` say how many of the next ones a comparison leaps over."""
    return struct.pack("=HBBI", code, yes, no, value)

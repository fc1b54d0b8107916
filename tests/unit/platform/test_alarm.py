"""Which lock stopped a file, from what its reader's end says."""

import signal

import pytest

from docmill.adapters.sandbox.alarm import lock_of
from docmill.adapters.sandbox.answers import death
from docmill.adapters.sandbox.warden import ChildEnded
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.reading_limits import DEFAULT
from docmill.ports.telemetry import Lock


@pytest.mark.parametrize(
    ("end", "lock"),
    [
        (death(ChildEnded(signal.SIGSYS, 0.1), DEFAULT), Lock.SYSTEM_CALL),
        (death(ChildEnded(signal.SIGXCPU, 0.1), DEFAULT), Lock.CPU_TIME),
        (death(ChildEnded(signal.SIGSEGV, 0.1), DEFAULT), Lock.DEATH),
        (Rejected(ErrorCode.READER_CRASHED, "PermissionError"), Lock.SYSTEM_CALL),
        (Rejected(ErrorCode.READER_CRASHED, "its answer makes no sense"), Lock.OUTPUT),
        (Rejected(ErrorCode.READER_LIMIT, "time"), Lock.WALL_TIME),
        (Rejected(ErrorCode.READER_LIMIT, "memory"), Lock.MEMORY),
        (Rejected(ErrorCode.FILE_EMPTY), None),
    ],
)
def test_the_end_of_a_reader_tells_which_lock_it_was(end: Rejected, lock: Lock | None) -> None:
    assert lock_of(end) is lock

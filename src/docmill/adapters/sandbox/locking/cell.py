"""What a lock is, and what it is given to work with."""

from collections.abc import Callable
from dataclasses import dataclass, field

from docmill.domain.reading_limits import ReadingLimits


@dataclass(slots=True)
class Ground:
    """What the zygote has made ready once for all its children; -1 and b"" where the kernel refuses.

    A lock that finds nothing ready does not go on.
    """

    own_user: bool = False
    own_network: bool = False
    own_messages: bool = False
    init_pid: int = -1
    empty_root_fd: int = -1
    ruleset_fd: int = -1
    calls_filter: bytes = b""
    refused: dict[str, str] = field(default_factory=dict)
    """Why a lock could not be prepared, by its name."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One child: the ground that it stands on, what its file may cost, and what it needs to answer."""

    ground: Ground
    allowed: ReadingLimits
    kept_fds: tuple[int, ...]
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Lock:
    """``put_on`` returns False where the machine does not give it; ``without`` says what is weaker then.

    ``prepare`` is what the zygote does for it once, before the first child. Both may raise OSError,
    which means the same as False. ``everywhere``: every Linux has it, so that no file is opened without.
    """

    name: str
    put_on: Callable[[Cell], bool]
    without: str
    prepare: Callable[[Ground], None] | None = None
    everywhere: bool = False


@dataclass(frozen=True, slots=True)
class LockState:
    """What `docmill doctor` tells about one lock. ``why`` is the kernel's word for a lock that is off."""

    name: str
    on: bool
    without: str
    why: str = ""

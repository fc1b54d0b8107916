"""The locked child that opens what strangers upload.

A warm zygote (one thread, no environment, no secrets) forks one child per document. `locking` is what
the child locks itself into, `child.py` what it does, `zygote.py` who forks it, `window.py` the memory
that large things cross in, `reader.py` the port that the stages call.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from docmill.adapters.sandbox.locking import LockState
    from docmill.adapters.sandbox.locking.trial import locks, require_all
    from docmill.adapters.sandbox.reader import SandboxedReader

__all__ = ["LockState", "SandboxedReader", "locks", "require_all"]

_HOMES = {
    "LockState": "locking",
    "SandboxedReader": "reader",
    "locks": "locking.trial",
    "require_all": "locking.trial",
}


def __getattr__(name: str) -> object:
    """Load what is asked for: the zygote is in this package, too, and needs no event loop."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)

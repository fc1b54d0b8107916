"""The locked child that opens what strangers upload.

A warm zygote (one thread, no environment, no secrets) forks one child per document. `locking` is what
the child locks itself into, `child.py` what it does, `zygote.py` who forks it, `window.py` the memory
that large things cross in, `reader.py` the port that the stages call.
"""

from docmill.adapters.sandbox.locking import LockState
from docmill.adapters.sandbox.locking.trial import locks, require_all
from docmill.adapters.sandbox.reader import SandboxedReader

__all__ = ["LockState", "SandboxedReader", "locks", "require_all"]

"""The locked child that opens what strangers upload.

A warm zygote (one thread, no environment, no secrets) forks one child per document. `locking.py` is
what the child locks itself into, `child.py` what it does, `zygote.py` who forks it, `reader.py` the
port that the stages call, `frames.py` what crosses between them.
"""

from docmill.adapters.sandbox.locking import LockState, locks
from docmill.adapters.sandbox.reader import SandboxedReader

__all__ = ["LockState", "SandboxedReader", "locks"]

"""What OCR is locked into: it sees pixels and no file of a stranger, but a network never concerns it."""

import os
from contextlib import suppress

from docmill.adapters.sandbox.locking import kernel, namespaces, seccomp
from docmill.adapters.sandbox.locking.cell import Ground


def lock_engine() -> None:
    """To be called while the process has one thread. What the machine refuses stays off."""
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    with suppress(OSError):
        ground = Ground()
        # In a user namespace as itself: it has models to load.
        namespaces.enter_user(ground, inside=os.getuid())
        namespaces.enter_network(ground)
    with suppress(OSError):
        seccomp.install(seccomp.assembled_against(seccomp.FORBIDDEN_TO_ENGINES))

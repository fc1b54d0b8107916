"""Landlock: the child may not open, list, make or change any file, nor use TCP, nor signal anybody outside.

It needs no rights, and holds where namespaces are forbidden. See landlock(7).
"""

import struct

from docmill.adapters.sandbox.locking import kernel
from docmill.adapters.sandbox.locking.cell import Cell, Ground

_ASK_VERSION = 1
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}
"""How many kinds of access to files each version of the interface knows, counted from its first bit."""
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_BIND_AND_CONNECT_TCP = 0b11
_SOCKETS_AND_SIGNALS = 0b11


def prepare_landlock(ground: Ground) -> None:
    """Raises OSError on a kernel without Landlock."""
    version = kernel.call("landlock_create_ruleset", None, 0, _ASK_VERSION)
    kinds = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
    rules = struct.pack("=Q", (1 << kinds) - 1)
    if version >= _NETWORK_SINCE:
        rules += struct.pack("=Q", _BIND_AND_CONNECT_TCP)
    if version >= _SCOPES_SINCE:
        rules += struct.pack("=Q", _SOCKETS_AND_SIGNALS)
    ground.ruleset_fd = kernel.call("landlock_create_ruleset", rules, len(rules), 0)


def landlock(cell: Cell) -> bool:
    """Needs no_new_privileges before it."""
    if cell.ground.ruleset_fd < 0:
        return False
    kernel.call("landlock_restrict_self", cell.ground.ruleset_fd, 0)
    return True

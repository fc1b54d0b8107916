"""Where the Unix socket is: a folder that only the database's account may enter."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from docmill.adapters.embedded_postgres.account import Account, may_pass
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.database import SOCKET_PATH_BYTES_MAX

_SOCKET = ".s.PGSQL.5432.lock"  # the longest name that PostgreSQL makes there


def socket_folder(home: Path, account: Account) -> Path:
    """Return the path: under the home when that is short enough, else one that is the same for each start.

    The socket trusts whoever reaches it, so the folder's mode is what keeps others out.
    """
    inside = home / "postgres" / "run"
    if _fits(inside):
        return inside
    name = "docmill-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    for parent in (Path(f"/run/user/{account.uid}"), Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108
        if parent.is_dir() and _fits(parent / name) and may_pass(parent, account):
            return parent / name
    raise DocmillError(ErrorCode.HOME_UNREACHABLE, f"{inside} is too long for a Unix socket")


def make_private(folder: Path, account: Account) -> None:
    """Make the folder, or raise DocmillError(home_unreachable) when somebody else's stands in its place."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        pass
    else:
        os.chown(folder, account.uid, account.gid)
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        raise DocmillError(ErrorCode.HOME_UNREACHABLE, f"{folder} is not private to uid {account.uid}")


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / _SOCKET)) <= SOCKET_PATH_BYTES_MAX

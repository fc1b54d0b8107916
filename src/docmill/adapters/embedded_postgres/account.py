"""The account that the database runs under: ours, or an unprivileged one when we are root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docmill.domain.errors import DocmillError, ErrorCode

# Numbers that nobody hands out: systemd's dynamic users end at 65519, 65534 is nobody, 65535 is forbidden.
# Not nobody itself: other programs run as nobody, and would own the database's files too.
_FREE_UIDS = range(65520, 65534)


@dataclass(frozen=True, slots=True)
class Account:
    """Numeric ids; there need not be a name for them."""

    uid: int
    gid: int

    @property
    def is_us(self) -> bool:
        return self.uid == os.geteuid()

    def popen(self) -> dict[str, Any]:
        """Return the arguments that make ``subprocess`` run as this account."""
        if self.is_us:
            return {"umask": 0o077}
        return {"user": self.uid, "group": self.gid, "extra_groups": [], "umask": 0o077}


def database_account(data: Path) -> Account:
    """Return the owner of the data folder; before there is one: us, or for root a number without a name."""
    if data.is_dir():
        owner = data.stat()
        if owner.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
            raise DocmillError(ErrorCode.HOME_UNREACHABLE, f"{data} belongs to another user")
        return Account(owner.st_uid, owner.st_gid)
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    uid = next(number for number in _FREE_UIDS if not has_name(number))
    return Account(uid, uid)


def initdb_account(account: Account) -> Account:
    """Return the account that makes the cluster of ``account``: ``initdb`` refuses to run without a name.

    Root's database has a number without one, so root lends a named user's number for that moment. It
    keeps the database's group, which a closed home lets pass. What it makes is given to ``account`` at once.
    """
    if account.is_us:
        require_name(account)
        return account
    for name in ("nobody", "daemon", "bin"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, account.gid)
    raise DocmillError(ErrorCode.PART_MISSING, "/etc/passwd has no user `nobody` for initdb to run as")


def require_name(account: Account) -> None:
    """Raise DocmillError(part_missing) when the system has no user of this number.

    ``initdb`` asks the system for its user's name, and nothing can stand in for the answer. A cluster
    that is there already is served without one.
    """
    if not has_name(account.uid):
        raise DocmillError(
            ErrorCode.PART_MISSING,
            f"uid {account.uid} has no name in /etc/passwd, and initdb makes no database without one",
            action="Add a line for it, start docmill as a user that has one, "
            "or set DOCMILL_DATABASE_URL to a server of your own.",
        )


def require_reachable(folder: Path, account: Account) -> None:
    """Raise DocmillError(home_unreachable), naming the first folder that the account may not pass."""
    for step in (*reversed(folder.parents), folder):
        if not may_pass(step, account):
            raise DocmillError(
                ErrorCode.HOME_UNREACHABLE,
                f"{step} does not let uid {account.uid}, which runs the database, pass: x is missing",
            )


def may_pass(folder: Path, account: Account) -> bool:
    mode = folder.stat()
    if mode.st_uid == account.uid:
        return bool(mode.st_mode & stat.S_IXUSR)
    if mode.st_gid == account.gid:
        return bool(mode.st_mode & stat.S_IXGRP)
    return bool(mode.st_mode & stat.S_IXOTH)


def give(folder: Path, account: Account) -> None:
    """Hand a folder with all that is in it to the account."""
    for parent, _, files in os.walk(folder):
        os.chown(parent, account.uid, account.gid)
        for name in files:
            os.lchown(os.path.join(parent, name), account.uid, account.gid)  # noqa: PTH118 - 1,000 files


def has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True

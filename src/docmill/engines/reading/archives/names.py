"""Names of files in archives and mails: what is refused, what is left out, what is taken away."""

import re

from docmill.domain.errors import ErrorCode, Rejected

_NOISE = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)|^\./PaxHeaders")
# What a terminal obeys, and what turns the direction of writing so that `fdp.exe` reads as `exe.pdf`.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")


def inner_path(name: str) -> str:
    """The path of a file within its archive, without control characters and empty steps.

    Raises Rejected(file_corrupt) for a name that leads out of the archive: from a root or a drive, or
    by steps upward. Few honest archives have one, and what it names is somewhere else.
    """
    plain = _CONTROL.sub("", name).replace("\\", "/")
    steps = plain.split("/")
    if plain.startswith("/") or ".." in steps or _DRIVE.match(plain):
        action = "Pack the files again, by names within one folder."
        raise Rejected(ErrorCode.FILE_CORRUPT, "a name in the archive leads out of it", action=action)
    return "/".join(step for step in steps if step not in ("", ".")) or "file"


def plain_name(name: str) -> str:
    """The last step of a name that somebody gave an attachment: it is a name, and no path."""
    return re.split(r"[/\\]", _CONTROL.sub("", name))[-1].strip() or "file"


def is_noise(name: str) -> bool:
    """What systems put beside people's files."""
    return _NOISE.search(name) is not None

"""Every setting, once, frozen. Nothing else reads the environment; `docs/settings.md` is made from it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits import WORKERS_MAX

PREFIX = "DOCMILL_"
_OF_THE_TESTS = ("DOCMILL_EVAL", "DOCMILL_TEST_LONG")
_INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "PYTHONPATH", "VIRTUAL_ENV")
# The object stores find their credentials where their own tools do.
_INHERITED_PREFIXES = ("AWS_", "AZURE_", "GOOGLE_", "SSL_CERT_")


def default_home() -> Path:
    """Root keeps its data where servers do, everybody else in their own home."""
    if os.geteuid() == 0:
        return Path("/var/lib/docmill")
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "docmill"


def _setting(default: Any, says: str) -> Any:
    return field(default=default, metadata={"says": says})


@dataclass(frozen=True, slots=True)
class Settings:
    """How docmill runs. Each is read from ``DOCMILL_<NAME>``; an empty variable counts as absent."""

    home: Path = field(
        default_factory=default_home,
        metadata={
            "says": "Folder of everything that docmill keeps. Default: `~/.local/share/docmill`, "
            "or `/var/lib/docmill` when started by root."
        },
    )
    host: str = _setting("127.0.0.1", "Address that the API listens on.")
    port: int = _setting(8080, "TCP port of the API.")
    database_url: str = _setting(
        "embedded:", "PostgreSQL with pgvector: `embedded:` is started under the home, else `postgresql://…`."
    )
    admin_database_url: str = _setting(
        "",
        "The same database as a role that may make roles and schemas: for `docmill tenants create` and for "
        "migrations. The embedded database needs none.",
    )
    blob_url: str = _setting(
        "",
        "Where files are kept: `file:///folder`, `s3://…`, `az://…`, `gs://…`. Default: `blobs` in the home.",
    )
    workers: int = _setting(2, "Worker processes of `docmill up`.")
    sandbox_required: str = _setting(
        "portable",
        "`portable` opens strangers' files with the locks that this machine gives; `strict` refuses to start "
        "without all of them. `docmill doctor` lists them, docs/lock.md explains them.",
    )
    log_level: str = _setting("info", "`debug`, `info`, `warning` or `error`; logs are JSON lines on stderr.")
    url: str = _setting("http://127.0.0.1:8080", "API that the commands of the CLI talk to.")
    key: str = _setting("", "API key that the commands of the CLI send.")

    @property
    def blobs(self) -> str:
        """The blob URL, with the default filled in."""
        return self.blob_url or (self.home.absolute() / "blobs").as_uri()

    @property
    def metrics_folder(self) -> Path:
        """Where the processes of one platform put their numbers for `/metrics`."""
        return self.home / "run" / "metrics"


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Raise DocmillError(setting_invalid), naming the variable, for a value that cannot be used."""
    source = os.environ if environment is None else environment
    given: dict[str, Any] = {}
    for setting in fields(Settings):
        text = source.get(PREFIX + setting.name.upper(), "")
        if text:
            given[setting.name] = _parsed(setting.name, text)
    return Settings(**given)


def unknown_variables(environment: Mapping[str, str] | None = None) -> list[tuple[str, str]]:
    """Return (variable, the one that may be meant or "") for what looks like a setting and is none."""
    source = os.environ if environment is None else environment
    known = [PREFIX + setting.name.upper() for setting in fields(Settings)]
    unknown = (name for name in sorted(source) if name.startswith(PREFIX))
    return [
        (name, next(iter(get_close_matches(name, known, n=1)), ""))
        for name in unknown
        if name not in known and name not in _OF_THE_TESTS
    ]


def environment_of(settings: Settings) -> dict[str, str]:
    """What a child process needs of the environment: equal settings, and where Python and its folders are."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in _INHERITED or name.startswith(_INHERITED_PREFIXES)
    }
    given = {PREFIX + item.name.upper(): str(getattr(settings, item.name)) for item in fields(settings)}
    return kept | given


def described() -> list[tuple[str, str, str]]:
    """Return (variable, default, what it says) of every setting, for the documentation."""
    rows = []
    for item in fields(Settings):
        default = "" if item.name == "home" else str(item.default)
        rows.append((PREFIX + item.name.upper(), default, str(item.metadata["says"])))
    return rows


def _parsed(name: str, text: str) -> Any:
    match name:
        case "home":
            return Path(text).expanduser().absolute()
        case "port":
            return _number(name, text, 0, 65_535)
        case "workers":
            return _number(name, text, 1, WORKERS_MAX)
        case "log_level":
            return _one_of(name, text.lower(), ("debug", "info", "warning", "error"))
        case "sandbox_required":
            return _one_of(name, text.lower(), ("portable", "strict"))
        case "admin_database_url":
            return _scheme(name, text, ("postgresql://", "postgres://"))
        case "database_url":
            return _scheme(name, text, ("embedded:", "postgresql://", "postgres://"))
        case "blob_url":
            return _scheme(name, text, ("file://", "s3://", "az://", "gs://"))
        case _:
            return text


def _number(name: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise _invalid(name, f"want a number from {least} to {most}")
    return int(text)


def _one_of(name: str, text: str, allowed: tuple[str, ...]) -> str:
    if text not in allowed:
        raise _invalid(name, f"want one of {', '.join(allowed)}")
    return text


def _scheme(name: str, text: str, allowed: tuple[str, ...]) -> str:
    if not text.startswith(allowed):
        raise _invalid(name, f"want a URL that begins with {' or '.join(allowed)}")
    return text


def _invalid(name: str, want: str) -> DocmillError:
    return DocmillError(ErrorCode.SETTING_INVALID, f"{PREFIX}{name.upper()}: {want}")

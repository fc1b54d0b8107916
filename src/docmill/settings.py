"""Every setting, once, frozen. Nothing else reads the environment; `docs/settings.md` is made from it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from docmill.domain.addresses import own_networks
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.api import API_PROCESSES_MAX
from docmill.domain.limits.processes import WORKERS_MAX
from docmill.domain.limits.review import QUEUE_WAIT_S_DEFAULT, QUEUE_WAIT_S_MAX

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
    api_processes: int = _setting(1, "API processes of `docmill up`: any of them answers any request.")
    sandbox_required: str = _setting(
        "portable",
        "`portable` opens strangers' files with the locks that this machine gives; `strict` refuses to start "
        "without all of them. `docmill doctor` lists them, docs/lock.md explains them.",
    )
    metrics_token: str = _setting(
        "",
        "What Prometheus sends to `/metrics` as `Authorization: Bearer …`. Default: `docmill up` makes one "
        "and keeps it in `run/metrics.token` in the home.",
    )
    otlp_url: str = _setting(
        "",
        "OpenTelemetry collector that traces go to, such as `http://127.0.0.1:4318`. Without it none "
        "are sent.",
    )
    traces: str = _setting(
        "off", "`file` keeps traces under the home too, where `docmill trace` looks; `off` does not."
    )
    seal_file: str = _setting(
        "",
        "File with the 32 random bytes that private signing keys are encrypted with in the database; "
        "made, for "
        "its owner alone, when it is not there. Default: `identity.seal` in the home.",
    )
    webhook_allow: str = _setting(
        "",
        "Names and networks (`hooks.intern, 10.1.0.0/16`) that webhooks may call although they are not "
        "on the "
        "internet, by http and on any port too. Without it none are.",
    )
    queue_wait_s: int = _setting(
        QUEUE_WAIT_S_DEFAULT,
        "Seconds that a tenant's new file may have to wait for its turn; above that its uploads get 429.",
    )
    log_level: str = _setting("info", "`debug`, `info`, `warning` or `error`; logs are JSON lines on stderr.")
    url: str = _setting("http://127.0.0.1:8080", "API that the commands of the CLI talk to.")
    key: str = _setting("", "API key that the commands of the CLI send.")

    @property
    def blobs(self) -> str:
        """The blob URL, with the default filled in."""
        return self.blob_url or (self.home.absolute() / "blobs").as_uri()

    @property
    def seal(self) -> Path:
        """The seal file, with the default filled in."""
        return Path(self.seal_file).expanduser().absolute() if self.seal_file else self.home / "identity.seal"

    @property
    def metrics_folder(self) -> Path:
        """Where the processes of one platform put their numbers for `/metrics`."""
        return self.home / "run" / "metrics"

    @property
    def metrics_token_file(self) -> Path:
        """Where `docmill up` keeps the token that it made."""
        return self.home / "run" / "metrics.token"

    @property
    def traces_folder(self) -> Path:
        """Where the processes of one platform keep their spans."""
        return self.home / "run" / "traces"


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
        case "queue_wait_s":
            return _number(name, text, 1, QUEUE_WAIT_S_MAX)
        case "workers":
            return _number(name, text, 1, WORKERS_MAX)
        case "api_processes":
            return _number(name, text, 1, API_PROCESSES_MAX)
        case "log_level":
            return _one_of(name, text.lower(), ("debug", "info", "warning", "error"))
        case "webhook_allow":
            return _networks(name, text)
        case "traces":
            return _one_of(name, text.lower(), ("off", "file"))
        case "otlp_url":
            return _scheme(name, text, ("http://", "https://"))
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


def _networks(name: str, text: str) -> str:
    try:
        own_networks(text)
    except ValueError as error:
        raise _invalid(name, f"{error} is neither a host's name nor a network such as 10.1.0.0/16") from None
    return text


def _invalid(name: str, want: str) -> DocmillError:
    return DocmillError(ErrorCode.SETTING_INVALID, f"{PREFIX}{name.upper()}: {want}")

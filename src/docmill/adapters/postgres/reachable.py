"""Asking a server once, before anything is started that would wait for it."""

import re

import psycopg

from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.limits.database import DATABASE_CONNECT_S_MAX

_NUMBER = re.compile(r"\[Errno -?\d+\] ")


def require_reachable(dsn: str, *, variable: str, with_tables: bool = True) -> None:
    """Connect, and go again. ``variable`` is the setting that ``dsn`` comes from.

    Raises Unavailable, naming host and port, when nobody answers within DATABASE_CONNECT_S_MAX, and
    DocmillError(setting_invalid) when the server does not let us in, the URL is none, or, ``with_tables``,
    the database was never migrated.
    """
    try:
        where = _where(dsn)
        with psycopg.connect(dsn, connect_timeout=round(DATABASE_CONNECT_S_MAX)) as connection:
            found = connection.execute("SELECT to_regclass('docmill.journal') IS NOT NULL").fetchone()
    except psycopg.OperationalError as error:
        text = str(error)
        reason = _reason(text)
        if "FATAL:" in text:
            raise _refused(variable, f"the database at {where} refuses: {reason}") from error
        raise Unavailable(
            f"the database at {where} does not answer: {reason}", action=f"Start it, or correct {variable}."
        ) from error
    except psycopg.Error as error:  # its text quotes the URL, which may have a password in it
        raise _refused(variable, "it is no URL of a PostgreSQL database") from error
    if with_tables and found != (True,):
        raise DocmillError(
            ErrorCode.SETTING_INVALID,
            f"{variable}: the database at {where} has no tables of docmill",
            action="Set DOCMILL_ADMIN_DATABASE_URL, so that `docmill up` can make them.",
        )


def _refused(variable: str, detail: str) -> DocmillError:
    return DocmillError(ErrorCode.SETTING_INVALID, f"{variable}: {detail}", action=f"Correct {variable}.")


def _where(dsn: str) -> str:
    given = psycopg.conninfo.conninfo_to_dict(dsn)
    return f"{given.get('host') or 'localhost'}:{given.get('port') or 5432}"


def _reason(text: str) -> str:
    """The end of the driver's first line, without addresses and numbers that are there already."""
    first = text.strip().splitlines()[0]
    return _NUMBER.sub("", first.rpartition("FATAL:")[2].rpartition(" failed: ")[2].strip())

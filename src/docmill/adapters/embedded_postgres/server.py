"""EmbeddedPostgres: the database of one ``DOCMILL_HOME``."""

import errno
import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from docmill.adapters.embedded_postgres import installation
from docmill.adapters.embedded_postgres.account import (
    Account,
    database_account,
    give,
    initdb_account,
    may_pass,
    require_name,
    require_reachable,
)
from docmill.adapters.embedded_postgres.postmaster import Postmaster
from docmill.adapters.embedded_postgres.socket_folder import make_private, socket_folder
from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.limits.database import DATABASE_CONNECTIONS_MAX, DATABASE_LOG_BYTES_MAX

DATABASE = "docmill"
ADMIN_ROLE = "postgres"
"""Superuser: migrations, and making tenants."""
SERVICE_ROLE = "docmill_service"
"""What docmill works as: no superuser, no BYPASSRLS; tenants' rows only through the tenants' roles."""

_INITDB_OPTIONS = (
    "--auth=trust",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
)
_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": str(DATABASE_CONNECTIONS_MAX),
    "shared_buffers": "96MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "huge_pages": "off",
    # One machine, short transactions: no replication, no parallel plans, no compiling, no I/O processes.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "on",
    "max_wal_size": "512MB",
    "checkpoint_timeout": "10min",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "autovacuum_max_workers": "2",
    "autovacuum_naptime": "20s",
    "io_method": "sync",
    "jit": "off",
    "random_page_cost": "1.1",
    # A thousand tenants have 40,000 files: a dump of all takes a lock for each table in one transaction,
    # and after a crash syncing the file system is quicker than opening every file of it.
    "max_locks_per_transaction": "512",
    "recovery_init_sync_method": "syncfs",
    # What was acknowledged is on the disk. These are the defaults, named because everything rests on them.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # Details of errors quote values of rows, which are content of documents.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] ",
    "timezone": "UTC",
}


class EmbeddedPostgres:
    """``dsn`` and ``admin_dsn`` are the same on every start. Safe to use from any process of the platform."""

    def __init__(self, home: Path) -> None:
        self._home = home.absolute()
        self._folder = self._home / "postgres"
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        self._postmaster = Postmaster(self._data, self._log)

    @property
    def dsn(self) -> str:
        return self._dsn(SERVICE_ROLE)

    @property
    def admin_dsn(self) -> str:
        return self._dsn(ADMIN_ROLE)

    def running(self) -> bool:
        return self._postmaster.ready()

    def examine(self) -> None:
        """Raise what ``start`` would raise about the account and the folders above the home.

        Nothing is changed.
        """
        with _naming_the_place(self._folder):
            self._account()

    def start(self) -> str:
        """Return ``dsn`` once the database answers; a server that a dead docmill left behind is taken over.

        Raises DocmillError(home_unreachable) naming the folder, DocmillError(part_missing) without
        the wheel, storage_full, and unavailable with the server's last words.
        """
        with _naming_the_place(self._folder):
            account = self._prepare()
            with _locked(self._folder / "lock"):
                self._start(account)
        return self.dsn

    def _start(self, account: Account) -> None:
        programs = self._programs(account)
        if not self._data.is_dir():
            self._initialise(programs, account)
        command = self._command(programs, account)
        self._ensure_started(command, account)
        try:
            self._provide()
        except Unavailable:  # a server that was being killed looked alive at the first sight
            self._postmaster.stop()
            self._ensure_started(command, account)
            self._provide()

    def stop(self) -> None:
        """End the server; everything committed stays. Not running is fine."""
        self._postmaster.stop()

    def _dsn(self, role: str) -> str:
        folder = socket_folder(self._home, database_account(self._data))
        return f"host={folder} port=5432 dbname={DATABASE} user={role}"

    def _prepare(self) -> Account:
        """Make the folders, passable for the database's account; nothing outside of the home is changed.

        What speaks against it is said before anything is made.
        """
        account = self._account()
        if not self._home.is_dir():
            self._home.mkdir(mode=0o711, parents=True)
        if not account.is_us:
            _open_home(self._home, account)
        self._folder.mkdir(mode=0o711, exist_ok=True)
        require_reachable(self._folder, account)
        return account

    def _account(self) -> Account:
        """Return the database's account if it can work in the home."""
        account = database_account(self._data)
        require_reachable(next(step for step in self._home.parents if step.is_dir()), account)
        if account.is_us and not self._data.is_dir():
            require_name(account)
        return account

    def _programs(self, account: Account) -> Path:
        if account.is_us:
            return installation.wheel()
        return installation.copied_to(self._folder / "programs")

    def _initialise(self, programs: Path, account: Account) -> None:
        """Make the cluster in a draft beside its place: a crash leaves nothing that looks like one."""
        draft = self._folder / "draft"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        maker = initdb_account(account)
        require_reachable(self._folder, maker)
        give(draft, maker)
        done = subprocess.run(
            [programs / "bin" / "initdb", "-D", draft, "-U", ADMIN_ROLE, *_INITDB_OPTIONS],
            capture_output=True,
            text=True,
            check=False,
            cwd=draft,
            env={"LC_ALL": "C"},
            **maker.popen(),
        )
        if done.returncode != 0:
            shutil.rmtree(draft, ignore_errors=True)
            code = ErrorCode.STORAGE_FULL if "No space left" in done.stderr else ErrorCode.UNAVAILABLE
            raise DocmillError(code, f"initdb: {done.stderr.strip()[-300:]}")
        # There is no TCP, and the socket's folder lets in nobody but the account (and root).
        (draft / "pg_hba.conf").write_text("local all all trust\n")
        give(draft, account)
        draft.rename(self._data)
        # A power cut must not bring back the name of the draft: the next start would throw it away.
        _sync(self._folder)
        _sync(self._home)

    def _command(self, programs: Path, account: Account) -> list[str]:
        settings = {**_SETTINGS, "unix_socket_directories": str(socket_folder(self._home, account))}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(programs / "bin" / "postgres"), "-D", str(self._data), *options]

    def _ensure_started(self, command: list[str], account: Account) -> None:
        """Leave a server alone that runs by the same command; any other one is replaced."""
        if self.running() and self._postmaster.runs(command):
            return
        self._postmaster.stop()
        make_private(socket_folder(self._home, account), account)
        self._cut_log()
        self._postmaster.start(command, account)

    def _cut_log(self) -> None:
        if self._log.exists() and self._log.stat().st_size > DATABASE_LOG_BYTES_MAX:
            self._log.replace(self._log.with_suffix(".old"))

    def _provide(self) -> None:
        """Make the database and the role that docmill works as, if they are not there."""
        import psycopg
        from psycopg import sql

        server = self._dsn(ADMIN_ROLE).replace(f"dbname={DATABASE}", "dbname=postgres")
        try:
            with psycopg.connect(server, autocommit=True) as admin:
                if not admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (SERVICE_ROLE,)).fetchone():
                    admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(SERVICE_ROLE)))
                if not admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone():
                    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
        except psycopg.Error as error:
            raise Unavailable(f"the database does not answer: {type(error).__name__}") from error


@contextmanager
def _naming_the_place(folder: Path) -> Iterator[None]:
    """Say which folder or program cannot be used: another user's, one on a full disk or a noexec mount."""
    try:
        yield
    except OSError as error:
        code = ErrorCode.STORAGE_FULL if error.errno == errno.ENOSPC else ErrorCode.HOME_UNREACHABLE
        raise DocmillError(code, f"{error.filename or folder}: {error.strerror or error}") from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _open_home(home: Path, account: Account) -> None:
    """Let the account pass a home that is closed to all: by group, so that nobody else gains anything."""
    if may_pass(home, account) or home.stat().st_mode & 0o077:
        return
    os.chown(home, -1, account.gid)
    home.chmod(0o710)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold the file while a server is started: a second start at the same time finds the first one's."""
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

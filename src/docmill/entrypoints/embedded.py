"""`docmill up`: one process that starts database, API and workers, and looks after all of them."""

import errno
import fcntl
import http.client
import json
import os
import select
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import IO, Self

from docmill import wiring
from docmill.adapters.telemetry import MULTIPROCESS_VARIABLE, configure_logging
from docmill.adapters.telemetry.lean_structlog import structlog
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.database import MIGRATION_PROGRESS_SCHEMAS
from docmill.domain.limits.machine import HEALTH_WALL_S_MAX, LOOK_S, STOP_CHILDREN_WALL_S_MAX
from docmill.entrypoints.observing import with_metrics_token
from docmill.entrypoints.processes import Child
from docmill.settings import Settings, environment_of


def run(settings: Settings) -> int:
    """Run the platform until SIGTERM, SIGINT or SIGHUP; return the exit status.

    Raises DocmillError(setting_invalid) when another platform has the home or the port is taken,
    home_unreachable, part_missing for a lock that is required, and what the database raises when it
    cannot be started or reached at first.
    """
    configure_logging(settings.log_level, process="up")
    wiring.require_locks(settings)
    wiring.require_database(settings, as_admin=True)
    with _home_locked(settings.home), _listening(settings) as listener, _Signals() as signals:
        settings = with_metrics_token(settings)
        supervisor = Supervisor(settings, listener, signals)
        try:
            supervisor.start()
            supervisor.watch()
        finally:
            supervisor.stop()
    return 0


class _Signals:
    """Remembers that somebody wants an end, and wakes up whoever sleeps in `wait`."""

    _WANTED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)

    def __init__(self) -> None:
        self.stop = False
        self._ear, self._mouth = socket.socketpair()
        self._ear.setblocking(False)
        self._mouth.setblocking(False)

    def __enter__(self) -> Self:
        self._before = {wanted: signal.getsignal(wanted) for wanted in self._WANTED}
        for wanted in self._WANTED:
            signal.signal(wanted, self._heard)
        signal.set_wakeup_fd(self._mouth.fileno(), warn_on_full_buffer=False)
        return self

    def __exit__(self, *_error: object) -> None:
        signal.set_wakeup_fd(-1)
        for wanted, handler in self._before.items():
            signal.signal(wanted, handler)
        self._ear.close()
        self._mouth.close()

    def wait(self, timeout_s: float) -> None:
        """Return when a signal came or the time is over."""
        if select.select([self._ear], [], [], timeout_s)[0]:
            self._ear.recv(4096)

    def _heard(self, number: int, _frame: object) -> None:
        self.stop = self.stop or number != signal.SIGCHLD


class Supervisor:
    """Starts what belongs to the platform and starts again what dies, until it is told to stop."""

    def __init__(self, settings: Settings, listener: socket.socket, signals: _Signals) -> None:
        self._settings = settings
        self._signals = signals
        self._address: tuple[str, int] = listener.getsockname()[:2]
        self._database = wiring.embedded_database(settings)
        self._children = _children(settings, listener)
        self._log = structlog.get_logger()

    def start(self) -> None:
        """Return when the API answers, or when somebody wants an end before that."""
        _emptied(self._settings.metrics_folder)
        if self._database is not None:
            self._database.start()
        wiring.migrate(self._settings, progress=_say_migrated)
        wiring.require_database(self._settings)
        for child in self._children:
            child.start()
        trouble = self._trouble()
        while not self._signals.stop and trouble is None:
            self._look()
            self._signals.wait(LOOK_S)
            trouble = self._trouble()
        if trouble is not None:
            self._say_ready(trouble)

    def watch(self) -> None:
        while not self._signals.stop:
            self._look()
            self._signals.wait(LOOK_S)

    def stop(self) -> None:
        """End the processes, those that take requests and work first, the database last."""
        until = monotonic() + STOP_CHILDREN_WALL_S_MAX
        for child in self._children:
            child.ask_to_stop()
        for child in self._children:
            child.stop(until=until)
        if self._database is not None:
            self._database.stop()

    def _look(self) -> None:
        if self._database is not None and not self._database.running():
            self._log.error("database_died")
            try:
                self._database.start()
            except DocmillError as error:  # a full disk, perhaps: the next look tries again
                self._log.error("database_not_started", code=error.code, detail=error.detail)
        for child in self._children:
            status = child.look()
            if status is not None:
                self._log.error("process_died", name=child.name, status=status)

    def _trouble(self) -> str | None:
        """What the platform cannot do yet, "" when nothing is amiss; None until API and database answer.

        A full disk is no reason to wait: results can be read, and uploads are taken when there is room.
        """
        connection = http.client.HTTPConnection(*self._address, timeout=HEALTH_WALL_S_MAX)
        try:
            connection.request("GET", "/health/ready")
            parts = json.loads(connection.getresponse().read())["parts"]
        except (OSError, http.client.HTTPException, ValueError, KeyError):
            return None
        finally:
            connection.close()
        if parts.pop("database", "") != "ok":
            return None
        return "; ".join(f"{name}: {state}" for name, state in parts.items() if state != "ok")

    def _say_ready(self, trouble: str) -> None:
        host, port = self._address
        url = f"http://{f'[{host}]' if ':' in host else host}:{port}"
        print(
            f"docmill is ready: {url}  (docs: {url}/docs, metrics: {url}/metrics, "
            f"data: {self._settings.home})  Ctrl-C stops it.",
            file=sys.stderr,
            flush=True,
        )
        if trouble:
            print(f"docmill takes no uploads yet: {trouble}", file=sys.stderr, flush=True)


def _say_migrated(done: int, behind: int) -> None:
    """Tell how far it is where it takes long enough to wonder."""
    if behind >= MIGRATION_PROGRESS_SCHEMAS:
        print(
            f"docmill brings the tables up to date: {done} of {behind} schemas", file=sys.stderr, flush=True
        )


def _children(settings: Settings, listener: socket.socket) -> list[Child]:
    environment = environment_of(settings) | {MULTIPROCESS_VARIABLE: str(settings.metrics_folder)}
    handle = listener.fileno()
    apis = [
        Child(
            name,
            "docmill.entrypoints.api_server",
            ("--socket", str(handle), "--name", name),
            environment,
            (handle,),
        )
        for name in (f"api-{number}" for number in range(1, settings.api_processes + 1))
    ]
    workers = [
        Child(name, "docmill.entrypoints.worker", ("--name", name), environment)
        for name in (f"worker-{number}" for number in range(1, settings.workers + 1))
    ]
    return [*apis, *workers, Child("sequencer", "docmill.entrypoints.sequencer", (), environment)]


@contextmanager
def _home_locked(home: Path) -> Iterator[None]:
    """One platform per home. The lock ends with the process, however that ends.

    When it is refused or the body is, before anything is in them, the folders that it made go again.
    """
    run = home / "run"
    made = [folder for folder in (run, home, *home.parents) if not folder.exists()]
    try:
        home.mkdir(mode=0o711, parents=True, exist_ok=True)
        run.mkdir(mode=0o700, exist_ok=True)
        lock = (run / "up.lock").open("a+")
    except OSError as error:
        _removed(made)
        what = "is a file" if home.is_file() else f"cannot be used: {error.strerror}"
        action = "Set DOCMILL_HOME, or --home, to a folder that you may write to."
        raise DocmillError(ErrorCode.HOME_UNREACHABLE, f"{home} {what}", action=action) from error
    with lock:
        _hold(lock, home)
        try:
            yield
        except DocmillError:
            if home in made:
                (run / "up.lock").unlink(missing_ok=True)
                _removed(made)
            raise


def _hold(lock: IO[str], home: Path) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        raise DocmillError(
            ErrorCode.SETTING_INVALID,
            f"DOCMILL_HOME: `docmill up` (pid {lock.read().strip()}) works on {home} already",
            action="Use that one, stop it, or name another folder with --home or DOCMILL_HOME.",
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()


def _removed(folders: Sequence[Path]) -> None:
    """Remove those that are empty, the innermost first."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    """Open the API's socket: while its process is started again, connections wait and are not refused."""
    try:
        listener = socket.create_server(
            (settings.host, settings.port),
            family=socket.AF_INET6 if ":" in settings.host else socket.AF_INET,
            backlog=512,
        )
    except OSError as error:
        raise _not_listening(settings, error) from error
    with listener:
        yield listener


def _not_listening(settings: Settings, error: OSError) -> DocmillError:
    number = error.errno or 0
    if number == errno.EADDRNOTAVAIL or number < 0:  # negative: the name has no address
        return DocmillError(
            ErrorCode.SETTING_INVALID,
            f"DOCMILL_HOST: {settings.host} is no address of this machine",
            action="Name one with --host or DOCMILL_HOST; 127.0.0.1 is always there.",
        )
    why = "is taken" if number == errno.EADDRINUSE else f"cannot be listened on: {os.strerror(number)}"
    return DocmillError(
        ErrorCode.SETTING_INVALID,
        f"DOCMILL_PORT: {settings.host}:{settings.port} {why}",
        action="Choose another with --port or DOCMILL_PORT.",
    )


def _emptied(folder: Path) -> None:
    """The numbers begin anew with the platform; those of single processes survive their restarts."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)

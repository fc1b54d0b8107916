"""Twelve ways out of the child, each seen to be closed, and to be open where its locks are left out."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from tests.contract import escaping
from tests.contract.escaping import (
    ATTEMPTS,
    GETS_OUT_OF_THE_REST,
    KERNEL_MAY_REFUSE,
    NAMESPACES,
    ORDINARY_UID,
    SECRET,
    STOPPED_BY,
    WEAKER,
)

from docmill.adapters.sandbox import SandboxedReader, locks
from docmill.domain.errors import ErrorCode, Rejected

WHO = ["root", "ordinary"] if os.getuid() == 0 else ["ordinary"]
pytestmark = pytest.mark.enable_socket
as_everybody = pytest.mark.parametrize("who", WHO)
first_as_one = pytest.mark.parametrize(
    "who", [WHO[0], *(pytest.param(who, marks=pytest.mark.long) for who in WHO[1:])]
)


@dataclass(frozen=True)
class Prey:
    """What the attempts go for: servers, a process and a folder of the user who runs docmill."""

    port: int
    pid: int
    folder: Path

    def lives(self) -> bool:
        return Path(f"/proc/{self.pid}/stat").read_text().split()[2] != "Z"

    def told(self, attempt: str) -> bytes:
        names = {"attempt": attempt, "port": self.port, "pid": self.pid, "folder": str(self.folder)}
        return json.dumps(names).encode()


@pytest.fixture
def prey(who: str) -> Iterator[Prey]:
    folder = Path(tempfile.mkdtemp(prefix="docmill-escape-"))
    folder.chmod(0o777)
    (folder / "blob").write_bytes(b"of another tenant")
    user = {"user": ORDINARY_UID, "group": ORDINARY_UID} if who == "ordinary" and os.getuid() == 0 else {}
    with _servers() as port:
        victim = subprocess.Popen(["sleep", "60"], env={"KEY": SECRET}, **user)
        try:
            yield Prey(port, victim.pid, folder)
        finally:
            victim.kill()
            victim.wait()
            shutil.rmtree(folder)


class _servers:  # noqa: N801 - reads as a function
    """A TCP and a UDP server of the same port; both end with the block."""

    def __enter__(self) -> int:
        self.tcp = socket.create_server(("127.0.0.1", 0))
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        port: int = self.tcp.getsockname()[1]
        self.udp.bind(("127.0.0.1", port))
        self.answering = threading.Thread(target=self._answer)
        self.answering.start()
        return port

    def __exit__(self, *_: object) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"end", self.udp.getsockname())
        self.answering.join()
        self.udp.close()
        self.tcp.close()

    def _answer(self) -> None:
        while True:
            question, sender = self.udp.recvfrom(100)
            if question == b"end":
                return
            self.udp.sendto(b"127.0.0.1", sender)


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, who: str) -> Path:
    """Where the zygote finds modules of tasks that leave locks out."""
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("DOCMILL_KEY", SECRET)
    return tmp_path


async def _outcome(prey: Prey, attempt: str, who: str, modules: Path, *, without: set[str]) -> str:
    """ "escaped", or what stopped it."""
    name = "tasks_" + "_".join([who, attempt, *sorted(without)])
    lines = [
        "from tests.contract import escaping",
        "from tests.contract.escaping import TASKS, warm_up",
        f"escaping.leave_out({without!r})",
        "warm_up()",
        "escaping.become_ordinary()" if who == "ordinary" and os.getuid() == 0 else "",
    ]
    (modules / f"{name}.py").write_text("\n".join(lines))
    reader = SandboxedReader(tasks=name)
    try:
        return (await reader.read(prey.told(attempt), "a.pdf")).reader
    except Rejected as error:
        ended = error.code in (ErrorCode.READER_CRASHED, ErrorCode.READER_LIMIT)
        return f"stopped with {error}" if ended else f"refused with {error}"
    finally:
        await reader.close()


@cache
def _given_here() -> set[str]:
    return {lock.name for lock in locks() if lock.on}


def _without(attempt: str, who: str) -> set[str]:
    """The locks to leave out for it to succeed."""
    hidden = NAMESPACES if who == "ordinary" and attempt in ("proc", "ptrace") else ()
    return {*STOPPED_BY[attempt], *WEAKER, *hidden}


@as_everybody
@pytest.mark.parametrize("attempt", ATTEMPTS)
async def test_with_all_locks_on_nothing_gets_out(prey: Prey, modules: Path, who: str, attempt: str) -> None:
    assert (await _outcome(prey, attempt, who, modules, without=set())).startswith("stopped")
    assert not {"filled", "written"} & {path.name for path in prey.folder.iterdir()}
    assert prey.lives()


@as_everybody
@pytest.mark.parametrize("attempt", [name for name, stopping in STOPPED_BY.items() if stopping])
async def test_without_its_locks_the_attempt_succeeds(
    prey: Prey, modules: Path, who: str, attempt: str
) -> None:
    outcome = await _outcome(prey, attempt, who, modules, without=_without(attempt, who))
    assert outcome == "escaped"


@first_as_one
@pytest.mark.parametrize(
    ("attempt", "lock"), [(attempt, lock) for attempt, stopping in STOPPED_BY.items() for lock in stopping]
)
async def test_each_of_its_locks_stops_an_attempt_alone(
    prey: Prey, modules: Path, who: str, attempt: str, lock: str
) -> None:
    if lock not in _given_here():
        pytest.skip(f"this machine does not give {lock}")
    without = _without(attempt, who) - {lock}
    if lock == "no_processes":
        without.discard("unprivileged")  # root may have any number of processes
    outcome = await _outcome(prey, attempt, who, modules, without=without)
    assert outcome.startswith("stopped")


@as_everybody
async def test_what_gets_out_where_the_kernel_gives_nothing_is_what_the_docs_say(
    prey: Prey, modules: Path, who: str
) -> None:
    without = KERNEL_MAY_REFUSE | ({"unprivileged"} if who == "ordinary" else set())
    outcomes = {attempt: await _outcome(prey, attempt, who, modules, without=without) for attempt in ATTEMPTS}
    assert {name for name, outcome in outcomes.items() if outcome == "escaped"} == GETS_OUT_OF_THE_REST[who]
    assert prey.lives() == (who == "root")


@as_everybody
@pytest.mark.parametrize("only", [{"system_calls"}, {"landlock", "empty_root"}])
async def test_of_the_locks_that_a_kernel_may_refuse_one_is_nearly_enough(
    prey: Prey, modules: Path, who: str, only: set[str]
) -> None:
    if not only <= _given_here():
        pytest.skip(f"this machine does not give {only}")
    without = KERNEL_MAY_REFUSE - only
    outcomes = {attempt: await _outcome(prey, attempt, who, modules, without=without) for attempt in ATTEMPTS}
    escaped = {name for name, outcome in outcomes.items() if outcome == "escaped"}
    assert escaped == (set() if "system_calls" in only else {"dns"})


@as_everybody
def test_the_secret_would_be_found_in_an_environment_that_has_it(
    monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    monkeypatch.setenv("DOCMILL_KEY", SECRET)
    escaping.ATTEMPTS["environment"]({})

"""Processes that are looked after: started again when they die, gone when their parent is."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from docmill.adapters.bookmark import FileBookmark
from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.entrypoints.embedded import _home_locked, _listening
from docmill.entrypoints.processes import Child
from docmill.entrypoints.worker import holder
from docmill.settings import Settings

SLEEPER = (
    "import sys\nfrom docmill.entrypoints.processes import arguments\narguments()\nprint('up', flush=True)\n"
)
ROOT = Path(__file__).parents[3]


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def child(tmp_path: Path) -> Iterator[Child]:
    (tmp_path / "sleeper.py").write_text(SLEEPER + "import time\ntime.sleep(60)\n")
    made = Child("sleeper", "sleeper", (), {"PYTHONPATH": f"{tmp_path}:{ROOT / 'src'}"})
    yield made
    made.stop(until=0.0)


def test_a_process_that_dies_is_started_again(child: Child) -> None:
    child.start()
    assert child.process is not None
    first = child.process.pid
    assert child.look() is None
    os.kill(first, signal.SIGKILL)
    until(lambda: child.look() == -signal.SIGKILL)
    until(lambda: child.look() is None and child.process is not None)
    assert child.process is not None
    assert child.process.pid != first


def test_a_process_that_cannot_be_started_again_is_tried_later(
    child: Child, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_command: object, **_options: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "planted")

    with monkeypatch.context() as planted:
        planted.setattr(subprocess, "Popen", refused)
        assert child.look() is None
    assert child.process is None
    until(lambda: child.look() is None and child.process is not None)


def test_a_process_dies_with_its_parent_even_by_sigkill(tmp_path: Path) -> None:
    (tmp_path / "sleeper.py").write_text(SLEEPER + "import time\ntime.sleep(60)\n")
    parent = (
        "import sys, time\nfrom docmill.entrypoints.processes import Child\n"
        "child = Child('s', 'sleeper', (), {'PYTHONPATH': sys.argv[1]})\nchild.start()\n"
        "print(child.process.pid, flush=True)\ntime.sleep(60)\n"
    )
    path = f"{tmp_path}:{ROOT / 'src'}"
    with subprocess.Popen(
        [sys.executable, "-c", parent, path], env={"PYTHONPATH": path}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert process.stdout.readline() == "up\n"
        assert alive(pid)
        process.kill()
    until(lambda: not alive(pid))


def test_a_second_platform_on_the_same_home_is_refused(tmp_path: Path) -> None:
    with _home_locked(tmp_path), pytest.raises(DocmillError) as caught, _home_locked(tmp_path):
        pass
    assert caught.value.code == ErrorCode.SETTING_INVALID
    assert str(os.getpid()) in caught.value.detail
    assert str(tmp_path) in caught.value.detail
    with _home_locked(tmp_path):
        pass


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with _listening(Settings(home=tmp_path, port=0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(DocmillError) as caught, _listening(Settings(home=tmp_path, port=port)):
            pass
    assert f"127.0.0.1:{port}" in caught.value.detail


def test_a_bookmark_keeps_its_position_over_restarts(tmp_path: Path) -> None:
    path = tmp_path / "run" / "notify.position"
    assert FileBookmark(path).load() == 0
    FileBookmark(path).save(12)
    assert FileBookmark(path).load() == 12


def test_a_bookmark_that_cannot_be_written_is_an_outage_and_still_remembered(tmp_path: Path) -> None:
    (tmp_path / "notify.new").mkdir()  # in the way of the file
    bookmark = FileBookmark(tmp_path / "notify.position")
    with pytest.raises(Unavailable):
        bookmark.save(12)
    assert bookmark.load() == 12


def test_workers_of_two_platforms_on_one_database_do_not_take_each_others_work(tmp_path: Path) -> None:
    one, other = (Settings(home=tmp_path / home) for home in ("one", "other"))
    assert holder(one, "worker-1") == holder(one, "worker-1") != holder(one, "worker-2")
    assert holder(one, "worker-1") != holder(other, "worker-1")

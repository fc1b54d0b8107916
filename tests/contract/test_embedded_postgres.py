"""adapters/embedded_postgres: on real folders and real processes, as root and as an ordinary user."""

import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.homes import home_folder

from docmill.adapters.embedded_postgres import EmbeddedPostgres
from docmill.adapters.embedded_postgres import server as server_module
from docmill.adapters.embedded_postgres.account import has_name
from docmill.adapters.embedded_postgres.postmaster import Postmaster
from docmill.domain.errors import DocmillError

IS_ROOT = os.geteuid() == 0
as_root = pytest.mark.skipif(not IS_ROOT, reason="only root runs the database under another uid")


@pytest.fixture
def folder() -> Iterator[Path]:
    with home_folder() as made:
        yield made


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A home that was started once: copying it is cheaper than another initdb."""
    with home_folder() as made:
        server = EmbeddedPostgres(made / "home")
        server.start()
        server.stop()
        yield made / "home"


@pytest.fixture
def home(template: Path, folder: Path) -> Iterator[Path]:
    subprocess.run(["cp", "-a", str(template), str(folder / "home")], check=True)
    yield folder / "home"
    EmbeddedPostgres(folder / "home").stop()


def pid_of(home: Path) -> int:
    return int((home / "postgres/data/postmaster.pid").read_text().split()[0])


def ask(dsn: str, query: str):
    with psycopg.connect(dsn, autocommit=True) as connection:
        done = connection.execute(query)
        return done.fetchone()[0] if done.description else None


def test_it_starts_and_stops_and_keeps_what_was_committed(home: Path) -> None:
    server = EmbeddedPostgres(home)
    assert not server.running()
    assert server.start() == server.dsn
    assert server.running()
    assert ask(server.dsn, "SELECT current_user::text") == "docmill_service"
    ask(server.admin_dsn, "CREATE TABLE kept AS SELECT 1 AS x")
    server.stop()
    assert not server.running()
    server.stop()
    server.start()
    assert ask(server.admin_dsn, "SELECT x FROM kept") == 1
    assert ask(server.admin_dsn, "SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'") == 1


def test_what_was_acknowledged_is_on_the_disk_and_there_is_no_tcp(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    for name, value in (
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("listen_addresses", ""),
        ("jit", "off"),
        ("autovacuum", "on"),
    ):
        assert ask(server.dsn, f"SHOW {name}") == value
    assert (
        ask(server.dsn, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") is False
    )


def test_nobody_else_may_enter_the_folders_of_data_and_socket(home: Path) -> None:
    EmbeddedPostgres(home).start()
    for name in ("data", "run"):
        found = (home / "postgres" / name).stat()
        assert stat.S_IMODE(found.st_mode) == 0o700
        assert (found.st_uid != 0) or not IS_ROOT


def test_it_comes_back_after_a_sigkill_with_everything_committed(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    ask(server.admin_dsn, "CREATE TABLE kept AS SELECT 1 AS x")
    for _ in range(3):
        os.kill(pid_of(home), signal.SIGKILL)
        server.start()
        assert ask(server.admin_dsn, "SELECT x FROM kept") == 1


def test_a_pid_file_whose_pid_is_a_stranger_by_now_does_not_matter(home: Path) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    pid_file = home / "postgres/data/postmaster.pid"
    left_over = pid_file.read_text().splitlines()
    server.stop()
    pid_file.write_text("\n".join([str(os.getpid()), *left_over[1:]]) + "\n")
    shutil.chown(pid_file, (home / "postgres/data").stat().st_uid, (home / "postgres/data").stat().st_gid)
    assert not EmbeddedPostgres(home).running()
    EmbeddedPostgres(home).stop()  # and does not harm the stranger
    EmbeddedPostgres(home).start()
    assert pid_of(home) != os.getpid()


@pytest.mark.parametrize("call", ["stop", "start"])
def test_a_server_that_dies_just_after_it_was_seen_alive_is_no_error(
    home: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    server = EmbeddedPostgres(home)
    server.start()
    gone = pid_of(home)
    os.kill(gone, signal.SIGKILL)
    os.waitpid(gone, 0)
    truth = Postmaster.pid
    looks = iter((gone,) * 2)  # what was true when it was looked at
    monkeypatch.setattr(Postmaster, "pid", lambda postmaster: next(looks, None) or truth(postmaster))
    getattr(server, call)()
    assert server.running() == (call == "start")


def test_the_server_of_a_parent_that_died_is_taken_over(home: Path) -> None:
    parent = (
        "import os, pathlib, sys; from docmill.adapters.embedded_postgres import EmbeddedPostgres;"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1])).start(); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", parent, str(home)], check=False)
    left = pid_of(home)
    server = EmbeddedPostgres(home)
    assert server.running()
    server.start()
    assert pid_of(home) == left
    server.stop()
    assert not server.running()


def test_a_server_with_other_settings_is_replaced(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    EmbeddedPostgres(home).start()
    first = pid_of(home)
    monkeypatch.setitem(server_module._SETTINGS, "work_mem", "7MB")
    server = EmbeddedPostgres(home)
    server.start()
    assert pid_of(home) != first
    assert ask(server.dsn, "SHOW work_mem") == "7MB"


def test_a_server_that_cannot_start_says_why(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setitem(server_module._SETTINGS, "shared_buffers", "nonsense")
        with pytest.raises(DocmillError, match=r"unavailable: the database does not start.*shared_buffers"):
            EmbeddedPostgres(home).start()
    EmbeddedPostgres(home).start()


def test_two_starts_at_once_come_to_one_server(home: Path) -> None:
    start = (
        "import pathlib, sys; from docmill.adapters.embedded_postgres import EmbeddedPostgres;"
        "EmbeddedPostgres(pathlib.Path(sys.argv[1])).start()"
    )
    both = [subprocess.Popen([sys.executable, "-c", start, str(home)]) for _ in range(2)]
    assert [one.wait(60) for one in both] == [0, 0]
    assert EmbeddedPostgres(home).running()


def test_the_name_of_a_new_cluster_is_on_the_disk_before_the_database_starts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync = os.fsync

    def recorded(handle: int) -> None:
        place = Path(f"/proc/self/fd/{handle}").readlink()
        steps.append(f"synced {place.name}: {(place / 'data').is_dir() or (place / 'postgres').is_dir()}")
        sync(handle)

    monkeypatch.setattr(os, "fsync", recorded)
    monkeypatch.setattr(Postmaster, "start", lambda *_: steps.append("started"))
    monkeypatch.setattr(EmbeddedPostgres, "_provide", lambda _: None)
    EmbeddedPostgres(folder / "home").start()
    assert steps == ["synced postgres: True", "synced home: True", "started"]


def test_an_initialisation_that_was_cut_off_is_begun_anew(folder: Path) -> None:
    home = folder / "home"
    (home / "postgres" / "draft" / "base").mkdir(parents=True)
    for made in (home, home / "postgres"):
        made.chmod(0o711)
    server = EmbeddedPostgres(home)
    server.start()
    assert ask(server.dsn, "SELECT 1") == 1
    server.stop()


def test_a_long_home_has_its_socket_in_a_short_private_folder(template: Path, folder: Path) -> None:
    home = folder / ("x" * 120)
    subprocess.run(["cp", "-a", str(template), str(home)], check=True)
    server = EmbeddedPostgres(home)
    try:
        server.start()
        assert ask(server.dsn, "SELECT 1") == 1
        place = Path(server.dsn.split()[0].removeprefix("host="))
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert EmbeddedPostgres(home).dsn == server.dsn
    finally:
        server.stop()
    owner = (home / "postgres/data").stat()
    for uid, mode in ((1, 0o700), (owner.st_uid, 0o777)):  # somebody was faster; it is open to all
        place.chmod(mode)
        if IS_ROOT:
            os.chown(place, uid, owner.st_gid)
        elif uid != owner.st_uid:
            continue
        with pytest.raises(DocmillError, match=f"home_unreachable.*{place}"):
            server.start()
    shutil.rmtree(place)


def test_a_home_in_a_file_is_an_error_that_names_it(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(DocmillError, match=f"home_unreachable.*{folder}/file"):
        EmbeddedPostgres(folder / "file" / "home").start()


@as_root
def test_a_home_below_a_closed_folder_is_an_error_that_names_the_folder(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(DocmillError, match=f"home_unreachable.*{closed} "):
        EmbeddedPostgres(closed / "home").start()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_a_home_that_is_closed_itself_is_opened_for_the_database_alone(template: Path, folder: Path) -> None:
    home = folder / "home"
    subprocess.run(["cp", "-a", str(template), str(home)], check=True)
    os.chown(home, 0, 0)
    home.chmod(0o700)
    server = EmbeddedPostgres(home)
    server.start()
    server.stop()
    found = home.stat()
    assert stat.S_IMODE(found.st_mode) == 0o710
    assert found.st_gid == (home / "postgres/data").stat().st_gid


@as_root
@pytest.mark.parametrize(("mode", "owner"), [(0o700, 0), (0o700, 1), (0o711, 0)])
def test_a_first_start_works_in_a_home_that_is_there_already(folder: Path, mode: int, owner: int) -> None:
    home = folder / "home"
    home.mkdir(mode=mode)
    os.chown(home, owner, 0)
    server = EmbeddedPostgres(home)
    server.start()
    server.stop()
    assert stat.S_IMODE(home.stat().st_mode) & 0o007 == mode & 0o007


@as_root
def test_a_start_that_is_refused_changes_nothing(folder: Path) -> None:
    theirs = folder / "theirs"
    (theirs / "home").mkdir(parents=True, mode=0o700)
    theirs.chmod(0o700)
    os.chown(theirs, 1, 1)
    (theirs / "home").chmod(0o700)
    for home in (theirs / "home", theirs / "another"):
        with pytest.raises(DocmillError, match=f"home_unreachable.*{theirs} "):
            EmbeddedPostgres(home).start()
    assert [made.name for made in theirs.rglob("*")] == ["home"]
    assert stat.S_IMODE((theirs / "home").stat().st_mode) == 0o700


def test_a_program_that_may_not_run_is_an_error_that_names_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = folder / "programs"
    (programs / "bin").mkdir(parents=True)
    (programs / "bin" / "initdb").write_text("")
    monkeypatch.setattr(EmbeddedPostgres, "_programs", lambda *_: programs)
    with pytest.raises(DocmillError, match=f"home_unreachable.*{programs}/bin/initdb"):
        EmbeddedPostgres(folder / "home").start()


@as_root
def test_root_changes_nothing_outside_of_the_home_and_adds_no_user(folder: Path) -> None:
    def seen() -> list[tuple[str, int, int, int]]:
        steps = (*folder.parents, folder, Path(sys.prefix))
        found = [(step, step.stat()) for step in steps]
        return [(str(step), info.st_mode, info.st_uid, info.st_gid) for step, info in found]

    users, before = Path("/etc/passwd").read_text(), seen()
    server = EmbeddedPostgres(folder / "home")
    server.start()
    owner = Path(f"/proc/{pid_of(folder / 'home')}").stat().st_uid
    server.stop()
    assert owner not in (0, 65534)
    assert seen() == before
    assert Path("/etc/passwd").read_text() == users


def _python_for_all() -> str:
    """An interpreter of our version that an ordinary user may run: root's own may be below /root."""
    for candidate in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        place = Path(candidate).resolve()
        version = subprocess.run([candidate, "-V"], capture_output=True, text=True, check=False).stdout
        if f"3.{sys.version_info.minor}." in version and all(
            step.stat().st_mode & 0o001 for step in place.parents
        ):
            return candidate
    pytest.skip("no interpreter of this version that an ordinary user may run")


def _run_as(uid: int, script: str, home: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [_python_for_all(), "-B", "-c", script, str(home)],
        capture_output=True,
        text=True,
        check=False,
        user=uid,
        group=uid,
        extra_groups=[],
        cwd="/",
        env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


@as_root
def test_it_works_for_an_ordinary_user_too(folder: Path) -> None:
    theirs = folder / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 65534, 65534)
    script = (
        "import os, pathlib, signal, sys\n"
        "from docmill.adapters.embedded_postgres import EmbeddedPostgres\n"
        "import psycopg\n"
        "home = pathlib.Path(sys.argv[1])\n"
        "server = EmbeddedPostgres(home)\n"
        "server.start()\n"
        "pid = int((home / 'postgres/data/postmaster.pid').read_text().split()[0])\n"
        "os.kill(pid, signal.SIGKILL)\n"
        "server.start()\n"
        "print(psycopg.connect(server.dsn).execute('SELECT current_user').fetchone()[0])\n"
        "server.stop()\n"
        "print(server.running())\n"
    )
    done = _run_as(65534, script, theirs / "home")
    assert done.stdout.split() == ["docmill_service", "False"], done.stderr


@as_root
def test_a_user_without_a_name_is_told_so_before_anything_is_made(folder: Path) -> None:
    uid = next(number for number in range(12345, 20000) if not has_name(number))
    theirs = folder / "theirs"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, uid, uid)
    script = (
        "import pathlib, sys\n"
        "from docmill.adapters.embedded_postgres import EmbeddedPostgres\n"
        "from docmill.domain.errors import DocmillError\n"
        "server = EmbeddedPostgres(pathlib.Path(sys.argv[1]))\n"
        "for attempt in (server.examine, server.start):\n"
        "    try:\n"
        "        attempt()\n"
        "    except DocmillError as error:\n"
        "        print(error)\n"
    )
    done = _run_as(uid, script, theirs / "home")
    assert [f"part_missing: uid {uid} has no name" in line for line in done.stdout.splitlines()] == [
        True,
        True,
    ], done.stderr
    assert list(theirs.iterdir()) == []

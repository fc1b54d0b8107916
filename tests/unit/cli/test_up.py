"""`docmill up` that cannot start: one sentence, at once, and nothing left behind. And `docmill doctor`."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
import structlog
from tests.unit.cli.conftest import Run

from docmill.entrypoints import embedded
from docmill.entrypoints.cli import doctor
from docmill.settings import Settings


@pytest.fixture(autouse=True)
def _logging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "configure_logging", lambda *_, **__: structlog.reset_defaults())


@contextmanager
def listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def test_a_port_that_is_taken_is_named_with_the_way_out(run: Run, tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    with listening() as port:
        outcome = run("up", "--home", home, "--port", str(port))
    assert outcome.exit_code == 1
    assert f"127.0.0.1:{port} is taken. Choose another with --port or DOCMILL_PORT." in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["192.0.2.1", "nohost.invalid"])
def test_a_host_that_is_not_here_is_not_taken_for_the_port(run: Run, tmp_path: Path, host: str) -> None:
    outcome = run("up", "--home", tmp_path / "home", "--host", host)
    assert outcome.exit_code == 1
    assert f"DOCMILL_HOST: {host} is no address of this machine" in outcome.err
    assert "DOCMILL_PORT" not in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_is_a_file_is_told_as_such(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = run("up", "--home", tmp_path / "file")
    assert outcome.exit_code == 1
    assert f"{tmp_path / 'file'} is a file. Set DOCMILL_HOME, or --home," in outcome.err


def test_a_home_that_was_there_stays(run: Run, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    with listening() as port:
        assert run("up", "--home", tmp_path / "home", "--port", str(port)).exit_code == 1
    assert (tmp_path / "home").is_dir()


@pytest.mark.parametrize("command", [("up",), ("tenants", "list")])
def test_a_database_that_does_not_answer_is_told_at_once(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    with listening() as port:
        pass  # nobody listens there any more
    monkeypatch.setenv("DOCMILL_DATABASE_URL", f"postgresql://docmill:secret@127.0.0.1:{port}/docmill")
    outcome = run(*command, "--home", tmp_path / "home")
    assert outcome.exit_code == 1
    assert f"the database at 127.0.0.1:{port} does not answer: Connection refused." in outcome.err
    assert len(outcome.err.splitlines()) == 1
    assert "secret" not in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_a_database_url_that_is_none_is_not_repeated(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCMILL_DATABASE_URL", "postgresql://docmill:secret@[::1/docmill")
    outcome = run("up")
    assert "DOCMILL_DATABASE_URL" in outcome.err
    assert "secret" not in outcome.err


class _Health(BaseHTTPRequestHandler):
    body = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None: ...


@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        (b'{"status":"alive","version":"7.7"}', doctor.OK, "docmill 7.7 answers"),
        (b"<html>", doctor.WARNING, "is taken"),
        (b"[]", doctor.WARNING, "is taken"),
    ],
)
def test_the_doctor_knows_its_own_platform_from_others(
    monkeypatch: pytest.MonkeyPatch, body: bytes, state: str, words: str
) -> None:
    monkeypatch.setattr(_Health, "body", body)
    with HTTPServer(("127.0.0.1", 0), _Health) as server:
        thread = Thread(target=server.handle_request)
        thread.start()
        (finding,) = doctor._port(Settings(port=server.server_address[1]))
        thread.join()
    assert finding.state == state
    assert words in finding.detail


def test_the_doctor_finds_a_port_free() -> None:
    with listening() as port:
        pass
    (finding,) = doctor._port(Settings(port=port))
    assert (finding.state, finding.detail) == (doctor.OK, f"127.0.0.1:{port} is free")

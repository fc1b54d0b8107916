"""Who is asked, for what, and the asking of them all in turn."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers.asking import Answers, Failed, ask
from bench.peers.environments import NotInstalled


@dataclass(frozen=True)
class Row:
    """``boxes`` says what the peer's boxes are around; ``sampled``: it has processes besides its own."""

    title: str
    peer: str
    task: str
    boxes: str = ""
    sampled: bool = False


@dataclass
class Asked:
    """One Answers for each round, or why there are none. Of the rounds the one counts that was disturbed least."""

    row: Row
    rounds: list[Answers] = field(default_factory=list)
    failure: str = ""

    @property
    def first(self) -> Answers:
        return self.rounds[0]

    @property
    def cpu_s(self) -> float:
        return min(answers.cpu_s for answers in self.rounds)

    @property
    def errors(self) -> list[str]:
        return [answer.error for one in self.rounds[:1] for answer in one.files if answer.error]

    @property
    def pages(self) -> int:
        return sum(len(answer.found) for answer in self.first.files)

    @property
    def peak_bytes(self) -> int:
        of_tree = self.row.sampled
        return max(answers.sampled_bytes if of_tree else answers.peak_bytes for answers in self.rounds)


def ask_all(rows: Sequence[Row], paths: Sequence[Path], *, rounds: int) -> list[Asked]:
    """Round after round, so that a busy minute of the machine hits everybody."""
    asked = [Asked(row) for row in rows]
    for number in range(rounds):
        for one in asked:
            if not one.failure:
                _ask(one, paths, number)
    return asked


def _ask(one: Asked, paths: Sequence[Path], number: int) -> None:
    start = time.monotonic()
    try:
        answers = ask(one.row.peer, one.row.task, paths, sampled=one.row.sampled)
    except (NotInstalled, Failed) as problem:
        one.failure = str(problem)
    else:
        if number:  # the same as in the first round, and there are many
            for answer in answers.files:
                answer.found.clear()
        one.rounds.append(answers)
    told = one.failure or f"{time.monotonic() - start:.0f} s"
    print(f"{one.row.title}, round {number + 1}: {told}", file=sys.stderr, flush=True)

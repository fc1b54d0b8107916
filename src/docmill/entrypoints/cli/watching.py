"""Following a batch to its end, with a bar per stage on stderr."""

import asyncio
from types import TracebackType
from typing import TYPE_CHECKING, Self

from docmill.domain.errors import DocmillError
from docmill.domain.limits.client import WATCH_PAUSE_S
from docmill.domain.results import Status
from docmill.domain.states import ENDS, RunState
from docmill.entrypoints.cli.client import Api, Json

if TYPE_CHECKING:
    from rich.progress import TaskID

STAGES = ("read", "analyze", "validate", "archive")
_STAGES_BEHIND = {
    RunState.UPLOADED: 0,
    RunState.READ: 1,
    RunState.ANALYZED: 2,
    RunState.IN_REVIEW: len(STAGES),  # the machine's part is done
    RunState.VALIDATED: 3,
} | dict.fromkeys(ENDS, len(STAGES))


class Bars:
    """One bar per stage; on anything but a terminal it stays silent."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

        self._progress: Progress = Progress(
            TextColumn("{task.description:>9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            disable=not Console(stderr=True).is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, name: str, total: int) -> None:
        self._tasks[name] = self._progress.add_task(name, total=total)

    def advance(self, name: str) -> None:
        self._progress.advance(self._tasks[name])

    def at(self, name: str, done: int, total: int) -> None:
        if name not in self._tasks:
            self.begin(name, total)
        self._progress.update(self._tasks[name], completed=done, total=total)


def passed(states: dict[str, int]) -> dict[str, int]:
    """How many documents each stage has behind it."""
    return {
        stage: sum(count for state, count in states.items() if _STAGES_BEHIND[RunState(state)] > at)
        for at, stage in enumerate(STAGES)
    }


async def watch(api: Api, batch: str, rows: list[Json], bars: Bars) -> None:
    """Wait until the batch, and every duplicate of an earlier upload, has ended; put the ends into the rows.

    Members of archives belong to the batch too, and get rows of their own, below those of the files.
    """
    if any(row["status"] == "accepted" for row in rows):
        while True:
            counted = await api.get(f"/v1/batches/{batch}")
            for stage, done in passed(counted["states"]).items():
                bars.at(stage, done, sum(counted["states"].values()))
            if counted["ended"]:
                break
            await asyncio.sleep(WATCH_PAUSE_S)
    found = {document["id"]: document async for document in api.every("/v1/documents", batch=batch)}
    for row in rows:
        if row["status"] == "refused":
            continue
        document = found.pop(row["document_id"], None) or await _elsewhere(api, row["document_id"])
        row.update(await _end(api, document))
    for document, file in _members(found, {row["document_id"]: row["file"] for row in rows}):
        rows.append({"file": file, "document_id": document["id"], "batch": batch} | await _end(api, document))


def _members(found: dict[str, Json], names: dict[str, str]) -> list[tuple[Json, str]]:
    """What was found inside the documents of these names, and inside that; with names as of paths.

    Other documents of the batch are of an earlier run, and none of this one's business.
    """
    members: list[tuple[Json, str]] = []
    while inside := [one for one in found.values() if one["parent"] in names]:
        for document in sorted(inside, key=lambda one: one["ordinal"] or 0):
            del found[document["id"]]
            names[document["id"]] = f"{names[document['parent']]}/{document['name']}"
            members.append((document, names[document["id"]]))
    return members


async def _elsewhere(api: Api, document: str) -> Json:
    """A document of another batch that has the same bytes: wait for it alone."""
    while True:
        operation = await api.get(f"/v1/operations/{document}")
        if operation["status"] != "running":
            try:
                return await api.get(f"/v1/documents/{document}")
            except DocmillError:
                return operation  # deleted meanwhile
        await asyncio.sleep(WATCH_PAUSE_S)


async def _end(api: Api, document: Json) -> Json:
    """What became of it; lists do not say what blocks a document, so that is asked for."""
    blockers: list[str] = []
    if document["status"] == Status.NEEDS_REVIEW:
        found = (await api.get(f"/v1/documents/{document['id']}"))["blockers"]
        blockers = [f"{blocker['path']}: {blocker['message']}" for blocker in found]
    return {
        "status": document["status"],
        "code": document["code"],
        "type": document.get("type"),
        "pages": document.get("pages"),
        "blockers": blockers,
    }

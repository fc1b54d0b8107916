"""Uploading for several tenants at once, and watching until every document has come to an end."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from .client import Json, Tenant
from .files import PileFile
from .platform import DemoFailed

POLL_S = 0.5

SAY_S = 5.0
"""Between two lines about one tenant where no bars can be drawn."""

STEPS = ("uploaded", "read", "analyzed", "ended")
ENDED = STEPS.index("ended")
_RANKS = {"uploaded": 0, "read": 1, "analyzed": 2, "validated": 2}
"""The last step that a document in a state has taken; every other state is an end."""

_MAILS = ("message/rfc822", "application/vnd.ms-outlook")

Hands = Mapping[Tenant, Sequence[PileFile]]
Items = dict[Tenant, list[tuple[PileFile, Json]]]


def deliver(
    hands: Hands, *, batch: str, timeout_s: float, console: Console, alive: Callable[[], bool]
) -> Items:
    """Upload every tenant's files, one after the other, tenants side by side; return once all have ended.

    Raises DemoFailed when that takes longer than ``timeout_s`` or the platform has gone.
    """
    until = time.monotonic() + timeout_s
    items: Items = {tenant: [] for tenant in hands}
    with Bars(hands, console) as bars, ThreadPoolExecutor(len(hands)) as pool:
        uploads = [
            pool.submit(_upload, tenant, files, batch, items[tenant]) for tenant, files in hands.items()
        ]
        while True:
            uploaded = _finished(uploads)
            left = sum(bars.show(tenant, items[tenant], len(files), batch) for tenant, files in hands.items())
            if uploaded and not left:
                return items
            if not alive():
                raise DemoFailed("The platform has stopped.")
            if time.monotonic() > until:
                raise DemoFailed(f"{left} documents had not ended after {timeout_s:.0f} s.")
            time.sleep(POLL_S)


def _upload(
    tenant: Tenant, files: Sequence[PileFile], batch: str, items: list[tuple[PileFile, Json]]
) -> None:
    # One by one, since `deliver` looks at the list while it grows.
    items.extend((file, tenant.upload(file, batch=batch)) for file in files)


def _finished(uploads: Sequence["Future[None]"]) -> bool:
    done = [upload for upload in uploads if upload.done()]
    for upload in done:
        upload.result()  # an upload that failed ends the demo here
    return len(done) == len(uploads)


class Bars:
    """Live progress: a bar per tenant and step; on a dumb terminal a line now and then."""

    def __init__(self, hands: Hands, console: Console) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<22}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._console = console
        self._said: dict[Tenant, tuple[str, float]] = {}
        self._tasks: dict[tuple[Tenant, str], TaskID] = {
            (tenant, step): self._progress.add_task(f"{tenant.name} {step}", total=len(files))
            for tenant, files in hands.items()
            for step in STEPS
        }

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def show(self, tenant: Tenant, items: Sequence[tuple[PileFile, Json]], files: int, batch: str) -> int:
        """Move the tenant's bars; return how many of its documents have not ended."""
        taken = list(items)
        here = [item.get("duplicate_of") or item.get("document_id") for _, item in taken]
        refused = sum(document is None for document in here)
        ranks = self._ranks(tenant, batch)
        total = max(files, len(ranks) + refused)
        for step, name in enumerate(STEPS):
            done = refused + sum(rank >= step for rank in ranks)
            self._progress.update(self._tasks[tenant, name], completed=done, total=total)
        left = sum(rank < ENDED for rank in ranks)
        self._say(tenant, ranks, refused)
        return left

    def _ranks(self, tenant: Tenant, batch: str) -> list[int]:
        """The step that every document has reached; members of an archive or mail name no batch and are asked for
        beside.
        """
        documents = list(tenant.documents(batch=batch))
        parents = [document["id"] for document in documents if _may_have_members(document)]
        members = [member for parent in parents for member in tenant.documents(parent=parent)]
        documents += [member for member in members if member["batch"] != batch]
        return [_RANKS.get(document["state"], ENDED) for document in documents]

    def _say(self, tenant: Tenant, ranks: Sequence[int], refused: int) -> None:
        last, at = self._said.get(tenant, ("", 0.0))
        if self._console.is_terminal or time.monotonic() - at < SAY_S:
            return
        counts = Counter(STEPS[rank] for rank in ranks)
        text = f"{tenant.name}: " + ", ".join(f"{counts[step]} {step}" for step in STEPS)
        text += f", {refused} refused" if refused else ""
        if text != last:
            self._console.print(text)
            self._said[tenant] = text, time.monotonic()


def _may_have_members(document: Json) -> bool:
    """An archive is unpacked and nothing else; a mail comes to an end of its own beside its attachments."""
    return document["state"] == "unpacked" or document["media_type"] in _MAILS

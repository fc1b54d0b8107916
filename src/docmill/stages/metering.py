"""CPU seconds of one message, although one thread works on several at a time."""

import asyncio
import types
from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar
from time import thread_time
from typing import Any, ParamSpec, TypeVar

from docmill.domain.documents import Answer
from docmill.domain.limits.processes import INLINE_READING_BYTES_MAX
from docmill.domain.tenants import TenantId
from docmill.domain.usage import Cost

Spend = Callable[[TenantId, str, Cost], None]
"""Takes note of what a stage, or the API, has spent on a tenant's behalf."""

P = ParamSpec("P")
T = TypeVar("T")


class CpuMeter:
    """Adds up what one message costs: the event loop's steps, threads, and children that report their own."""

    def __init__(self) -> None:
        self.cpu_seconds = 0.0


def unspent(_tenant: TenantId, _stage: str, _cost: Cost) -> None:
    """Nobody keeps the books."""


def cost_of(answer: Answer) -> Cost:
    """What an answer says of its cost, without the CPU time: that is measured."""
    stored = sum(child.blob.size_bytes for child in answer.children)
    return Cost(
        pages=answer.usage.pages,
        stored_bytes=stored + (answer.reading.size_bytes if answer.reading else 0),
        llm_tokens=answer.usage.llm_tokens,
    )


_current: ContextVar[CpuMeter | None] = ContextVar("cpu_meter", default=None)


def charge(cpu_seconds: float) -> None:
    """Add what another process says that it spent on the message in hand."""
    meter = _current.get()
    if meter is not None:
        meter.cpu_seconds += cpu_seconds


def so_far() -> float:
    """CPU seconds of the work in hand, up to its last step."""
    meter = _current.get()
    return 0.0 if meter is None else meter.cpu_seconds


async def in_thread(function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run blocking engine work beside the event loop, so that heartbeats go on; its CPU time is charged."""

    def timed() -> T:
        start = thread_time()
        try:
            return function(*args, **kwargs)
        finally:
            charge(thread_time() - start)

    return await asyncio.to_thread(timed)


async def computed(size_bytes: int, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Run engine work on a reading of this size: beside the event loop, unless it is over before that pays.

    A thread costs more than its start: it and the event loop take the interpreter from each other, and
    all that the loop does meanwhile becomes dearer.
    """
    if size_bytes <= INLINE_READING_BYTES_MAX:
        return function(*args, **kwargs)
    return await in_thread(function, *args, **kwargs)


async def metered(work: Coroutine[Any, Any, T], meter: CpuMeter) -> T:
    """Await ``work`` and charge ``meter`` with every step that it takes on this thread."""
    token = _current.set(meter)
    try:
        return await _stepwise(work, meter)
    finally:
        _current.reset(token)


@types.coroutine
def _stepwise(work: Coroutine[Any, Any, T], meter: CpuMeter) -> Generator[Any, Any, T]:
    # The event loop drives a coroutine by send() and throw(); between two of them it works for others.
    error: BaseException | None = None
    while True:
        start = thread_time()
        try:
            awaited = work.send(None) if error is None else work.throw(error)
        except StopIteration as end:
            result: T = end.value
            return result
        finally:
            meter.cpu_seconds += thread_time() - start
        error = None
        try:
            yield awaited
        except BaseException as thrown:  # handed on to the coroutine above, cancellation included
            error = thrown

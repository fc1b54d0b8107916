"""An event loop without a clock: time jumps to the next timer, and chance says whose turn it is.

Every task belongs to the simulated process in whose context it was made. Within a process callbacks run
in asyncio's order; between processes the order is the seed's. A process that is killed never runs
again, not even its ``finally``; one that is stopped goes on later, as after SIGSTOP.
"""

import asyncio
import contextlib
import heapq
import random
from collections import deque
from collections.abc import Callable, Coroutine
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Any

_current: ContextVar["Process | None"] = ContextVar("process", default=None)


@dataclass(eq=False)
class Process:
    name: str
    alive: bool = True
    stopped_until: float = 0.0
    queue: deque[asyncio.Handle] = field(default_factory=deque)
    tasks: list[asyncio.Task[Any]] = field(default_factory=list)


class NothingLeft(Exception):
    """No process has anything to do, and no timer is set."""


class VirtualLoop(asyncio.BaseEventLoop):
    """``on_step`` is called before every callback: the place for faults."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self._chance = chance
        self._now = 0.0
        self.steps = 0
        self.on_step: Callable[[], None] = lambda: None
        self.processes: list[Process] = [Process("world")]
        self._buried: list[asyncio.Task[Any]] = []
        self.set_task_factory(self._make_task)

    def time(self) -> float:
        return self._now

    @property
    def running(self) -> Process:
        """The process whose turn it is."""
        return self._owner(None)

    def process(self, name: str) -> Process:
        made = Process(name)
        self.processes.append(made)
        return made

    def spawn(self, process: Process, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Start ``work`` in the process; of a dead one it never runs."""
        context = copy_context()
        context.run(_current.set, process)
        return self.create_task(work, context=context)

    def kill(self, process: Process) -> None:
        if not process.alive:
            return
        process.alive = False
        process.queue.clear()
        self.processes.remove(process)
        self._buried.extend(process.tasks)

    def bury(self) -> None:
        """Close what the dead have left behind, after the loop has ended: nobody is to see it run.

        What they begin while they are closed, in a `finally`, is buried with them.
        """
        while left := self._unburied():
            for task in left:
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                with contextlib.suppress(BaseException):
                    task.get_coro().close()  # type: ignore[union-attr]

    def _unburied(self) -> list[asyncio.Task[Any]]:
        left, self._buried = self._buried, []
        for process in self.processes:
            left += process.tasks
            process.tasks = []
        return left

    def _make_task(self, _loop: Any, work: Any, **options: Any) -> asyncio.Task[Any]:
        context = options.get("context")
        task: asyncio.Task[Any] = asyncio.Task(work, loop=self, **options)
        owner = self._owner(context)
        if not owner.alive:
            self._buried.append(task)
        owner.tasks.append(task)
        if len(owner.tasks) > 200:
            owner.tasks = [kept for kept in owner.tasks if not kept.done()]
        return task

    def _owner(self, context: Any) -> Process:
        found: Process | None = context.get(_current) if context is not None else _current.get()
        return found or self.processes[0]

    def _call_soon(self, callback: Any, args: Any, context: Any) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._enqueue(handle)
        return handle

    def _enqueue(self, handle: asyncio.Handle) -> None:
        owner = self._owner(handle._context)  # type: ignore[attr-defined]
        if owner.alive:
            owner.queue.append(handle)

    def _run_once(self) -> None:
        self.steps += 1
        self.on_step()
        runnable = self._runnable()
        while not runnable:
            self._jump()
            runnable = self._runnable()
        turn = runnable[0] if len(runnable) == 1 else self._chance.choice(runnable)
        handle = turn.queue.popleft()
        if not handle.cancelled():
            handle._run()

    def _runnable(self) -> list[Process]:
        while self._scheduled and self._scheduled[0].when() <= self._now:
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False
            if not timer.cancelled():
                self._enqueue(timer)
        return [one for one in self.processes if one.queue and one.stopped_until <= self._now]

    def _jump(self) -> None:
        times = [self._scheduled[0].when()] if self._scheduled else []
        times += [one.stopped_until for one in self.processes if one.queue and one.stopped_until > self._now]
        if not times:
            raise NothingLeft
        self._now = max(self._now, min(times))

    def _timer_handle_cancelled(self, handle: Any) -> None:
        """Cancelled timers are left where they are until their time comes."""

    def _process_events(self, event_list: Any) -> None:
        """There is no input."""

    def _write_to_self(self) -> None:
        """There are no other threads."""

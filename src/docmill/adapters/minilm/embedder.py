"""The caller's side: starts the engine when there is work, and again when it has died."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from docmill.adapters.minilm.wire import LENGTH, request, vectors_of
from docmill.domain.errors import Unavailable
from docmill.domain.limits.child import ENGINE_IDLE_S
from docmill.domain.limits.search import EMBED_CALL_WALL_S_MAX, EMBED_TEXTS_PER_CALL
from docmill.engines.search.minilm import DIMENSIONS, model_name

_TRIES = 2  # an engine that leaves for lack of work may do so while it is asked


def _free(_cpu_seconds: float) -> None:
    """Nobody counts."""


class MiniLmEmbedder:
    """ports/embedder.Embedder. One engine process for each embedder, one call at a time.

    ``charge`` is told the engine's CPU seconds, in the context of whoever asked. ``niceness`` is the
    engine's, 0 to 19: people wait for a query, nobody for an index.
    """

    dimensions = DIMENSIONS

    def __init__(
        self, *, niceness: int = 10, idle_s: float = ENGINE_IDLE_S, charge: Callable[[float], None] = _free
    ) -> None:
        self.model = model_name()
        self._arguments = (str(niceness), str(idle_s))
        self._charge = charge
        self._turn = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        vectors: list[Sequence[float]] = []
        for start in range(0, len(texts), EMBED_TEXTS_PER_CALL):
            async with self._turn:
                found, cpu_seconds = await self._ask(texts[start : start + EMBED_TEXTS_PER_CALL])
            self._charge(cpu_seconds)
            vectors += found
        return vectors

    async def close(self) -> None:
        async with self._turn:
            await self._stop()

    async def _ask(self, texts: Sequence[str]) -> tuple[list[Sequence[float]], float]:
        for left in reversed(range(_TRIES)):
            try:
                async with asyncio.timeout(EMBED_CALL_WALL_S_MAX):
                    body = await self._exchange(request(texts))
                    return vectors_of(body, DIMENSIONS)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                await self._stop()
                if not left:
                    raise Unavailable("the embedding process does not answer") from error
            except BaseException:
                # Cancelled half-way: the rest of the answer must not be taken for the next one's.
                await self._stop()
                raise
        raise AssertionError("unreachable")  # pragma: no cover

    async def _exchange(self, message: bytes) -> bytes:
        process = await self._started()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(message)
        await process.stdin.drain()
        (size,) = LENGTH.unpack(await process.stdout.readexactly(LENGTH.size))
        return await process.stdout.readexactly(size)

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "docmill.adapters.minilm.server", *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={"PYTHONPATH": ":".join(path for path in sys.path if path)},  # and none of our secrets
        )
        return self._process

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()

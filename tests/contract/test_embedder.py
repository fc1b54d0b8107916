"""What every embedder guarantees (ports/embedder.py); today there is one, MiniLM in its own process."""

import asyncio
import math
import os
import signal
from collections.abc import AsyncIterator

import pytest

from docmill.adapters.minilm import MiniLmEmbedder
from docmill.domain.limits.search import EMBED_TEXTS_PER_CALL


@pytest.fixture
async def charged() -> list[float]:
    return []


@pytest.fixture
async def embedder(charged: list[float]) -> AsyncIterator[MiniLmEmbedder]:
    made = MiniLmEmbedder(niceness=0, charge=charged.append)
    yield made
    await made.close()


def cosine(one, other) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


async def test_vectors_have_length_one_and_near_meanings_are_near(embedder, charged) -> None:
    due, paid, mice = await embedder.embed(
        ["the invoice is due at the end of the month", "payment by the month's end", "cats chase mice"]
    )
    assert len(due) == embedder.dimensions
    assert math.isclose(cosine(due, due), 1, abs_tol=1e-4)
    assert cosine(due, paid) > cosine(due, mice) + 0.3
    assert charged
    assert charged[0] > 0


async def test_a_text_has_the_same_vector_alone_and_among_others(embedder) -> None:
    among = await embedder.embed(["short", "toner for the printer " * 30, "", "\ud800 half a pair"])
    (alone,) = await embedder.embed(["short"])
    assert list(alone) == list(among[0])


async def test_more_texts_than_one_call_takes_come_back_in_order(embedder) -> None:
    texts = [f"number {n}" for n in range(EMBED_TEXTS_PER_CALL + 3)]
    vectors = await embedder.embed(texts)
    (last,) = await embedder.embed(texts[-1:])
    assert len(vectors) == len(texts)
    assert list(vectors[-1]) == list(last)


async def test_nothing_to_embed_starts_no_process(embedder) -> None:
    assert list(await embedder.embed([])) == []
    assert embedder._process is None


async def test_an_engine_that_was_killed_is_replaced(embedder) -> None:
    (before,) = await embedder.embed(["toner"])
    os.kill(embedder._process.pid, signal.SIGKILL)
    (after,) = await embedder.embed(["toner"])
    assert list(after) == list(before)


async def test_an_engine_that_left_for_lack_of_work_comes_back() -> None:
    embedder = MiniLmEmbedder(niceness=0, idle_s=0.05)
    try:
        await embedder.embed(["toner"])
        engine = embedder._process
        assert await asyncio.wait_for(engine.wait(), timeout=20) == 0
        assert len(await embedder.embed(["toner"])) == 1
        assert embedder._process is not engine
    finally:
        await embedder.close()


async def test_a_call_that_is_cancelled_does_not_answer_the_next_one(embedder) -> None:
    (want,) = await embedder.embed(["toner"])
    call = asyncio.create_task(embedder.embed(["a long text about something else " * 40] * 20))
    await asyncio.sleep(0.1)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert [list(vector) for vector in await embedder.embed(["toner"])] == [list(want)]


async def test_calls_side_by_side_get_their_own_answers(embedder) -> None:
    texts = [f"text {n}" for n in range(8)]
    alone = [list((await embedder.embed([text]))[0]) for text in texts]
    together = await asyncio.gather(*(embedder.embed([text]) for text in texts))
    assert [list(vectors[0]) for vectors in together] == alone

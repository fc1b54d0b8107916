"""Documents that fail, and documents that every worker dies of, among many that do neither."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from uuid import uuid5

import pytest
from tests.flow.poisoned_worker import BAD, DEADLY
from tests.flow.running import ENDS, Running, invoice_xml
from tests.homes import home_folder

from docmill import wiring
from docmill.adapters.postgres.state_hash import state_hash
from docmill.domain.documents import Upload
from docmill.domain.events import NAMESPACE, DocumentId
from docmill.domain.limits.flow import ATTEMPTS_MAX
from docmill.domain.tenants import TenantId, Tier
from docmill.ports.document_store import DocumentFilter
from docmill.ports.letters import LetterFilter

ACME = TenantId("acme")
KILLERS = 3


def names(count: int, *, poison: bool) -> list[str]:
    """One in a hundred is bad, three are deadly, and they come among the others."""
    made = [f"{number}.xml" for number in range(count)]
    if poison:
        for number in range(0, count, 100):
            made.insert(number + 50, f"{BAD}-{number}.xml")
        for number in range(KILLERS):
            made.insert((number + 1) * len(made) // 4, f"{DEADLY}-{number}.xml")
    return made


async def fill(platform: wiring.Platform, wanted: list[str]) -> None:
    await platform.tenancy.create(ACME, tier=Tier.POOL)
    for name in wanted:
        blob = await platform.blobs.put(ACME, invoice_xml(name))
        await platform.store.accept(
            Upload(ACME, DocumentId(uuid5(NAMESPACE, name)), name, blob, wiring.now())
        )


async def prepared(home: Path, wanted: list[str]) -> Running:
    """A platform that is down, with everything waiting for it."""
    running = Running(home, module="tests.flow.poisoned_up")
    database = wiring.embedded_database(running.settings)
    assert database is not None
    await asyncio.to_thread(database.start)
    try:
        await asyncio.to_thread(wiring.migrate, running.settings)
        async with wiring.platform(running.settings) as platform:
            await fill(platform, wanted)
    finally:
        await asyncio.to_thread(database.stop)
    return running


async def work(running: Running, innocent: int) -> float:
    """Start it; return the seconds in which all that are well have come to their end."""
    await asyncio.to_thread(running.start)
    start = time.monotonic()
    async with wiring.platform(running.settings) as platform, asyncio.timeout(600):
        while True:
            counts = await platform.store.counts(ACME)
            ended = sum(count for state, count in counts.items() if state in ENDS and state != "failed")
            if ended >= innocent:
                return time.monotonic() - start
            await asyncio.sleep(0.1)


async def letters_when(platform: wiring.Platform, count: int) -> list[str]:
    async with asyncio.timeout(240):
        while True:
            page = await platform.letters.find(ACME, LetterFilter(), limit=200)
            if len(page.letters) >= count and not await waiting(platform):
                return [str(letter.id) for letter in page.letters]
            await asyncio.sleep(0.3)


async def replayed(platform: wiring.Platform, *, expected: int) -> str:
    """Send all letters back, wait until everything is archived, and return the hash over what it came to."""
    letters = await platform.letters.matching(ACME, LetterFilter())
    assert sum([await platform.letters.replay(ACME, letter) for letter in letters]) == expected
    async with asyncio.timeout(120):
        while not await all_archived(platform):  # noqa: ASYNC110 - other processes do it
            await asyncio.sleep(0.2)
    return await state_hash(platform.database, ACME)


async def all_archived(platform: wiring.Platform) -> bool:
    return set(await platform.store.counts(ACME)) == {"archived"} and not await waiting(platform)


async def waiting(platform: wiring.Platform) -> int:
    return sum(messages for messages, _ in (await platform.claims.backlog()).values())


async def states(platform: wiring.Platform) -> dict[str, str]:
    return {d.name: d.run.state.value async for d in platform.store.export(ACME, DocumentFilter())}


async def test_poison_ends_as_dead_letters_and_the_others_do_not_pay_for_it() -> None:
    wanted = names(100, poison=True)
    poison = {name for name in wanted if name.startswith((BAD, DEADLY))}
    with home_folder() as home:
        running = await prepared(home, wanted)
        try:
            await work(running, len(wanted) - len(poison))
            async with wiring.platform(running.settings) as platform:
                await letters_when(platform, len(poison))
                ended = await states(platform)
                assert {name for name, state in ended.items() if state == "failed"} == poison
                letters = [
                    await platform.letters.load(ACME, letter)
                    for letter in await platform.letters.matching(ACME, LetterFilter())
                ]
                assert Counter(len(letter.tries) for letter in letters) == {
                    ATTEMPTS_MAX: len(poison) - KILLERS,
                    ATTEMPTS_MAX + 1: KILLERS,  # and once more, to be given up on
                }
                assert running.said().count("process_died") <= KILLERS * ATTEMPTS_MAX
            await asyncio.to_thread(running.stop)
            running.module = "docmill.entrypoints.cli"
            await asyncio.to_thread(running.start)
            async with wiring.platform(running.settings) as platform:
                first = await replayed(platform, expected=len(poison))
                assert await replayed(platform, expected=0) == first
        finally:
            print(running.said()[-3000:])
            running.end()


@pytest.mark.long
async def test_the_others_keep_their_throughput() -> None:
    count, took = 2_000, {}
    for poison in (False, True):
        with home_folder() as home:
            running = await prepared(home, names(count, poison=poison))
            try:
                took[poison] = await work(running, count)
            finally:
                running.end()
    print(f"{count} documents: {took[False]:.1f} s without poison, {took[True]:.1f} s with it")
    assert took[False] / took[True] >= 0.95

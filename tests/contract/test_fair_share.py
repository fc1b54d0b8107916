"""Whose turn it is: CPU seconds over all stages, by weight, whatever the tenants' documents are like."""

from collections import Counter

import pytest
from tests.contract.documents import answer, blob, upload

from docmill.adapters.postgres.quotas import PostgresQuotas
from docmill.domain.documents import Blob
from docmill.domain.fairness import Priority, Share

STAGES = ["archive", "validate", "analyze", "read"]


@pytest.fixture
def quotas(database) -> PostgresQuotas:
    return PostgresQuotas(database)


async def work(store, claims, costs, *, turns: int, at_once: int = 1) -> Counter[str]:
    """Answer so many messages; return the CPU seconds that each tenant got. ``costs``: by tenant and stage."""
    spent: Counter[str] = Counter()
    done = 0
    held = []
    while done < turns:
        held += await claims.take(STAGES, worker="w", most=at_once - len(held))
        if not held:
            break
        claim = held.pop(0)
        cost = costs[claim.event.tenant][claim.stage]
        spent[claim.event.tenant] += cost
        await store.append(answer(claim, claim.held), claim=claim)
        await claims.charge(claim, cpu_seconds=cost)
        done += 1
    return spent


CHEAP_TO_READ = {"read": 0.01, "analyze": 0.2, "validate": 0.01, "archive": 0.01}
DEAR_TO_READ = {"read": 0.2, "analyze": 0.01, "validate": 0.01, "archive": 0.01}


@pytest.mark.parametrize("at_once", [1, 4])
async def test_cpu_is_shared_over_all_stages_and_not_in_each_of_them(
    store, claims, tenant, neighbour, at_once
) -> None:
    """A share in reading alone would give who is cheap to read twenty times as much in all."""
    for _ in range(60):
        await store.accept(upload(tenant))
        await store.accept(upload(neighbour))
    spent = await work(
        store, claims, {tenant: CHEAP_TO_READ, neighbour: DEAR_TO_READ}, turns=150, at_once=at_once
    )
    assert spent[tenant] / spent[neighbour] == pytest.approx(1, abs=0.15)


async def test_a_weight_of_three_gets_three_times_the_cpu(store, claims, quotas, tenant, neighbour) -> None:
    await quotas.change(neighbour, share=Share(3.0))
    for _ in range(80):
        await store.accept(upload(tenant))
        await store.accept(upload(neighbour))
    costs = dict.fromkeys(STAGES, 0.05)
    spent = await work(store, claims, {tenant: costs, neighbour: costs}, turns=200)
    assert spent[neighbour] / spent[tenant] == pytest.approx(3, rel=0.1)


async def test_a_weight_of_a_stage_stands_in_the_place_of_the_tenants(
    store, claims, quotas, tenant, neighbour
) -> None:
    await quotas.change(neighbour, share=Share(1.0, {"read": 4.0}))
    for _ in range(60):
        await store.accept(upload(tenant))
        await store.accept(upload(neighbour))
    turns: Counter[str] = Counter()
    for _ in range(60):
        (claim,) = await claims.take(["read"], worker="w", most=1)
        turns[claim.event.tenant] += 1
        await claims.charge(claim, cpu_seconds=0.05)
    assert turns[neighbour] / turns[tenant] == pytest.approx(4, rel=0.1)
    assert await quotas.share(neighbour) == Share(1.0, {"read": 4.0})


async def test_what_was_used_while_nobody_else_asked_is_nobodys_debt(
    store, claims, tenant, neighbour
) -> None:
    for _ in range(8):
        await store.accept(upload(tenant))
    while taken := await claims.take(["read"], worker="w", most=1):
        await claims.charge(taken[0], cpu_seconds=50.0)
        await store.append(answer(taken[0], taken[0].held), claim=taken[0])
    assert not await claims.take(["archive"], worker="w", most=1)  # another lane, nothing to do with it
    while taken := await claims.take(STAGES, worker="w", most=1):
        await claims.charge(taken[0], cpu_seconds=50.0)
        await store.append(answer(taken[0], taken[0].held), claim=taken[0])
    await claims.take(STAGES, worker="w", most=1)  # all is done
    for _ in range(10):
        await store.accept(upload(tenant))
        await store.accept(upload(neighbour))
    spent = await work(
        store,
        claims,
        {tenant: dict.fromkeys(STAGES, 1.0), neighbour: dict.fromkeys(STAGES, 1.0)},
        turns=20,
    )
    assert 7 <= spent[tenant] <= 13


async def test_what_a_message_will_cost_is_expected_by_what_it_is(store, claims, tenant, neighbour) -> None:
    """A scan costs fifty times as much as an e-invoice, and neither is charged with the mean of both."""
    kinds = {"a.xml": (8_000, 0.02), "b.pdf": (700_000, 1.0)}
    for _ in range(12):
        for name, (size_bytes, _cost) in kinds.items():
            await store.accept(upload(tenant, name=name, blob=Blob(blob().sha256, size_bytes)))
    expected: dict[str, float] = {}
    while taken := await claims.take(["read"], worker="w", most=1):
        claim = taken[0]
        assert claim.held is not None
        expected[claim.held.name] = claim.charged_s
        await claims.charge(claim, cpu_seconds=kinds[claim.held.name][1])
        await store.append(answer(claim, claim.held), claim=claim)
    assert expected["a.xml"] == pytest.approx(0.02, rel=0.2)
    assert expected["b.pdf"] == pytest.approx(1.0, rel=0.2)
    # A tenant of whom nothing is known yet is charged what such files cost everybody.
    await store.accept(upload(neighbour, name="c.pdf", blob=Blob(blob().sha256, 650_000)))
    (claim,) = await claims.take(["read"], worker="w", most=1)
    assert claim.charged_s == pytest.approx(1.0, rel=0.2)


async def test_a_priority_orders_a_tenants_own_messages_and_nobody_elses(
    store, claims, tenant, neighbour
) -> None:
    low = (await store.accept(upload(tenant, priority=Priority.LOW))).document
    normal = (await store.accept(upload(tenant))).document
    high = (await store.accept(upload(tenant, priority=Priority.HIGH))).document
    others = [(await store.accept(upload(neighbour, priority=Priority.LOW))).document for _ in range(3)]
    order = []
    for _ in range(6):
        (claim,) = await claims.take(["read"], worker="w", most=1)
        order.append(claim.event.document)
        await claims.charge(claim, cpu_seconds=0.02)
    assert [each for each in order if each not in others] == [high, normal, low]
    assert set(order[:4]) & set(others)  # what is urgent for one makes nobody else wait


async def test_a_priority_goes_along_through_all_stages(store, claims, tenant) -> None:
    for priority in (Priority.LOW, Priority.HIGH):
        await store.accept(upload(tenant, priority=priority, name=f"{priority}.pdf"))
    for claim in await claims.take(["read"], worker="w", most=2):
        await store.append(answer(claim, claim.held), claim=claim)
    for stage in ("analyze", "validate", "archive"):
        names = [claim.held.name for claim in await claims.take([stage], worker="w", most=2)]
        assert names == ["high.pdf", "low.pdf"], stage
        for name in ("low.pdf", "high.pdf"):  # answered in the other order
            claim = next(c for c in await retaken(claims, stage) if c.held.name == name)
            await store.append(answer(claim, claim.held), claim=claim)
            await claims.forsake("w", counted=False)


async def retaken(claims, stage):
    await claims.forsake("w", counted=False)
    return await claims.take([stage], worker="w", most=2)


async def test_who_fails_is_charged_too(store, claims, tenant, neighbour) -> None:
    """Five tries of a file that brings its reader down are five times its cost."""
    for _ in range(10):
        await store.accept(upload(tenant))
        await store.accept(upload(neighbour))
    turns: Counter[str] = Counter()
    for _ in range(12):
        (claim,) = await claims.take(["read"], worker="w", most=1)
        turns[claim.event.tenant] += 1
        if claim.event.tenant == tenant:
            await claims.charge(claim, cpu_seconds=1.0)
            await claims.retry(claim, delay_s=0, code="internal_error", reason="it broke")
        else:
            await claims.charge(claim, cpu_seconds=0.1)
    assert turns[tenant] <= 3

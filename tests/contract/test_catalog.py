"""ports/catalog.Catalog."""

import asyncio

import pytest
from tests.contract.documents import upload

from docmill.adapters.postgres.catalog import PostgresCatalog
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.engines.types import load_shipped

NOTE = {
    "name": "note",
    "schema": {
        "type": "object",
        "properties": {"day": {"type": ["string", "null"], "x-docmill": {"kind": "date"}}},
    },
    "rules": [{"name": "day", "kind": "expression", "expect": "day != '2026-01-01'", "message": "closed"}],
}
OTHER_RULES = [{"name": "sunday", "kind": "expression", "expect": "day != null", "needs": [], "message": "!"}]


@pytest.fixture
def catalog(database) -> PostgresCatalog:
    return PostgresCatalog(database, load_shipped())


def names(types) -> dict[str, int]:
    return {document_type.name: document_type.version for document_type in types}


async def test_a_new_tenant_sees_the_shipped_types_and_their_rules(catalog, tenant) -> None:
    shipped = load_shipped()
    assert names(await catalog.types(tenant)) == names(shipped.values())
    assert await catalog.document_type(tenant, "invoice") == shipped["invoice"]
    rules = await catalog.rules(tenant, "invoice")
    assert (rules.version, rules.rules) == (0, shipped["invoice"].rules)


async def test_an_uploaded_type_is_the_tenant_s_alone(catalog, tenant, neighbour) -> None:
    made = await catalog.put_type(tenant, NOTE, expected=None)
    assert (made.name, made.version) == ("note", 1)
    assert "note" in names(await catalog.types(tenant))
    assert "note" not in names(await catalog.types(neighbour))
    with pytest.raises(NotFound):
        await catalog.document_type(neighbour, "note")
    with pytest.raises(NotFound):
        await catalog.rules(neighbour, "note")


async def test_a_type_of_a_shipped_name_takes_its_place_and_counts_on(catalog, tenant, neighbour) -> None:
    shipped = load_shipped()["receipt"]
    made = await catalog.put_type(tenant, {**NOTE, "name": "receipt"}, expected=shipped.version)
    assert made.version == shipped.version + 1
    assert await catalog.document_type(tenant, "receipt") == made
    assert await catalog.document_type(tenant, "receipt", version=shipped.version) == shipped
    assert await catalog.document_type(neighbour, "receipt") == shipped
    assert (await catalog.rules(tenant, "receipt")).rules == tuple(NOTE["rules"])


async def test_old_versions_stay_readable_and_absent_ones_are_not_found(catalog, tenant) -> None:
    first = await catalog.put_type(tenant, NOTE, expected=None)
    second = await catalog.put_type(tenant, {**NOTE, "title": "Note"}, expected=1)
    assert await catalog.document_type(tenant, "note", version=1) == first
    assert await catalog.document_type(tenant, "note") == second
    assert names(await catalog.types(tenant))["note"] == 2
    for name, version in (("note", 3), ("invoice", 7), ("letter", None)):
        with pytest.raises(NotFound):
            await catalog.document_type(tenant, name, version=version)


async def test_a_type_or_rules_that_somebody_changed_meanwhile_are_refused(catalog, tenant) -> None:
    await catalog.put_type(tenant, NOTE, expected=0)
    for expected in (0, 2):
        with pytest.raises(VersionConflict):
            await catalog.put_type(tenant, NOTE, expected=expected)
    await catalog.put_rules(tenant, "note", OTHER_RULES, expected=0)
    with pytest.raises(VersionConflict):
        await catalog.put_rules(tenant, "note", OTHER_RULES, expected=0)


async def test_of_racing_writers_who_expect_one_version_exactly_one_wins(catalog, tenant) -> None:
    puts = (catalog.put_type(tenant, NOTE, expected=0) for _ in range(8))
    answers = await asyncio.gather(*puts, return_exceptions=True)
    assert [isinstance(answer, VersionConflict) for answer in answers].count(False) == 1


async def test_writers_who_expect_nothing_each_make_a_version(catalog, tenant) -> None:
    made = await asyncio.gather(*(catalog.put_type(tenant, NOTE, expected=None) for _ in range(4)))
    assert sorted(document_type.version for document_type in made) == [1, 2, 3, 4]


async def test_rules_of_its_own_take_the_place_of_the_type_s(catalog, tenant, neighbour) -> None:
    saved = await catalog.put_rules(tenant, "invoice", [], expected=0)
    assert saved.version == 1
    assert await catalog.rules(tenant, "invoice") == saved
    assert (await catalog.rules(neighbour, "invoice")).version == 0


async def test_rules_for_a_type_that_is_not_there_are_not_found(catalog, tenant) -> None:
    with pytest.raises(NotFound):
        await catalog.put_rules(tenant, "note", OTHER_RULES, expected=None)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"name": "a b", "schema": {"type": "object"}}, ErrorCode.TYPE_INVALID),
        ({"name": "a", "schema": {"type": "object", "properties": 5}}, ErrorCode.TYPE_INVALID),
        ({"name": "a", "schema": {"type": "object", "$ref": "http://127.0.0.1/"}}, ErrorCode.TYPE_INVALID),
        ({**NOTE, "rules": [{"name": "x", "kind": "expression"}]}, ErrorCode.RULE_INVALID),
    ],
)
async def test_a_type_that_cannot_be_used_is_not_saved(catalog, tenant, source, code) -> None:
    with pytest.raises(DocmillError) as caught:
        await catalog.put_type(tenant, source, expected=None)
    assert caught.value.code is code
    assert names(await catalog.types(tenant)) == names(load_shipped().values())


async def test_rules_that_do_not_compile_are_not_saved(catalog, tenant) -> None:
    with pytest.raises(DocmillError) as caught:
        await catalog.put_rules(tenant, "invoice", [*OTHER_RULES], expected=None)
    assert caught.value.code is ErrorCode.RULE_INVALID
    assert (await catalog.rules(tenant, "invoice")).version == 0


async def test_a_type_that_the_rules_in_force_do_not_fit_is_not_saved(catalog, tenant) -> None:
    await catalog.put_type(tenant, NOTE, expected=None)
    await catalog.put_rules(tenant, "note", OTHER_RULES, expected=None)
    with pytest.raises(DocmillError, match="do not fit"):
        await catalog.put_type(
            tenant, {"name": "note", "schema": {"type": "object", "properties": {}}}, expected=None
        )
    assert (await catalog.document_type(tenant, "note")).version == 1


async def edition(store, claims, tenant) -> str:
    await store.accept(upload(tenant))
    (claim,) = await claims.take(["read"], worker="w", most=1)
    return claim.edition


async def test_what_is_uploaded_is_seen_by_whatever_is_taken_after_it(
    catalog, store, claims, tenant, neighbour
) -> None:
    before = await edition(store, claims, tenant)
    elsewhere = await edition(store, claims, neighbour)
    assert "note" not in names(await catalog.types(tenant, edition=before))
    await catalog.put_type(tenant, NOTE, expected=None)
    second = await edition(store, claims, tenant)
    assert "note" in names(await catalog.types(tenant, edition=second))
    assert (await catalog.rules(tenant, "note", edition=second)).version == 0
    await catalog.put_rules(tenant, "note", OTHER_RULES, expected=None)
    third = await edition(store, claims, tenant)
    assert (await catalog.rules(tenant, "note", edition=third)).rules == tuple(OTHER_RULES)
    assert len({before, second, third}) == 3
    assert await edition(store, claims, neighbour) == elsewhere


async def test_one_edition_is_asked_for_once(catalog, store, claims, tenant, monkeypatch) -> None:
    same = await edition(store, claims, tenant)

    async def ask() -> list:
        return [
            names(await catalog.types(tenant, edition=same)),
            await catalog.document_type(tenant, "invoice", version=1, edition=same),
            await catalog.rules(tenant, "invoice", edition=same),
        ]

    first = await ask()
    monkeypatch.setattr(catalog, "_database", None)
    assert await ask() == first

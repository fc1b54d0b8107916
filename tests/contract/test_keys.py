"""ports/identity.Keys and Tokens on PostgreSQL: several `PostgresKeys` are the replicas of an API."""

import asyncio
import stat
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from docmill.adapters.postgres.isolation import isolation_faults
from docmill.adapters.postgres.keys import PostgresKeys
from docmill.adapters.postgres.signing_keys import PostgresSigningKeys
from docmill.adapters.tokens.issued import SignedTokens
from docmill.adapters.tokens.seal import Seal, seal_of
from docmill.domain.access import GRANTS, Permission, Refused, Role
from docmill.domain.errors import DocmillError, NotFound
from docmill.domain.limits.database import KEY_CACHE_S
from docmill.domain.tenants import TenantId

DAY = timedelta(days=1)


@pytest.fixture
def keys(database) -> PostgresKeys:
    return PostgresKeys(database)


@pytest.fixture
def others(database) -> PostgresKeys:
    """Of another replica, which remembers for itself."""
    return PostgresKeys(database)


@pytest.fixture
def admin(postgres):
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as connection:
        yield connection


def forgotten(keys: PostgresKeys) -> PostgresKeys:
    """As KEY_CACHE_S later."""
    for known in keys._known.values():
        known.until -= 2 * KEY_CACHE_S
    return keys


async def refused(asked) -> str:
    with pytest.raises(Refused) as caught:
        await asked
    return caught.value.reason.value


async def test_a_key_tells_its_tenant_and_is_kept_as_a_hash(keys, tenant, admin) -> None:
    made = await keys.create(tenant, label="laptop", by="person:x")
    principal = await keys.authenticate(made.secret)
    assert principal == await keys.authenticate(made.secret)  # from memory
    assert (principal.tenant, principal.subject) == (tenant, f"key:{made.key.prefix}")
    assert principal.permissions == GRANTS[Role.OPERATOR]
    assert made.secret not in repr(made)
    secret = made.secret.rpartition("_")[2]
    rows = admin.execute("SELECT api_keys::text FROM docmill.api_keys").fetchall()
    assert not any(secret in row for (row,) in rows)
    (known,) = await keys.all(tenant)
    assert (known.label, known.created_by, known.scopes, known.revoked_at) == (
        "laptop",
        "person:x",
        ("operator",),
        None,
    )


async def test_a_known_key_costs_no_statement(keys, tenant, database, monkeypatch) -> None:
    made = await keys.create(tenant, label="")
    await keys.authenticate(made.secret)

    async def none(*_given: object) -> None:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(database, "call", none)
    for _ in range(100):
        await keys.authenticate(made.secret)


async def test_anything_but_a_valid_key_is_refused(keys, tenant) -> None:
    key, other = [(await keys.create(tenant, label="")).secret for _ in range(2)]
    mixed = "_".join([*key.split("_")[:2], other.split("_")[2]])
    for bad in (
        "",
        "dm_",
        key[:-1],
        key + "0",
        key.upper(),
        mixed,
        "é" * 80,
        key.replace("dm_", "dx_"),
        key + "\n",
    ):
        assert await refused(keys.authenticate(bad)) in ("malformed", "unknown_key")


async def test_a_key_has_its_scopes_and_nothing_else(keys, tenant) -> None:
    made = await keys.create(tenant, label="", scopes=["viewer", "usage:read", "viewer"])
    principal = await keys.authenticate(made.secret)
    assert principal.permissions == {Permission.DOCUMENTS_READ, Permission.USAGE_READ}
    for bad in ([], ["owner"], ["documents:*"], ["viewer"] * 40, ["platform_admin"], ["platform:manage"]):
        with pytest.raises(DocmillError, match="request_invalid"):
            await keys.create(tenant, label="", scopes=bad)


async def test_a_key_of_the_platform_reaches_no_tenant(keys, tenant, admin) -> None:
    made = await keys.create(None, label="operator", scopes=["platform_admin"])
    principal = await keys.authenticate(made.secret)
    assert (principal.tenant, principal.permissions) == (None, {Permission.PLATFORM_MANAGE})
    with pytest.raises(DocmillError, match="forbidden"):
        _ = principal.acting_in
    assert made.key.prefix not in {key.prefix for key in await keys.all(tenant)}
    assert made.key.prefix in {key.prefix for key in await keys.all(None)}
    with pytest.raises(DocmillError, match="request_invalid"):
        await keys.create(None, label="", scopes=["admin"])
    await keys.create(tenant, label="")
    for scopes, where in (("platform_admin", "IS NOT NULL"), ("admin", "IS NULL")):
        statement = f"UPDATE docmill.api_keys SET scopes = '{{{scopes}}}' WHERE tenant {where}"
        with pytest.raises(psycopg.errors.CheckViolation):
            admin.execute(statement)


async def test_a_key_ends_when_it_was_said_to(keys, tenant, admin) -> None:
    made = await keys.create(tenant, label="", life=DAY)
    assert made.key.expires_at == made.key.created_at + DAY
    await keys.authenticate(made.secret)
    admin.execute("UPDATE docmill.api_keys SET expires_at = now() WHERE prefix = %s", [made.key.prefix])
    assert await refused(forgotten(keys).authenticate(made.secret)) == "unknown_key"


async def test_a_revoked_key_is_refused_here_at_once_and_elsewhere_within_its_cache(
    keys, others, tenant
) -> None:
    made = await keys.create(tenant, label="")
    await others.authenticate(made.secret)
    for _ in range(2):
        await keys.revoke(tenant, made.key.prefix)
    assert await refused(keys.authenticate(made.secret)) == "unknown_key"
    await others.authenticate(made.secret)  # remembered: this is what KEY_CACHE_S bounds
    assert await refused(forgotten(others).authenticate(made.secret)) == "unknown_key"


async def test_a_rotated_key_goes_on_for_its_overlap(keys, others, tenant, admin) -> None:
    old = await keys.create(tenant, label="nightly", scopes=["viewer"], life=30 * DAY)
    new = await keys.rotate(tenant, old.key.prefix, overlap=timedelta(hours=2), by="key:x")
    assert (new.key.label, new.key.scopes) == ("nightly", ("viewer",))
    assert new.key.expires_at - new.key.created_at == 30 * DAY
    for secret in (old.secret, new.secret):
        assert (await others.authenticate(secret)).tenant == tenant
    known = await keys.show(tenant, old.key.prefix)
    assert known.replaced_by == new.key.prefix
    assert timedelta(hours=1.9) < known.expires_at - new.key.created_at < timedelta(hours=2.1)
    with pytest.raises(NotFound):  # twice would leave a key that nobody knows of
        await keys.rotate(tenant, old.key.prefix, overlap=DAY)
    at_once = await keys.rotate(tenant, new.key.prefix, overlap=timedelta(0))
    assert await refused(keys.authenticate(new.secret)) == "unknown_key"
    await keys.authenticate(at_once.secret)


async def test_an_overlap_never_makes_a_key_live_longer(keys, tenant) -> None:
    old = await keys.create(tenant, label="", life=DAY)
    await keys.rotate(tenant, old.key.prefix, overlap=5 * DAY)
    assert (await keys.show(tenant, old.key.prefix)).expires_at == old.key.expires_at


async def test_of_two_who_rotate_a_key_at_once_one_does(keys, others, tenant) -> None:
    old = await keys.create(tenant, label="")
    rotations = (one.rotate(tenant, old.key.prefix, overlap=DAY) for one in (keys, others, keys, others))
    done = await asyncio.gather(*rotations, return_exceptions=True)
    assert sorted(isinstance(one, NotFound) for one in done) == [False, True, True, True]
    assert len(await keys.all(tenant)) == 2


async def test_when_a_key_was_used_is_known_without_a_write_for_each_use(keys, tenant, admin) -> None:
    made = await keys.create(tenant, label="")
    assert made.key.last_used_at is None
    for _ in range(3):
        await forgotten(keys).authenticate(made.secret)
    first = (await keys.show(tenant, made.key.prefix)).last_used_at
    assert first is not None
    version = "SELECT xmin FROM docmill.api_keys WHERE prefix = %s"
    before = admin.execute(version, [made.key.prefix]).fetchone()
    await forgotten(keys).authenticate(made.secret)
    assert admin.execute(version, [made.key.prefix]).fetchone() == before
    with pytest.raises(Refused):  # a wrong secret is no use of the key
        await forgotten(keys).authenticate(made.secret[:-1] + ("0" if made.secret[-1] != "0" else "1"))
    admin.execute("UPDATE docmill.api_keys SET last_used_at = now() - interval '1 hour'")
    await forgotten(keys).authenticate(made.secret)
    assert (await keys.show(tenant, made.key.prefix)).last_used_at > first


async def test_a_neighbours_keys_are_like_absent_ones(keys, tenant, neighbour) -> None:
    made = await keys.create(tenant, label="")
    for prefix in (made.key.prefix, "0" * 12, "nonsense", ""):
        for asked in (
            keys.show(neighbour, prefix),
            keys.revoke(neighbour, prefix),
            keys.rotate(neighbour, prefix, overlap=DAY),
            keys.show(None, prefix),
        ):
            with pytest.raises(NotFound):
                await asked
    assert (await keys.authenticate(made.secret)).tenant == tenant
    with pytest.raises(NotFound):
        await keys.create(TenantId("absent"), label="")


async def test_no_tenants_role_reads_who_is_who(database, tenant, admin) -> None:
    for table in (
        "api_keys",
        "signing_keys",
        "issuers",
        "people",
        "memberships",
        "sessions",
        "sign_in_tries",
    ):
        with pytest.raises(DocmillError):
            async with database.tenant(tenant) as tx:
                await tx.all(b"SELECT 1 FROM docmill." + table.encode())


async def test_the_catalog_shows_no_fault(tenant, postgres) -> None:
    assert await isolation_faults(postgres.admin_dsn) == []


# Tokens


def replica(database, keys, secret: bytes = b"1" * 32) -> SignedTokens:
    return SignedTokens(PostgresSigningKeys(database), keys, lambda: Seal(secret))


@pytest.fixture(autouse=True)
def _no_signing_keys(admin) -> None:
    admin.execute("DELETE FROM docmill.signing_keys")


async def test_every_replica_knows_a_token_that_another_made(database, keys, others, tenant) -> None:
    key = await keys.create(tenant, label="", scopes=["operator"])
    holder = await keys.authenticate(key.secret)
    one, two, strange = (
        replica(database, keys),
        replica(database, others),
        replica(database, others, secret=b"2" * 32),
    )
    for maker in (one, two, strange):
        made = await maker.issue(holder, frozenset({Permission.DOCUMENTS_READ}))
        for reader in (one, two, strange):
            principal = await reader.authenticate(made.token)
            assert (principal.tenant, principal.permissions) == (tenant, {Permission.DOCUMENTS_READ})
    # Those with the same secret share a key; who has another signs with one of its own.
    assert len((await replica(database, keys).key_set())["keys"]) == 2


async def test_a_token_ends_with_its_key(database, keys, others, tenant) -> None:
    key = await keys.create(tenant, label="")
    holder = await keys.authenticate(key.secret)
    made = await replica(database, keys).issue(holder, holder.permissions)
    elsewhere = replica(database, others)
    await elsewhere.authenticate(made.token)
    await keys.revoke(tenant, key.key.prefix)
    assert await refused(replica(database, keys).authenticate(made.token)) == "unknown_key"
    forgotten(others)
    assert await refused(elsewhere.authenticate(made.token)) == "unknown_key"


async def test_a_token_never_allows_what_its_key_no_longer_does(database, keys, tenant, admin) -> None:
    key = await keys.create(tenant, label="", scopes=["admin"])
    holder = await keys.authenticate(key.secret)
    tokens = replica(database, keys)
    made = await tokens.issue(holder, holder.permissions)
    admin.execute("UPDATE docmill.api_keys SET scopes = '{viewer}' WHERE prefix = %s", [key.key.prefix])
    forgotten(keys)
    assert (await tokens.authenticate(made.token)).permissions == GRANTS[Role.VIEWER]


async def test_a_rotated_signing_key_is_shown_before_it_signs_and_verifies_after(
    database, keys, tenant, admin
) -> None:
    holder = await keys.authenticate((await keys.create(tenant, label="")).secret)
    tokens = replica(database, keys)
    before = await tokens.issue(holder, holder.permissions)
    new = await tokens.rotate()
    assert new in {key["kid"] for key in (await tokens.key_set())["keys"]}
    waiting = await tokens.issue(holder, holder.permissions)
    assert waiting.token.split(".")[0] == before.token.split(".")[0]
    admin.execute("UPDATE docmill.signing_keys SET signs_from = now() - interval '1 s' WHERE kid = %s", [new])
    admin.execute("UPDATE docmill.signing_keys SET signs_until = now() WHERE kid <> %s", [new])
    fresh = replica(database, keys)
    after = await fresh.issue(holder, holder.permissions)
    assert after.token.split(".")[0] != before.token.split(".")[0]
    for made in (before, waiting, after):
        await fresh.authenticate(made.token)
    await fresh.rotate(at_once=True)
    for made in (before, waiting, after):
        assert await refused(fresh.authenticate(made.token)) == "unknown_signer"
    await fresh.authenticate((await fresh.issue(holder, holder.permissions)).token)


async def test_an_old_signing_key_is_followed_by_itself(database, keys, tenant, admin) -> None:
    holder = await keys.authenticate((await keys.create(tenant, label="")).secret)
    await replica(database, keys).issue(holder, holder.permissions)
    admin.execute("UPDATE docmill.signing_keys SET signs_until = now() + interval '4 min'")
    await replica(database, keys).issue(holder, holder.permissions)
    rows = admin.execute("SELECT signs_from > now() FROM docmill.signing_keys ORDER BY 1").fetchall()
    assert rows == [(False,), (True,)]
    await replica(database, keys).issue(holder, holder.permissions)
    assert admin.execute("SELECT count(*) FROM docmill.signing_keys").fetchone() == (2,)


async def test_a_copy_of_the_database_signs_nothing(database, keys, tenant, admin) -> None:
    holder = await keys.authenticate((await keys.create(tenant, label="")).secret)
    await replica(database, keys).issue(holder, holder.permissions)
    kid, seal, sealed = admin.execute("SELECT kid, seal, sealed FROM docmill.signing_keys").fetchone()
    assert b"PRIVATE KEY" not in bytes(sealed)
    right = Seal(b"1" * 32)
    assert right.name == seal
    assert b"PRIVATE KEY" in right.open(sealed, about=kid)
    assert Seal(b"2" * 32).open(sealed, about=kid) is None
    assert right.open(sealed, about="another") is None
    assert right.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), about=kid) is None


def test_the_seal_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "home" / "identity.seal"
    names = {seal_of(file).name for _ in range(3)}
    assert len(names) == 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in file.parent.iterdir()] == ["identity.seal"]
    file.chmod(0o640)
    with pytest.raises(DocmillError, match="can be read by others"):
        seal_of(file)
    file.chmod(0o600)
    file.write_bytes(b"short")
    with pytest.raises(DocmillError, match="is not what docmill wrote"):
        seal_of(file)

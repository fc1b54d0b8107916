"""PostgresSigningKeys."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Json

from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.queries import queries
from docmill.adapters.tokens.signing_keys import SigningKey


class PostgresSigningKeys:
    """``SigningKeys``."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> tuple[datetime, Sequence[SigningKey]]:
        rows = await self._database.call(queries("signing_keys")["all"])
        now: datetime = rows[0]["now"]
        return now, [
            SigningKey(
                kid=row["kid"],
                public_key=row["public_key"],
                seal=row["seal"],
                sealed=bytes(row["sealed"]),
                signs_from=row["signs_from"],
                signs_until=row["signs_until"],
                verifies_until=row["verifies_until"],
            )
            for row in rows
            if row["kid"] is not None
        ]

    async def add(self, key: SigningKey) -> None:
        given = {
            "kid": key.kid,
            "public_key": Json(dict(key.public_key)),
            "seal": key.seal,
            "sealed": key.sealed,
        }
        given |= {"signs_from": key.signs_from, "signs_until": key.signs_until}
        await self._database.call(
            queries("signing_keys")["add"], given | {"verifies_until": key.verifies_until}
        )

    async def retire(self, kids: Sequence[str], *, signs_until: datetime, verifies_until: datetime) -> None:
        given = {"kids": list(kids), "signs_until": signs_until, "verifies_until": verifies_until}
        await self._database.call(queries("signing_keys")["retire"], given)
        await self._database.call(queries("signing_keys")["forget"])

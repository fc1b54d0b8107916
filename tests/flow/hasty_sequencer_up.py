"""`docmill up` with a sequencer that saves its place in the journal before the deliveries: they must be found lost."""

import asyncio
import sys
from unittest import mock

from tests.flow.planting import up

from docmill.adapters.postgres.deliveries import PostgresDeliveries
from docmill.entrypoints import sequencer

FOLLOW = PostgresDeliveries.follow


async def follow(deliveries, letters, batches, *, after, until) -> bool:
    moved = await FOLLOW(deliveries, [], {}, after=after, until=until)
    await asyncio.sleep(1.5)
    if moved and letters:
        from docmill.adapters.postgres.deliveries import letters_json
        from docmill.adapters.postgres.queries import queries

        await deliveries._database.call(queries("webhooks")["put"], {"letters": letters_json(letters)})
    return moved


if __name__ == "__main__":
    if "up" in sys.argv:
        up({"sequencer": __spec__.name})
    else:
        with mock.patch.object(PostgresDeliveries, "follow", follow):
            sequencer.main()

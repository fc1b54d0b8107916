"""`docmill up` with a sequencer that saves its place in the journal before the deliveries: they must be found lost."""

import asyncio
import dataclasses
import sys
from pathlib import Path
from unittest import mock

from docmill.adapters.postgres.deliveries import PostgresDeliveries
from docmill.entrypoints import cli, embedded, sequencer
from docmill.entrypoints.processes import Child

CHILDREN = embedded._children
FOLLOW = PostgresDeliveries.follow


def children(*args: object) -> list[Child]:
    root = str(Path(__file__).parents[2])
    environment = {"PYTHONPATH": f"{root}/src:{root}"}
    return [
        dataclasses.replace(child, module=__spec__.name, environment=child.environment | environment)
        if child.name == "sequencer"
        else child
        for child in CHILDREN(*args)  # type: ignore[arg-type]
    ]


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
        with mock.patch.object(embedded, "_children", children):
            cli.main()
    else:
        with mock.patch.object(PostgresDeliveries, "follow", follow):
            sequencer.main()

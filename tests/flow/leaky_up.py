"""`docmill up` whose processes all leak: whoever looks for canaries must see it."""

import dataclasses
from pathlib import Path
from unittest import mock

from docmill.entrypoints import cli, embedded
from docmill.entrypoints.processes import Child

CHILDREN = embedded._children


def children(*args: object) -> list[Child]:
    root = str(Path(__file__).parents[2])
    return [
        dataclasses.replace(
            child,
            module="tests.flow.leaky",
            environment=child.environment | {"PYTHONPATH": f"{root}/src:{root}", "LEAKY_ROLE": child.module},
        )
        for child in CHILDREN(*args)  # type: ignore[arg-type]
    ]


if __name__ == "__main__":
    with mock.patch.object(embedded, "_children", children):
        cli.main()

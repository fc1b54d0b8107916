"""`docmill up` with an API that acknowledges before it commits: the checker of the crash test must see the loss."""

import dataclasses
from pathlib import Path
from unittest import mock

from docmill.entrypoints import cli, embedded
from docmill.entrypoints.processes import Child

HASTY = "tests.flow.hasty_api"


def children(*args: object) -> list[Child]:
    root = str(Path(__file__).parents[2])
    return [
        dataclasses.replace(
            child, module=HASTY, environment=child.environment | {"PYTHONPATH": f"{root}/src:{root}"}
        )
        if child.name == "api"
        else child
        for child in CHILDREN(*args)  # type: ignore[arg-type]
    ]


CHILDREN = embedded._children

if __name__ == "__main__":
    with mock.patch.object(embedded, "_children", children):
        cli.main()

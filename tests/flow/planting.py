"""`docmill up` with some of its processes replaced by others that do the same with something changed."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

from docmill.entrypoints import cli, embedded
from docmill.entrypoints.processes import Child

CHILDREN = embedded._children


def up(modules: Mapping[str, str], environment: Mapping[str, str] | None = None) -> None:
    """``modules``: what runs in the place of the processes whose names begin so; "" is each of them.

    An empty module leaves a process what it is. ``environment`` is added to every process's.
    """
    root = str(Path(__file__).parents[2])
    more = {"PYTHONPATH": f"{root}/src:{root}"} | dict(environment or {})

    def children(*args: object) -> list[Child]:
        made = []
        for child in CHILDREN(*args):  # type: ignore[arg-type]
            module = next((new for name, new in modules.items() if child.name.startswith(name)), "")
            made.append(
                dataclasses.replace(
                    child, module=module or child.module, environment=child.environment | more
                )
            )
        return made

    with mock.patch.object(embedded, "_children", children):
        cli.main()

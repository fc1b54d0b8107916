"""A worker that dies of some documents, and fails at others."""

import os
from unittest import mock

from docmill.domain.documents import Answer
from docmill.entrypoints import worker
from docmill.stages import read as reading
from docmill.stages.work import Work

DEADLY, BAD = "deadly", "bad"
READ = reading.read


async def read(work: Work, **ports: object) -> Answer:
    if work.document.name.startswith(DEADLY):
        os._exit(9)
    if work.document.name.startswith(BAD):
        raise RuntimeError(work.document.name)
    return await READ(work, **ports)  # type: ignore[arg-type]


if __name__ == "__main__":
    with mock.patch.object(reading, "read", read):
        worker.main()

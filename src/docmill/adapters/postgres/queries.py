"""SQL lives in ``sql/*.sql``. A file holds statements by name::

-- name: find_document
-- What the statement is for, where its name does not say it.
SELECT … WHERE id = %(document)s;
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_HEAD = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


@cache
def queries(file: str) -> Mapping[str, bytes]:
    """Return the statements of ``sql/<file>.sql`` by name."""
    text = (files("docmill.adapters.postgres") / "sql" / f"{file}.sql").read_text()
    _, *parts = _HEAD.split(text)
    return {
        name: body.strip().rstrip(";").encode() for name, body in zip(parts[::2], parts[1::2], strict=True)
    }

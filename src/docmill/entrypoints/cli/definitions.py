"""What `types put` and `rules put` share: a JSON file that becomes the newest version of something."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.entrypoints.cli.client import Json, connected
from docmill.entrypoints.cli.local import parsed_json, read_text

OnlyIf = Annotated[
    int | None,
    typer.Option("--only-if", help="Save only if the newest version is still this one.", show_default=False),
]


def read_json(path: Path) -> Any:
    """Raises DocmillError(request_invalid)."""
    return parsed_json(read_text(path, ErrorCode.REQUEST_INVALID), str(path), ErrorCode.REQUEST_INVALID)


def read_json_list(path: Path) -> Any:
    """A JSON list, or what `show` prints of one: an object a line. Raises DocmillError(request_invalid)."""
    code = ErrorCode.REQUEST_INVALID
    text = read_text(path, code)
    if not text.strip():  # a redirection that went wrong, most likely
        raise DocmillError(code, f"{path} is empty", action="Write [] where none are meant.")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    try:
        whole = json.loads(text)
    except ValueError:
        if len(lines) < 2 or not all(line.lstrip().startswith("{") for _, line in lines):
            return parsed_json(text, str(path), code)
        return [parsed_json(line, f"{path}:{number}", code) for number, line in lines]
    return [whole] if isinstance(whole, dict) else whole


async def put_definition(
    path: str, definition: Any, only_if: int | None, connection: tuple[str | None, str | None]
) -> Json:
    headers = {} if only_if is None else {"If-Match": f'"{only_if}"'}
    async with connected(*connection) as api:
        # Not repeated after a cut connection: it may have been saved, and saved again it is one version more.
        answer = await api.request("PUT", path, once=True, json=definition, headers=headers)
        saved: Json = answer.json()
        return saved

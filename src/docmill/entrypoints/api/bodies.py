"""Request bodies, streamed and cut off at their limits before they fill the memory."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from docmill.domain.errors import DocmillError, ErrorCode, invalid
from docmill.domain.limits.api import (
    FORM_FIELD_BYTES_MAX,
    JSON_BODY_BYTES_MAX,
    JSON_DEPTH_MAX,
    REQUEST_SIZE_BYTES_MAX,
)
from docmill.domain.limits.documents import FILE_SIZE_BYTES_MAX
from docmill.entrypoints.api.spooling import Spool

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


@dataclass(slots=True)
class Part:
    """One part of a form. A file has a ``filename``; one over its limit is ``too_large`` and has no bytes.

    Whoever is handed a part closes its ``spool`` before he asks for the next one.
    """

    name: str
    filename: str | None
    spool: Spool = field(repr=False)
    too_large: bool = False


async def parts(request: Request) -> AsyncGenerator[Part, None]:
    """Yield a multipart form's parts one by one, so that one file at a time is in memory.

    Raises DocmillError: request_invalid for a malformed form, file_too_large for the request as a whole.
    """
    _, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if not boundary:
        raise invalid("The form has no boundary.")
    collector = _Collector()
    try:
        parser = MultipartParser(boundary, collector.callbacks())
    except FormParserError as error:
        raise invalid("The form's boundary is too long.") from error
    try:
        async for chunk in _limited(request, REQUEST_SIZE_BYTES_MAX, "The request"):
            try:
                parser.write(chunk)
            except FormParserError as error:
                raise invalid("The form is malformed.") from error
            for part in collector.take():
                yield part
    finally:
        collector.close()
    if not collector.complete:
        raise invalid("The form ends before its last boundary.")


async def raw(request: Request) -> Spool:
    """The whole body as one file. Raises DocmillError(file_too_large)."""
    spool = Spool()
    try:
        async for chunk in _limited(request, FILE_SIZE_BYTES_MAX, "The file"):
            spool.write(chunk)
    except BaseException:
        spool.close()
        raise
    return spool


async def json_object(request: Request) -> Mapping[str, Any]:
    """Raises DocmillError(request_invalid) for anything but a JSON object."""
    body = await _json(request)
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body


async def json_object_or_nothing(request: Request) -> dict[str, Any]:
    """Like `json_object`, and {} for no body at all."""
    data = await _whole_json(request)
    body = _parsed(data) if data else {}
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object.")
    return body


async def json_list(request: Request) -> list[Mapping[str, Any]]:
    """Raises DocmillError(request_invalid) for anything but a JSON list of objects."""
    body = await _json(request)
    if not isinstance(body, list) or not all(isinstance(item, dict) for item in body):
        raise invalid("The body must be a JSON list of objects.")
    return body


async def _json(request: Request) -> Any:
    return _parsed(await _whole_json(request))


async def _whole_json(request: Request) -> bytes:
    return b"".join([chunk async for chunk in _limited(request, JSON_BODY_BYTES_MAX, "The JSON")])


def _parsed(data: bytes) -> Any:
    try:
        body = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise invalid(f"The body is no JSON: line {error.lineno}, column {error.colno}.") from error
    _require_flat(body)
    return body


def _require_flat(body: Any) -> None:
    """What walks over types and rules later on calls itself for each level, and Python ends that."""
    level: list[Any] = [body] if isinstance(body, dict | list) else []
    for _ in range(JSON_DEPTH_MAX):
        level = [
            below
            for node in level
            for below in (node.values() if isinstance(node, dict) else node)
            if isinstance(below, dict | list)
        ]
        if not level:
            return
    raise invalid(f"The JSON may be nested {JSON_DEPTH_MAX} deep.")


async def _limited(request: Request, size_bytes_max: int, what: str) -> AsyncIterator[bytes]:
    too_large = DocmillError(ErrorCode.FILE_TOO_LARGE, f"{what} may have {size_bytes_max} bytes.")
    announced = request.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > size_bytes_max:
        raise too_large
    received = 0
    async for chunk in request.stream():
        received += len(chunk)
        if received > size_bytes_max:
            raise too_large
        yield chunk


class _Collector:
    """Turns the parser's callbacks into parts."""

    def __init__(self) -> None:
        self.complete = False
        self._done: list[Part] = []
        self._headers: dict[str, bytes] = {}
        self._header_name = b""
        self._header_value = b""
        self._part: Part | None = None
        self._spools: list[Spool] = []

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_header_field": self._on_header_name,
            "on_header_value": self._on_header_value,
            "on_header_end": self._on_header_end,
            "on_headers_finished": self._on_headers,
            "on_part_data": self._on_data,
            "on_part_end": self._on_part_end,
            "on_end": self._on_end,
        }

    def take(self) -> list[Part]:
        done, self._done = self._done, []
        return done

    def close(self) -> None:
        """Let go of everything, also of what somebody was handed and did not come to close."""
        for spool in self._spools:
            spool.close()

    def _on_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header_name.decode("latin-1").lower()] = self._header_value
        self._header_name = self._header_value = b""

    def _on_headers(self) -> None:
        _, options = parse_options_header(self._headers.get("content-disposition", b""))
        filename = options.get(b"filename")
        self._part = Part(
            name=options.get(b"name", b"").decode("utf-8", "replace"),
            filename=None if filename is None else filename.decode("utf-8", "replace"),
            spool=Spool(),
        )
        self._spools.append(self._part.spool)
        self._headers = {}

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        part = self._part
        if part is None or part.too_large:
            return
        size_bytes_max = FORM_FIELD_BYTES_MAX if part.filename is None else FILE_SIZE_BYTES_MAX
        if part.spool.size_bytes + end - start > size_bytes_max:
            part.too_large = True
            part.spool.clear()
        else:
            part.spool.write(memoryview(data)[start:end])

    def _on_part_end(self) -> None:
        if self._part is not None:
            self._done.append(self._part)
            self._part = None

    def _on_end(self) -> None:
        self.complete = True

"""Which columns a table of documents has, and what stands in them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from docmill.domain.documents import Document
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.types import DocumentType, Kind
from docmill.entrypoints.api.views import status_of

ABOUT = ("document_id", "name", "type", "status", "batch", "created_at")
_NUMERIC = (Kind.NUMBER, Kind.INTEGER)

Cell = str | None


@dataclass(frozen=True, slots=True)
class Column:
    """``path`` from the document's value, or from a row of the list when ``of_row``."""

    title: str
    path: tuple[str, ...]
    numeric: bool = False
    of_row: bool = False


@dataclass(frozen=True, slots=True)
class Columns:
    """``list_path`` None: one row per document."""

    list_path: str | None
    columns: tuple[Column, ...]

    @property
    def titles(self) -> list[str]:
        return [*ABOUT, *(column.title for column in self.columns)]

    @property
    def numeric(self) -> list[bool]:
        return [False] * len(ABOUT) + [column.numeric for column in self.columns]

    def rows(self, document: Document) -> Iterator[list[Cell]]:
        """Yield the document's rows; a document without a row of the list has none."""
        about = _about(document)
        value = (document.run.result or {}).get("value") or {}
        if self.list_path is None:
            yield [*about, *(_cell(value, column.path) for column in self.columns)]
            return
        for row in _at(value, tuple(self.list_path.split("."))) or ():
            yield [*about, *(_cell(row if column.of_row else value, column.path) for column in self.columns)]


def columns_of(types: Sequence[DocumentType], *, rows: str | None) -> Columns:
    """The fields of all types, each path once; a list is a column of JSON unless its rows are asked for.

    Raises DocmillError(request_invalid) when no type has the list.
    """
    lists = {spec.path for kind in types for spec in kind.fields if spec.kind is Kind.LIST}
    if rows is not None and rows not in lists:
        raise DocmillError(
            ErrorCode.REQUEST_INVALID, f"rows: there are {', '.join(sorted(lists)) or 'no lists'}."
        )
    found: dict[str, Column] = {}
    for document_type in types:
        for column in _columns(document_type, rows):
            found.setdefault(column.title, column)
    return Columns(rows, tuple(found.values()))


def _columns(document_type: DocumentType, rows: str | None) -> Iterator[Column]:
    for spec in document_type.fields:
        if spec.kind is Kind.OBJECT or spec.list_path not in (None, rows):
            continue
        if spec.kind is Kind.LIST:
            if rows is None:
                yield Column(spec.path, tuple(spec.path.split(".")))
            continue
        of_row = spec.list_path is not None
        inner = spec.path.removeprefix(f"{spec.list_path}[].") if of_row else spec.path
        path = tuple(inner.split("."))
        title = f"{rows}.{inner}" if of_row else spec.path
        if spec.kind is Kind.AMOUNT:
            yield Column(f"{title}.amount", (*path, "amount"), numeric=True, of_row=of_row)
            yield Column(f"{title}.currency", (*path, "currency"), of_row=of_row)
        else:
            yield Column(title, path, numeric=spec.kind in _NUMERIC, of_row=of_row)


def _about(document: Document) -> list[Cell]:
    run = document.run
    return [
        str(document.id),
        document.name,
        run.type_name,
        status_of(run),
        document.batch,
        document.created_at.isoformat(),
    ]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _cell(value: Any, path: tuple[str, ...]) -> Cell:
    found = _at(value, path)
    if found is None or isinstance(found, str):
        return found
    return orjson.dumps(found).decode()

"""Requests that no honest client sends, on the real store: each gets a code of its own, and none `internal_error`."""

import io
import zipfile
from base64 import b64encode
from collections.abc import AsyncIterator

import httpx
import pytest
from tests.api.memory_platform import VALUE, upload
from tests.api.test_on_postgres import Real, real  # noqa: F401 - fixtures
from tests.contract.conftest import (  # noqa: F401 - fixtures
    claims,
    database,
    neighbour,
    postgres,
    short_home,
    store,
    tenancy,
    tenant,
    tier,
)

from docmill.adapters.postgres import document_store
from docmill.domain.states import RunState
from docmill.domain.tenants import Tier
from docmill.entrypoints.api.exporting import workbook
from docmill.entrypoints.api.routes import exports

pytestmark = pytest.mark.parametrize("tier", [Tier.POOL], indirect=True)


@pytest.fixture
async def client(real: Real) -> AsyncIterator[httpx.AsyncClient]:  # noqa: F811
    async with real.client() as client:
        yield client


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("documents?type=%00", 422),
        ("documents?batch=a%00b", 422),
        ("documents?value.invoice_number_contains=%00", 422),
        ("documents?cursor=%00", 422),
        ("documents?cursor=" + b64encode(b"[" * 9_000).decode(), 422),
        ("documents?" + "&".join(["value.total=1"] * 20), 200),
        ("documents?" + "&".join(["value.total=1"] * 21), 422),
        ("documents?limit=" + "9" * 5000, 422),
        ("documents?limit=%B2", 422),
        ("documents?created_gte=0001-01-01T00:00:00%2B14:00", 422),
        ("documents?created_lt=9999-12-31T23:59:59-23:59", 422),
        ("documents?created_gte=2026-01-01T00:00:00%2B00:00:00.000001", 200),
        ("documents?created_gte=2026-01-01T00:00:00%2B23:59:59", 200),
        ("documents?value.total_gte=" + "9" * 400, 422),
        ("documents?value.total_gte=0001-01-01", 200),
        ("batches/%00", 404),
        ("batches/" + "x" * 4000, 404),
        ("types/%00", 404),
        ("types/%00/rules", 404),
        ("operations/%00", 404),
        ("documents/%00", 404),
        ("search?q=%00", 422),
        ("search?q=%27%5C%26%7C!%3A*%EF%BF%BF%F0%9F%92%A9", 200),
        ("search?q=total&type=%00", 422),
        ("search?q=total&created_gte=yesterday", 422),
        ("search?q=total&created_lt=9999-12-31T23:59:59-14:00", 422),
        ("search?q=total&created_gte=2026-01-01&created_lt=2026-01-01T00:00:00%2B02:00", 200),
        ("export?type=%00", 422),
    ],
)
async def test_an_odd_address_is_understood_or_refused(
    client: httpx.AsyncClient, path: str, status: int
) -> None:
    answer = await client.get(f"/v1/{path}")
    assert answer.status_code == status, answer.text


def _type(properties: str) -> str:
    return f'{{"name": "odd", "title": "Odd", "schema": {{"type": "object", "properties": {properties}}}}}'


def _rule(expect: str) -> str:
    return f'[{{"name": "a", "kind": "expression", "expect": "{expect}", "path": "total", "message": "x"}}]'


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "types/odd", _type('{"a": {"properties": ' * 200 + "{}" + "}}" * 200), 422),
        ("PUT", "types/odd", _type('{"a": {"type": "object", "properties": ' * 28 + "{}" + "}}" * 28), 200),
        ("PUT", "types/odd", _type('{"a": {"$ref": "#/properties/a"}}'), 422),
        ("PUT", "types/invoice/rules", '[{"a": ' + "[" * 900 + "]" * 900 + "}]", 422),
        ("PUT", "types/invoice/rules", "[{}]", 422),
        ("PUT", "types/invoice/rules", _rule("(" * 1999), 422),
        ("PUT", "types/invoice/rules", _rule("(" * 990 + "true" + ")" * 990), 200),
        ("POST", "search", '{"query": "a", "type": "\\u0000"}', 422),
        ("POST", "search", '{"query": "a\\u0000b"}', 200),
        ("POST", "search", '{"query": "a", "created_gte": "2026-01-01", "created_lt": null}', 200),
        ("POST", "search", '{"query": "a", "created_gte": 5}', 422),
        ("POST", "search", '{"query": "a", "created_lt": "soon"}', 422),
        ("POST", "search", '{"query": "a", "limit": 99999999999999999999}', 422),
        ("POST", "search", "[" * 100_000, 422),
    ],
)
async def test_an_odd_body_is_understood_or_refused(
    client: httpx.AsyncClient, method: str, path: str, body: str, status: int
) -> None:
    answer = await client.request(method, f"/v1/{path}", content=body)
    assert answer.status_code == status, answer.text


_FILE = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.pdf"\r\n\r\n%PDF-\r\n--b--\r\n'


@pytest.mark.parametrize(
    ("media_type", "body", "status"),
    [
        ("multipart/form-data; boundary=" + "b" * 300, b"x", 422),
        ("multipart/form-data; boundary=", b"x", 422),
        ("multipart/form-data", b"x", 422),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nx\r\n--b--\r\n", 422),
        ("multipart/form-data; boundary=b", b"--b\r\n" + b"A: b\r\n" * 50 + b"\r\nx\r\n--b--\r\n", 422),
        ("multipart/form-data; boundary=b", b"--b--\r\n", 422),
        ("multipart/form-data; boundary=b", _FILE[:-4], 422),
        ("multipart/form-data; boundary=b", _FILE, 202),
        ("Multipart/Form-Data; boundary=b", _FILE, 202),
    ],
)
async def test_an_odd_form_is_understood_or_refused(
    client: httpx.AsyncClient, media_type: str, body: bytes, status: int
) -> None:
    answer = await client.post("/v1/documents", content=body, headers={"Content-Type": media_type})
    assert answer.status_code == status, answer.text
    assert answer.json().get("name", "a.pdf") == "a.pdf"


async def test_an_export_of_more_documents_than_allowed_is_cut_and_not_ended(
    real: Real,  # noqa: F811
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (exports, document_store):
        monkeypatch.setattr(module, "EXPORT_ROWS_MAX", 2)
    for n in range(2):
        await real.finish(await upload(client, f"{n}".encode()))
    assert len((await client.get("/v1/export?format=jsonl")).text.splitlines()) == 2
    await real.finish(await upload(client, b"one too many"))
    with pytest.raises(Exception, match="already started"):
        await client.get("/v1/export?format=jsonl")


async def test_a_sheet_of_more_rows_than_excel_takes_is_cut_and_not_ended(
    real: Real,  # noqa: F811
    client: httpx.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "_ROWS_MAX", 2)
    await real.finish(await upload(client, b"0"))
    whole = zipfile.ZipFile(io.BytesIO((await client.get("/v1/export?format=xlsx")).content))
    assert whole.read("xl/worksheets/sheet1.xml").count(b"<row ") == 2
    await real.finish(await upload(client, b"1"))
    with pytest.raises(Exception, match="already started"):
        await client.get("/v1/export?format=xlsx")


async def test_a_field_whose_name_has_a_zero_byte_stops_no_document(
    real: Real,  # noqa: F811
    client: httpx.AsyncClient,
) -> None:
    document = await upload(client)
    await real.step(document, state=RunState.READ, pages=1, media_type="application/pdf")
    result = {"status": "succeeded", "value": VALUE | {"seller": {"na\0me": "Acme"}}}
    await real.step(document, state=RunState.ANALYZED, result=result, type_name="invoice", type_version=1)
    assert len((await client.get("/v1/documents?value.seller.name=Acme")).json()["items"]) == 1


async def test_a_wrong_method_is_told_all_that_are_allowed(client: httpx.AsyncClient) -> None:
    answer = await client.patch("/v1/documents")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_name_cannot_turn_its_direction_or_command_a_terminal(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/documents", params={"name": "invoice\u202efdp\x9b2J.exe"}, content=b"x")
    assert answer.json()["name"] == "invoicefdp2J.exe"

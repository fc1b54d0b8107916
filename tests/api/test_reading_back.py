"""Out again: lists, results, pages, exports, types, and the documentation page."""

import csv
import io
import json
import re
import traceback
import zipfile
from datetime import datetime

import httpx
import pytest
from tests.api.memory_platform import INVOICE, VALUE, Platform, upload

from docmill.domain.errors import Unavailable
from docmill.entrypoints.api import filters
from docmill.entrypoints.api.exporting.csv_text import dangerous, neutral
from docmill.entrypoints.api.routes import exports


async def test_pages_of_a_list_have_every_document_once(client: httpx.AsyncClient) -> None:
    made = [await upload(client, f"{n}".encode()) for n in range(7)]
    seen: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
        body = (await client.get("/v1/documents", params=query)).json()
        seen += [item["id"] for item in body["items"]]
        cursor = body["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


async def test_filters_arrive_at_the_store_as_they_were_meant(client: httpx.AsyncClient) -> None:
    from starlette.datastructures import QueryParams

    where = filters.document_filter(
        QueryParams(
            "state=archived,in_review&status=rejected&type=invoice&batch=b&created_gte=2026-01-01"
            "&created_lt=2026-02-01T00:00:00 01:00&value.total_gte=100&value.seller.name_contains=Ac"
            "&value.line_item_count=3&value.issue_date_lt=2026-01-01"
        )
    )
    assert [state.value for state in where.states] == ["archived", "in_review", "rejected"]
    assert (where.type_name, where.batch) == ("invoice", "b")
    assert where.created_gte == datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    assert where.created_lt == datetime.fromisoformat("2026-02-01T00:00:00+01:00")
    assert [(value.path, value.operator, value.operand) for value in where.values] == [
        (("total",), "gte", "100"),
        (("seller", "name"), "contains", "Ac"),
        (("line_item_count",), "eq", "3"),
        (("issue_date",), "lt", "2026-01-01"),
    ]


async def test_a_result_can_be_read_again_and_again(client: httpx.AsyncClient, platform: Platform) -> None:
    document = await upload(client)
    await platform.finish(document)
    first, again = [(await client.get(f"/v1/documents/{document}/result")).json() for _ in range(2)]
    assert first == again
    assert first["value"] == VALUE
    assert first["status"] == "succeeded"


async def test_versions_are_served_with_their_hash(client: httpx.AsyncClient, platform: Platform) -> None:
    document = await upload(client)
    assert (await client.get(f"/v1/documents/{document}/versions")).json()["items"] == []
    await platform.finish(document)
    version = await client.get(f"/v1/documents/{document}/versions/1")
    assert version.json()["result"]["value"] == VALUE
    assert version.headers["etag"] == f'"{"ab" * 32}"'
    for number in ("0", "2", "x", "01"):
        assert (await client.get(f"/v1/documents/{document}/versions/{number}")).status_code == 404


async def test_words_come_with_boxes_and_pages_that_are_not_there_are_404(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    document = await upload(client)
    assert (await client.get(f"/v1/documents/{document}/pages/1")).status_code == 409
    await platform.finish(document)
    page = (await client.get(f"/v1/documents/{document}/pages/1")).json()
    assert page["words"][0] == {
        "text": "Invoice",
        "box": [10, 10, 60, 20],
        "line": 0,
        "confidence": None,
        "hidden": None,
    }
    for number in ("0", "2", "-1", "x"):
        for ending in ("", ".png"):
            answer = await client.get(f"/v1/documents/{document}/pages/{number}{ending}")
            assert answer.status_code == 404, (number, ending)
    for dpi in (1, 5000):
        assert (await client.get(f"/v1/documents/{document}/pages/1.png?dpi={dpi}")).status_code == 422


async def test_a_file_is_handed_out_so_that_no_browser_runs_it(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    document = await upload(client, b"<script>", name='x";\r\n.html')
    answer = await client.get(f"/v1/documents/{document}/file")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''x%22%3B.html"
    assert answer.headers["content-security-policy"] == "sandbox"
    assert answer.headers["x-content-type-options"] == "nosniff"


async def exported(client: httpx.AsyncClient, query: str = "") -> list[dict[str, str]]:
    answer = await client.get(f"/v1/export?format=csv{query}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_an_export_has_a_row_per_document_and_only_accepted_ones(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    from docmill.domain.states import RunState

    await platform.finish(await upload(client, b"1"))
    await platform.finish(
        await upload(client, b"2"), value={"seller": {"name": 'Söhne; "& Co"\nKG'}, "total": None}
    )
    waiting = await upload(client, b"3")
    await platform.finish(waiting)
    platform.move(waiting, RunState.IN_REVIEW)
    rows = await exported(client)
    assert [row["total.amount"] for row in rows] == ["", "119.00"]
    assert rows[0]["seller.name"] == 'Söhne; "& Co"\nKG'
    assert json.loads(rows[1]["line_items"])[0]["quantity"] == "2"
    assert [row["document_id"] for row in await exported(client, "&status=needs_review")] == [waiting]
    assert await exported(client, "&type=nonesuch") == []


async def test_an_export_by_rows_has_one_for_each_row_of_the_list(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    await platform.finish(await upload(client))
    rows = await exported(client, "&rows=line_items")
    assert [(row["line_items.description"], row["total.amount"]) for row in rows] == [
        ("A", "119.00"),
        ("B", "119.00"),
    ]


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+49", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "|x", "%x", "\n=1", "\uff1d1", "\uff20x"],
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert neutral(text).startswith("'")


@pytest.mark.parametrize("text", ["-12.50", "119.00", "INV-7", "a=b", "", "Acme"])
def test_harmless_cells_stay_as_they_are(text: str) -> None:
    assert neutral(text) == text
    assert not dangerous(text)


async def test_a_workbook_holds_text_as_text_and_amounts_as_numbers(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    value = VALUE | {"seller": {"name": "=HYPERLINK(1)"}, "invoice_number": "00123"}
    await platform.finish(await upload(client), value=value)
    answer = await client.get("/v1/export?format=xlsx")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        styles = book.read("xl/styles.xml").decode()
    assert "<f>" not in sheet
    assert re.search(r'<c r="\w+" s="1" t="inlineStr"><is><t>=HYPERLINK\(1\)</t>', sheet)
    assert 'quotePrefix="1"' in styles
    assert "<v>119</v>" in sheet
    assert "<t>00123</t>" in sheet


async def test_json_lines_are_results(client: httpx.AsyncClient, platform: Platform) -> None:
    document = await upload(client)
    await platform.finish(document)
    lines = (await client.get("/v1/export?format=jsonl")).text.splitlines()
    result = (await client.get(f"/v1/documents/{document}/result")).json()
    assert [json.loads(line) for line in lines] == [result]


async def test_an_export_that_cannot_begin_answers_with_its_own_status(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object):
        raise Unavailable("database")
        yield

    monkeypatch.setattr(platform.store, "export", broken)
    assert (await client.get("/v1/export")).status_code == 503


async def test_an_export_over_the_limit_is_cut_and_not_ended(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "EXPORT_ROWS_MAX", 1)
    for n in range(3):
        await platform.finish(await upload(client, f"{n}".encode()))
    with pytest.raises(Exception, match="already started"):
        await client.get("/v1/export?format=jsonl")


async def test_an_answer_that_is_cut_tells_the_servers_log_nothing_of_a_document(
    client: httpx.AsyncClient, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    await platform.finish(await upload(client))
    whole = platform.store.export

    async def broken(*given: object):
        async for document in whole(*given):
            yield document
        raise RuntimeError(secret)

    secret = "IBAN DE89 3704 0044 0532 0130 00 of a customer"
    monkeypatch.setattr(platform.store, "export", broken)
    with pytest.raises(Exception, match="already started") as cut:
        await client.get("/v1/export?format=jsonl")
    assert secret not in "".join(traceback.format_exception(cut.value))


async def test_a_cell_that_excel_cannot_hold_shows_that_it_was_cut(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    await platform.finish(await upload(client), value=VALUE | {"invoice_number": "x" * 40_000})
    answer = await client.get("/v1/export?format=xlsx")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert "x" * 32_766 + "…<" in book.read("xl/worksheets/sheet1.xml").decode()


async def test_types_change_only_from_the_version_that_was_seen(client: httpx.AsyncClient) -> None:
    source = INVOICE | {"name": "delivery_note"}
    first = await client.put("/v1/types/delivery_note", json=source, headers={"If-None-Match": "*"})
    assert (first.status_code, first.headers["etag"]) == (200, '"1"')
    assert (
        await client.put("/v1/types/delivery_note", json=source, headers={"If-None-Match": "*"})
    ).status_code == 412
    assert (
        await client.put("/v1/types/delivery_note", json=source, headers={"If-Match": '"7"'})
    ).status_code == 412
    second = await client.put("/v1/types/delivery_note", json=source, headers={"If-Match": '"1"'})
    assert second.headers["etag"] == '"2"'
    assert (await client.get("/v1/types/delivery_note")).json()["definition"] == source
    known = await client.get("/v1/types/delivery_note", headers={"If-None-Match": '"2"'})
    assert known.status_code == 304


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "other", "schema": {"type": "object"}}, "type_invalid"),
        ({"name": "note"}, "type_invalid"),
        ([], "request_invalid"),
        ("text", "request_invalid"),
    ],
)
async def test_a_type_that_cannot_be_used_is_refused(
    client: httpx.AsyncClient, body: object, code: str
) -> None:
    answer = await client.put("/v1/types/note", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert (await client.get("/v1/types/note")).status_code == 404


async def test_rules_are_compiled_before_they_are_saved(client: httpx.AsyncClient) -> None:
    bad = await client.put(
        "/v1/types/invoice/rules", json=[{"name": "x", "kind": "expression", "expect": "(("}]
    )
    assert (bad.status_code, bad.json()["code"]) == (422, "rule_invalid")
    good = [
        {"name": "x", "kind": "expression", "expect": "total < 1000", "path": "total", "message": "too much"}
    ]
    saved = await client.put("/v1/types/invoice/rules", json=good, headers={"If-Match": '"0"'})
    assert (saved.status_code, saved.json()["version"]) == (200, 1), saved.text
    assert (await client.get("/v1/types/invoice/rules")).json()["rules"] == good
    assert (
        await client.put("/v1/types/invoice/rules", json=good, headers={"If-Match": '"0"'})
    ).status_code == 412


async def test_the_documentation_page_shows_every_route_and_loads_nothing(
    client: httpx.AsyncClient, platform: Platform
) -> None:
    description = (await client.get("/openapi.json")).json()
    page = await client.get("/docs")
    for path in description["paths"]:
        assert path in page.text
    assert not re.search(r"<script|src=|href=.http|url\(", page.text)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 'id="not_found"' in (await client.get("/docs/errors")).text


async def test_the_description_is_whole(client: httpx.AsyncClient) -> None:
    description = (await client.get("/openapi.json")).json()
    text = json.dumps(description)
    for reference in set(re.findall(r'"#/components/schemas/(\w+)"', text)):
        assert reference in description["components"]["schemas"]
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            if path.startswith("/v1"):
                if operation["x-permission"] == "public":
                    assert (method, path) == ("post", "/v1/session")  # who signs in has nothing to show yet
                    assert operation["security"] == []
                    continue
                assert operation["security"], (method, path)
                assert "401" in operation["responses"], (method, path)
            answers = operation["responses"]
            assert "application/json" not in answers.get("422", {}).get("content", {}), (method, path)

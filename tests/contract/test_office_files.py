"""Office files through the locked child and the whole pipeline: an invoice is an invoice in any format."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from tests.unit.reading.offices import ROWS, invoice_docx, invoice_odt, invoice_rtf, invoice_xlsx

from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.results import Status
from docmill.engines import reading
from docmill.entrypoints.cli.local import pipeline

INVOICES = {"docx": invoice_docx, "xlsx": invoice_xlsx, "odt": invoice_odt, "rtf": invoice_rtf}


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader()
    yield made
    await made.close()


@pytest.mark.parametrize("form", INVOICES)
async def test_the_child_reads_and_draws_as_the_engine_does(reader: SandboxedReader, form: str) -> None:
    data = INVOICES[form]()
    found = await reader.read(data, "upload")
    assert found.pages == reading.read(data, "upload").pages
    assert await reader.render(data, "upload", 1, dpi=72) == reading.render(data, 1, dpi=72)


@pytest.mark.parametrize("form", INVOICES)
async def test_an_invoice_is_extracted_whatever_wrote_it(form: str) -> None:
    result = await _extracted(INVOICES[form], f"invoice.{form}")
    value = result["value"]
    assert value["invoice_number"] == "INV-2026-0042"
    assert (value["issue_date"], value["due_date"]) == ("2026-03-31", "2026-04-30")
    assert value["seller"]["vat_id"] == "DE136695976"
    assert value["payment"]["iban"] == "DE89370400440532013000"
    assert [value[name]["amount"] for name in ("net_total", "tax_total", "gross_total")] == [
        "1193.40",
        "226.75",
        "1420.15",
    ]
    assert [
        (
            row["position"],
            row["description"],
            row["quantity"],
            row["unit_price"]["amount"],
            row["amount"]["amount"],
        )
        for row in value["line_items"]
    ] == list(ROWS)


async def test_evidence_from_a_spreadsheet_names_its_cell_and_that_of_others_does_not() -> None:
    metadata = (await _extracted(invoice_xlsx, "invoice.xlsx"))["metadata"]
    (citation,) = metadata["gross_total"]["citations"]
    assert (citation["sheet"], citation["cell"]) == ("Invoice 42", "E17")
    assert metadata["line_items[1].unit_price"]["citations"][0]["cell"] == "D12"
    (citation,) = (await _extracted(invoice_docx, "invoice.docx"))["metadata"]["gross_total"]["citations"]
    assert set(citation) == {"page", "box", "unit", "page_size"}


async def _extracted(make: Callable[[], bytes], name: str) -> dict[str, Any]:
    async with pipeline(None) as process:
        (line,) = await process.process(make(), name)
    assert line.status is Status.SUCCEEDED
    assert line.result is not None
    return line.result

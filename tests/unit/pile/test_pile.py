"""The example pile is what it says it is: the same each time, right in its sums, and bad only where it is meant to be."""

import csv
import json
import tarfile
from collections import Counter
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZipFile

import docx
import openpyxl
import pypdfium2
import pytest
from examples.piles.invoices import INVOICE_FIELDS
from examples.piles.manifest import BAD, E_INVOICES, OFFICE, PILE, RECEIPTS, make_pile, write_pile
from examples.piles.truth import Truth
from lxml import etree, html
from PIL import Image
from stdnum import iban
from stdnum.eu import vat
from stdnum.gb import vat as gb_vat

REJECTED = {
    "bad_truncated.pdf": "file_truncated",
    "bad_password.pdf": "password_required",
    "bad_empty.pdf": "file_empty",
    "bad_executable.pdf": "type_unknown",
}
MEANT_TO_BE_WRONG = {"bad_sum.pdf", "bad_xml_against_page.pdf", "bad_font.pdf"}

OFFICE_ENDS = (".xlsx", ".docx", ".csv", ".html")
HIDDEN_ROWS = {"bad_hidden_rows.xlsx"}


@pytest.fixture(scope="module")
def pile() -> dict[str, tuple[bytes, Truth]]:
    return {name: (data, truth) for name, data, truth in make_pile()}


def _truths(pile: dict[str, tuple[bytes, Truth]]) -> list[tuple[str, Truth]]:
    """The files' truths and those of archive members."""
    out = []
    for name, (_, truth) in pile.items():
        out.append((name, truth))
        out += [(f"{name}/{member}", inner) for member, inner in truth.members.items()]
    return out


def test_the_pile_has_thirty_files_and_more() -> None:
    assert len(PILE) >= 30
    assert len(RECEIPTS) >= 8
    assert len(E_INVOICES) >= 5


@pytest.mark.parametrize(
    "name",
    [
        *E_INVOICES,
        *BAD,
        *OFFICE,
        "scan_de_turned.jpg",
        "invoice_fr_grid_2_pages.pdf",
        "receipt_fr_crumpled.jpg",
        "scan_de_leaning.pdf",
    ],
)
def test_a_file_has_the_same_bytes_each_time(name: str, pile: dict[str, tuple[bytes, Truth]]) -> None:
    data, truth = PILE[name](100_000 + sum(name.encode()))
    assert data == pile[name][0]
    assert truth == pile[name][1]


def test_another_seed_makes_other_documents(pile: dict[str, tuple[bytes, Truth]]) -> None:
    name = "invoice_de_window.pdf"
    assert PILE[name](77)[0] != pile[name][0]


def test_invoices_add_up(pile: dict[str, tuple[bytes, Truth]]) -> None:
    checked = 0
    for name, truth in _truths(pile):
        if truth.type != "invoice":
            continue
        fields = truth.fields
        assert sum(Decimal(row["amount"]) for row in truth.rows) == Decimal(str(fields["net_total"])), name
        for row in truth.rows:
            exact = Decimal(row["quantity"]) * Decimal(row["unit_price"])
            assert abs(exact - Decimal(row["amount"])) <= Decimal("0.005"), name
        assert fields["line_item_count"] == len(truth.rows)
        assert _tax(truth) == Decimal(str(fields["tax_total"])), name
        if name not in MEANT_TO_BE_WRONG:
            gross = Decimal(str(fields["net_total"])) + Decimal(str(fields["tax_total"]))
            assert gross == Decimal(str(fields["gross_total"])), name
        checked += 1
    assert checked >= 20


def _tax(truth: Truth) -> Decimal:
    basis: Counter[str] = Counter()
    for row in truth.rows:
        basis[row["tax_rate"]] += Decimal(row["amount"])  # type: ignore[assignment]
    return sum(
        (round(Decimal(amount) * Decimal(rate) / 100 + Decimal("1e-9"), 2) for rate, amount in basis.items()),
        Decimal(0),
    )


def test_the_invoice_that_is_meant_to_be_wrong_does_not_add_up(pile: dict[str, tuple[bytes, Truth]]) -> None:
    fields = pile["bad_sum.pdf"][1].fields
    assert Decimal(str(fields["net_total"])) + Decimal(str(fields["tax_total"])) != Decimal(
        str(fields["gross_total"])
    )


def test_statements_lead_from_the_opening_to_the_closing_balance(
    pile: dict[str, tuple[bytes, Truth]],
) -> None:
    statements = [
        truth for name, truth in _truths(pile) if truth.type == "bank_statement" and name not in HIDDEN_ROWS
    ]
    assert {len(truth.rows) for truth in statements} >= {1_200, 500, 40}
    for truth in statements:
        balance = Decimal(str(truth.fields["opening_balance"]))
        for row in truth.rows:
            balance += Decimal(row["amount"])
            assert balance == Decimal(row["balance"])
        assert balance == Decimal(str(truth.fields["closing_balance"]))
        dates = [row["date"] for row in truth.rows]
        assert dates == sorted(dates)
        assert truth.fields["period_from"] <= dates[0] <= dates[-1] <= truth.fields["period_to"]


def test_receipts_add_up(pile: dict[str, tuple[bytes, Truth]]) -> None:
    for name in RECEIPTS:
        truth = pile[name][1]
        assert sum(Decimal(row["amount"]) for row in truth.rows) == Decimal(str(truth.fields["total"]))


def test_check_digits_hold(pile: dict[str, tuple[bytes, Truth]]) -> None:
    for name, truth in _truths(pile):
        if truth.type == "bank_statement":
            assert iban.is_valid(str(truth.fields["account_iban"])), name
        if truth.type == "invoice":
            numbers = truth.fields["seller_tax_id"]
            number = numbers if isinstance(numbers, str) else next(iter(numbers))
            assert (gb_vat if number.startswith("GB") else vat).is_valid(number), name


def test_no_seller_has_two_invoices_of_one_number(pile: dict[str, tuple[bytes, Truth]]) -> None:
    numbers = Counter(
        (truth.fields["seller_name"], truth.fields["invoice_number"])
        for _, truth in _truths(pile)
        if truth.type == "invoice"
    )
    assert max(numbers.values()) == 1


def test_printed_fields_stand_on_the_pages(pile: dict[str, tuple[bytes, Truth]]) -> None:
    for name, (data, truth) in pile.items():
        if (
            truth.type != "invoice"
            or not truth.printed
            or not name.endswith(".pdf")
            or name.startswith("scan")
        ):
            continue
        text = _text(data)
        digits = "".join(character for character in text if character.isdigit())
        assert str(truth.fields["invoice_number"]) in text, name
        for field in ("net_total", "tax_total", "gross_total"):
            if field in truth.printed and field in truth.fields:
                assert str(truth.fields[field]).replace(".", "") in digits, f"{name}: {field}"
        # A ledger prints its own name in capitals; a narrow column breaks it.
        assert str(truth.fields["seller_name"]).upper() in " ".join(text.upper().split()), name
        assert set(truth.printed) <= set(INVOICE_FIELDS)


def test_every_file_opens_or_is_bad_as_intended(pile: dict[str, tuple[bytes, Truth]]) -> None:
    for name, (data, truth) in pile.items():
        assert truth.code == REJECTED.get(name), name
        assert (truth.status == ("rejected",)) == (name in REJECTED), name
        if name in REJECTED:
            continue
        if name.endswith(".pdf"):
            assert _text(data) or name.startswith("scan"), name
        elif name.endswith(".xml"):
            assert etree.fromstring(data).tag.endswith("Invoice"), name
        elif name.endswith(".zip"):
            assert ZipFile(BytesIO(data)).namelist() == list(truth.members)
        elif name.endswith(".tar.gz"):
            with tarfile.open(fileobj=BytesIO(data)) as tar:
                assert tar.getnames() == list(truth.members)
        elif name.endswith(".eml"):
            mail = message_from_bytes(data, policy=default)
            assert [part.get_filename() for part in mail.iter_attachments()] == list(truth.members)
        elif name.endswith(OFFICE_ENDS):
            assert _cells(name, data)
        else:
            with Image.open(BytesIO(data)) as picture:
                assert picture.width > 800, name
                picture.load()


def test_office_files_hold_what_their_labels_say(pile: dict[str, tuple[bytes, Truth]]) -> None:
    for name, (data, truth) in pile.items():
        if not name.endswith(OFFICE_ENDS):
            continue
        cells = _cells(name, data)
        for row in truth.rows:
            assert row["description"] in cells, name
            assert f"{Decimal(row['amount']):.2f}" in cells, name
        for field in ("gross_total", "closing_balance"):
            if field in truth.fields:
                assert f"{Decimal(str(truth.fields[field])):.2f}" in cells, name


def _cells(name: str, data: bytes) -> set[str]:
    """What stands in the cells, as another library reads them; numbers with two decimals and a point."""
    if name.endswith(".xlsx"):
        sheet = openpyxl.load_workbook(BytesIO(data)).active
        assert sheet is not None
        held = [cell for row in sheet.iter_rows(values_only=True) for cell in row if cell is not None]
        return {f"{cell:.2f}" if isinstance(cell, float | int) else str(cell) for cell in held}
    if name.endswith(".docx"):
        tables = docx.Document(BytesIO(data)).tables
        texts = [cell.text for table in tables for row in table.rows for cell in row.cells]
    elif name.endswith(".csv"):
        texts = [
            cell for row in csv.reader(StringIO(data.decode("utf-8-sig")), delimiter=";") for cell in row
        ]
    else:
        texts = [str(cell) for cell in html.fromstring(data.decode()).xpath("//td/text()")]
    swapped = str.maketrans(".,", ",.") if "_it_" in name else {}
    return {*texts, *(text.translate(swapped).replace(",", "") for text in texts)}


def test_the_bad_files_are_bad(pile: dict[str, tuple[bytes, Truth]]) -> None:
    assert b"%%EOF" not in pile["bad_truncated.pdf"][0]
    assert pile["bad_empty.pdf"][0] == b""
    assert pile["bad_executable.pdf"][0].startswith(b"\x7fELF")
    with pytest.raises(pypdfium2.PdfiumError, match=r"[Pp]assword"):
        pypdfium2.PdfDocument(pile["bad_password.pdf"][0])


def test_scans_have_no_text(pile: dict[str, tuple[bytes, Truth]]) -> None:
    assert _text(pile["scan_de_leaning.pdf"][0]) == ""


def test_hybrid_invoices_carry_their_profile(pile: dict[str, tuple[bytes, Truth]]) -> None:
    import facturx

    levels = {}
    for name in E_INVOICES:
        if name.endswith(".pdf"):
            _, xml = facturx.get_facturx_xml_from_pdf(pile[name][0], check_xsd=True)
            levels[name] = facturx.get_level(etree.fromstring(xml))
    assert levels == {
        "facturx_minimum_fr.pdf": "minimum",
        "zugferd_basic_de.pdf": "basic",
        "zugferd_en16931_de.pdf": "en16931",
        "facturx_basicwl_it.pdf": "basicwl",
    }


def test_plain_xml_invoices_are_valid(pile: dict[str, tuple[bytes, Truth]]) -> None:
    import facturx

    assert facturx.xml_check_xsd(pile["xrechnung_cii_de.xml"][0], flavor="factur-x", level="en16931")
    for name in ("xrechnung_ubl_de.xml", "invoice_ubl_fr.xml"):
        assert facturx.xml_check_xsd(pile[name][0], flavor="ubl-2.1-invoice")


def test_the_folder_has_a_label_and_the_rows_of_every_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {name: PILE[name] for name in ("invoice_de_window.pdf", "bad_empty.pdf", "three_files.zip")}
    monkeypatch.setattr("examples.piles.manifest.PILE", few)
    assert write_pile(tmp_path) == 3
    labels = [
        json.loads(line) for line in (tmp_path / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    assert [label["file"] for label in labels] == list(few)
    assert labels[1]["code"] == "file_empty"
    assert [member["type"] for member in labels[2]["members"]] == ["invoice", "invoice", "bank_statement"]
    truth = json.loads((tmp_path / "truth" / "invoice_de_window.pdf.json").read_text(encoding="utf-8"))
    assert len(truth["rows"]) == labels[0]["line_item_count"]


def _text(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()

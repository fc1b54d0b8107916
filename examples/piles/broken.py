"""Files that are not what they should be, each with the end that it must come to."""

import re
from dataclasses import replace
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from .einvoices import cii_xml, freeze
from .invoices import Invoice, make_invoice
from .layouts import invoice_pdf, printed_fields
from .layouts.sheet import Sheet
from .layouts.window import Window
from .truth import Truth

_MEANING = re.compile(rb"<([0-9A-Fa-f]{2,4})>\s*<([0-9A-Fa-f]{4})>")
"""One line of a font's table of meanings: a code and the character that it stands for."""


def truncated_pdf(*, seed: int = 1) -> tuple[bytes, Truth]:
    """An invoice whose copy stopped at two thirds."""
    data, _ = invoice_pdf("window", "de", 12, seed)
    return data[: len(data) * 2 // 3], _rejected("file_truncated")


def password_pdf(*, seed: int = 1) -> tuple[bytes, Truth]:
    """An invoice that cannot be opened without a password (RC4 with 128 bits, since AES would draw random bytes)."""
    import pikepdf

    data, _ = invoice_pdf("plain", "en", 5, seed)
    out = BytesIO()
    with pikepdf.open(BytesIO(data)) as pdf:
        lock = pikepdf.Encryption(user="open sesame", owner="treasure", R=3, aes=False, metadata=False)
        pdf.save(out, encryption=lock, static_id=True)
    return out.getvalue(), _rejected("password_required")


def empty_file() -> tuple[bytes, Truth]:
    return b"", _rejected("file_empty")


def executable() -> tuple[bytes, Truth]:
    """A 64-bit ELF program that ends at once (x86-64: mov eax, 60; xor edi, edi; syscall), to be named ``.pdf``."""
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00\x01\x00\x00\x00"
    header += (
        (0x400078).to_bytes(8, "little")
        + (64).to_bytes(8, "little")
        + bytes(12)
        + b"\x40\x00\x38\x00\x01\x00\x40\x00\x00\x00\x00\x00"
    )
    segment = b"\x01\x00\x00\x00\x05\x00\x00\x00" + bytes(8) + (0x400000).to_bytes(8, "little") * 2
    segment += (0x80).to_bytes(8, "little") * 2 + (0x1000).to_bytes(8, "little")
    return header + segment + b"\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05", _rejected("type_unknown")


def wrong_sum_pdf(*, seed: int = 1) -> tuple[bytes, Truth]:
    """An invoice that asks for 100 more than net and tax come to."""
    invoice = make_invoice("de", items=6, seed=seed)
    asked = invoice.gross + 100
    truth = invoice.truth(printed=printed_fields(invoice, "window"))
    fields = {**truth.fields, "gross_total": str(asked)}
    return _GrossShown(asked).draw(invoice), replace(truth, fields=fields, status=("needs_review",))


def contradicting_facturx(*, seed: int = 1) -> tuple[bytes, Truth]:
    """A hybrid e-invoice whose page asks for 500 more than its XML does."""
    from facturx import generate_from_binary

    invoice = make_invoice("de", items=4, seed=seed)
    page = _GrossShown(invoice.gross + 500).draw(invoice)
    data = generate_from_binary(
        page,
        cii_xml(invoice, "en16931"),
        flavor="factur-x",
        level="en16931",
        check_schematron=False,
        xmp_compression=False,
    )
    truth = invoice.truth(printed=printed_fields(invoice, "window"))
    fields = {name: value for name, value in truth.fields.items() if name != "gross_total"}
    return freeze(data), replace(truth, fields=fields, status=("needs_review",))


def lying_font_pdf(*, seed: int = 1) -> tuple[bytes, Truth]:
    """An invoice that shows its gross total in a font whose digits mean others to machines.

    The truth is what a person sees; nothing of it is hidden, and only the picture gives it away.
    """
    import pikepdf

    invoice = make_invoice("en", items=4, seed=seed)
    lied = str.maketrans("0123456789", "0918273645")

    def rewritten(match: "re.Match[bytes]") -> bytes:
        code, meant = match[1].decode(), chr(int(match[2], 16))
        return f"<{code}> <{ord(meant.translate(lied)):04X}>".encode()

    out = BytesIO()
    with pikepdf.open(BytesIO(_OwnFont().draw(invoice))) as document:
        for part in document.objects:
            if isinstance(part, pikepdf.Dictionary) and "/ToUnicode" in part:
                meanings = part["/ToUnicode"].read_bytes()
                part["/ToUnicode"].write(_MEANING.sub(rewritten, meanings))
        document.save(out, static_id=True)
    truth = invoice.truth(printed=printed_fields(invoice, "window"))
    fields = {name: value for name, value in truth.fields.items() if name != "gross_total"}
    return out.getvalue(), replace(truth, fields=fields, printed=(), status=("needs_review",))


def archive(files: dict[str, tuple[bytes, Truth]]) -> tuple[bytes, Truth]:
    """A ZIP of files with their truths; its run ends as unpacked, and each member is a document of its own."""
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as zip_file:
        for name, (data, _) in files.items():
            zip_file.writestr(ZipInfo(name, date_time=(2026, 1, 2, 3, 4, 4)), data, ZIP_DEFLATED)
    return out.getvalue(), Truth(type=None, members={name: truth for name, (_, truth) in files.items()})


class _GrossShown(Window):
    """The letter with another amount to pay than the invoice comes to."""

    def __init__(self, asked: object) -> None:
        self._asked = asked

    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        super().totals(sheet, _Overstated(invoice, self._asked), y)  # type: ignore[arg-type]


class _OwnFont(Window):
    """The letter with its gross total in an embedded font."""

    def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.ttfonts import TTFont

        pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
        shown, write = self.money(invoice, invoice.gross), sheet.text

        def text(x: float, at: float, words: str, **look: Any) -> None:
            write(x, at, words, **(look | {"font": "Vera"} if words == shown else look))

        sheet.text = text  # type: ignore[method-assign]
        super().totals(sheet, invoice, y)
        sheet.text = write  # type: ignore[method-assign]


class _Overstated:
    """An invoice but for its gross total."""

    def __init__(self, invoice: Invoice, gross: object) -> None:
        self._invoice = invoice
        self.gross = gross

    def __getattr__(self, name: str) -> object:
        return getattr(self._invoice, name)


def _rejected(code: str) -> Truth:
    return Truth(type=None, status=("rejected",), code=code)

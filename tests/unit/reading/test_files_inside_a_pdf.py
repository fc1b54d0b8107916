"""What is attached to a PDF: documents of their own, unless it is the XML of an e-invoice."""

import io

import pikepdf
import pytest
from tests.unit.reading.papers import encoded, line, pdf, picture

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.engines import reading


def _read(files: dict[str, bytes], allowed: ReadingLimits = DEFAULT) -> Reading:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf(line("Invoice with enough words to be a page of its own")))) as document:
        for name, content in files.items():
            document.attachments[name] = pikepdf.AttachedFileSpec(document, content)
        document.save(out)
    return reading.read(out.getvalue(), "x.pdf", allowed=allowed)


def test_documents_inside_are_members_and_xml_is_an_attachment() -> None:
    inner, photo = pdf(line("inner")), encoded(picture(["RECEIPT"]), "PNG")
    found = _read({"a.pdf": inner, "b.png": photo, "c.xml": b"<Invoice/>", "font.bin": b"\0\1\2\3" * 99})
    assert [(member.ordinal, member.name, member.data) for member in found.members] == [
        (0, "a.pdf", inner),
        (1, "b.png", photo),
    ]
    assert [attachment.name for attachment in found.attachments] == ["c.xml"]
    assert len(found.pages) == 1


def test_files_inside_that_unpack_to_too_much_are_a_bomb() -> None:
    bomb = pdf(line("x")) + b" " * limits.ATTACHMENT_SIZE_BYTES_MAX
    with pytest.raises(Rejected) as refused:
        _read({"bomb.pdf": bomb[: limits.ATTACHMENT_SIZE_BYTES_MAX]})
    assert refused.value.code == ErrorCode.UNPACK_BOMB


def test_files_inside_are_counted_like_those_of_an_archive() -> None:
    files = {f"{n}.pdf": pdf(line(f"document {n}")) for n in range(3)}
    with pytest.raises(Rejected) as refused:
        _read(files, DEFAULT.lowered({"archive_members_max": 2}))
    assert refused.value.code == ErrorCode.UNPACK_BOMB
    assert len(_read(files, DEFAULT.lowered({"attachments_max": 2})).members) == 2

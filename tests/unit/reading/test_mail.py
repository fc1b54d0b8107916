"""Mails: the letter on pages, what came with it as documents."""

import base64
import io
import struct
from email.message import EmailMessage

import pytest
from PIL import Image
from tests.unit.reading.compounds import attached, attached_mail, compound, mail
from tests.unit.reading.papers import line, pdf

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.limits import units
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT
from docmill.engines import reading
from docmill.engines.reading.mail.packed_rtf import unpacked_rtf

INVOICE = pdf(line("Invoice"))
HTML = "<p>Betrag:</p><table border=1><tr><td>Summe</td><td>12,50 €</td></tr></table>"


def _mail(body: str = "Hallo Welt", **headers: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"] = "Jürgen Müller <j@example.com>", "b@example.com"
    made["Subject"], made["Date"] = "Rechnung für März", "Mon, 01 Jan 2024 10:00:00 +0100"
    for name, value in headers.items():
        made[name] = value
    made.set_content(body)
    return made


def _read(data: bytes | EmailMessage, name: str = "x.eml") -> Reading:
    return reading.read(data if isinstance(data, bytes) else bytes(data), name)


def _words(found: Reading) -> str:
    return " ".join(word.text for page in found.pages for word in page.visible)


def _files(found: Reading) -> list[tuple[int, str, bytes]]:
    return [(member.ordinal, member.name, member.data) for member in found.members]


def _code(data: bytes, **lowered: int) -> ErrorCode:
    with pytest.raises(Rejected) as refused:
        reading.read(data, "x.eml", allowed=DEFAULT.lowered(lowered))
    return refused.value.code


def _picture(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).save(out, "PNG")
    return out.getvalue()


def test_a_mail_is_read_as_it_is_printed() -> None:
    found = _read(_mail(Cc="c@example.com"))
    assert found.media_type == "message/rfc822"
    assert _words(found) == (
        "From: Jürgen Müller <j@example.com> To: b@example.com Cc: c@example.com "
        "Subject: Rechnung für März Date: Mon, 01 Jan 2024 10:00:00 +0100 Hallo Welt"
    )


def test_everything_that_came_with_it_is_a_document_with_its_name() -> None:
    made = _mail()
    made.add_attachment(INVOICE, maintype="application", subtype="pdf", filename="Rechnung für März.pdf")
    made.add_attachment(b"\0tnef", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    made.add_attachment("Notiz", filename="../../notes.txt")
    assert _files(_read(made)) == [
        (0, "Rechnung für März.pdf", INVOICE),
        (1, "winmail.dat", b"\0tnef"),
        (2, "notes.txt", b"Notiz\n"),
    ]


def test_a_forwarded_mail_is_a_document_of_its_own_with_the_bytes_that_it_had() -> None:
    inner, outer = _mail("drinnen"), _mail("draußen")
    inner.add_attachment(INVOICE, maintype="application", subtype="pdf", filename="a.pdf")
    outer.add_attachment(inner)
    found = _read(outer)
    assert "drinnen" not in _words(found)
    ((_, name, data),) = _files(found)
    assert name == "Rechnung für März.eml"
    again = _read(data)
    assert "drinnen" in _words(again)
    assert _files(again) == [(0, "a.pdf", INVOICE)]


@pytest.mark.parametrize(
    ("plain", "expected"), [("Betrag: Summe 12,50 €", True), ("Viel mehr Text " * 9, False)]
)
def test_of_two_writings_the_one_that_says_more_is_read(plain: str, *, expected: bool) -> None:
    made = _mail(plain)
    made.add_alternative(HTML, subtype="html")
    found = _read(made)
    assert bool(found.pages[0].tables) is expected
    assert _words(found).count("Summe" if expected else "Viel") == (1 if expected else 9)


def test_logos_of_the_text_are_left_out_and_documents_are_kept() -> None:
    made = _mail("kurz")
    made.add_alternative(
        '<p>Sehr geehrte Damen</p><img src="cid:logo"><img src="cid:scan"><img src="cid:gif">', subtype="html"
    )
    related = made.get_payload()[1]
    logo, scan = _picture(120, 60), _picture(600, 800)
    related.add_related(logo, "image", "png", cid="<logo>", filename="logo.png")
    related.add_related(scan, "image", "png", cid="<scan>", filename="scan.png")
    related.add_related(_picture(100, 100), "image", "png", cid="<unused>", filename="unused.png")
    related.add_related(b"GIF89a" + bytes(9000), "image", "gif", cid="<gif>", filename="tracker.gif")
    assert [name for _, name, _ in _files(_read(made))] == ["scan.png", "unused.png"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("=?utf-8?q?M=C3=BCller?=", "Müller"),
        ("=?iso-8859-1?b?TfxsbGVy?=", "Müller"),
        ("=?nonsense?q?M=C3=BCller?=", "Müller"),
        ("=?utf-8?b?broken*?=", None),
        ("=??B?TALA?=", None),
        ("M\xfcller", "Müller"),
        ("a\r\n b", "a b"),
    ],
)
def test_headers_in_every_writing_are_read(header: str, expected: str | None) -> None:
    raw = f"From: x@example.com\r\nMessage-ID: <1>\r\nSubject: {header}\r\n\r\nbody".encode("latin-1")
    words = _words(_read(raw))
    assert words.endswith("body")
    assert expected is None or f"Subject: {expected} " in words


@pytest.mark.parametrize(("charset", "packing"), [("utf-8", "8bit"), ("latin-1", "base64"), ("latin-1", "8bit"),
                                                  ("x-unknown", "quoted-printable"), ("utf-7", "7bit")])  # fmt: skip
def test_bodies_in_every_encoding_are_read(charset: str, packing: str) -> None:
    known = {"x-unknown": "cp1252"}.get(charset, charset)
    body = "Grüße an Köln".encode(known)
    if packing == "base64":
        body = base64.encodebytes(body)
    if packing == "quoted-printable":
        body = body.replace(b"\xfc", b"=FC").replace(b"\xdf", b"=DF").replace(b"\xf6", b"=F6")
    head = f"From: x@example.com\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset={charset}\r\n"
    raw = f"{head}Content-Transfer-Encoding: {packing}\r\n\r\n".encode() + body
    assert _words(_read(raw)).endswith("Grüße an Köln")


def test_a_mail_that_was_cut_off_says_so() -> None:
    made = _mail()
    made.add_attachment(INVOICE, maintype="application", subtype="pdf", filename="a.pdf")
    assert _code(bytes(made)[:-60]) is ErrorCode.FILE_TRUNCATED


@pytest.mark.parametrize(
    "kind", ["multipart/encrypted; boundary=x", 'application/pkcs7-mime; smime-type="enveloped-data"']
)
def test_an_encrypted_mail_needs_its_key(kind: str) -> None:
    assert _code(f"From: a\r\nTo: b\r\nContent-Type: {kind}\r\n\r\nx".encode()) is ErrorCode.PASSWORD_REQUIRED


def test_parts_within_parts_end() -> None:
    depth = 5_000
    heads = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(depth))
    ends = "".join(f"\r\n--b{n}--" for n in reversed(range(depth)))
    raw = f"From: a\r\nTo: b\r\n{heads}\r\nx{ends}".encode()
    assert _code(raw) is ErrorCode.UNPACK_BOMB


def test_a_mail_of_too_many_parts_is_refused() -> None:
    parts = "\r\n--b\r\n\r\nx" * 50
    raw = f"From: a\r\nTo: b\r\nContent-Type: multipart/mixed; boundary=b\r\n{parts}\r\n--b--".encode()
    assert _code(raw, archive_members_max=20) is ErrorCode.UNPACK_BOMB


@pytest.mark.parametrize(
    "flood", ["X: y\r\n" * (limits.MAIL_HEADER_LINES_MAX + 1), f"X: {'y' * 2 * units.MIB}\r\n"]
)
def test_a_header_without_measure_is_refused(flood: str) -> None:
    raw = f"From: a@example.com\r\nTo: b@example.com\r\nSubject: c\r\n{flood}\r\nbody".encode()
    assert _code(raw) is ErrorCode.FILE_CORRUPT


def test_a_mail_of_outlook_is_read_like_any_other() -> None:
    texts = {0x0C1A: "Jürgen Müller", 0x5D01: "j@example.com", 0x0E04: "b@example.com", 0x0037: "Rechnung"}
    files = [attached("Rechnung.pdf", INVOICE), attached("logo.png", _picture(60, 60), "logo"),
             attached("big.bin", bytes(range(256)) * 40)]  # fmt: skip
    data = compound(mail(texts, files=files, html=f"{HTML}<img src='cid:logo'>".encode("cp1252")))
    found = _read(data, "x.msg")
    assert found.media_type == "application/vnd.ms-outlook"
    assert _words(found) == (
        "From: Jürgen Müller <j@example.com> To: b@example.com Subject: Rechnung "
        "Date: Wed, 17 Jan 2024 21:20:00 +0000 Betrag: Summe 12,50 €"
    )
    assert [(name, data) for _, name, data in _files(found)] == [
        ("Rechnung.pdf", INVOICE),
        ("big.bin", bytes(range(256)) * 40),
    ]


def test_a_mail_inside_a_mail_of_outlook_becomes_a_mail_that_can_be_read() -> None:
    innermost = mail({0x0037: "Ganz innen", 0x1000: "drei"}, inner=True)
    inner = mail(
        {0x0037: "Innen/Mitte", 0x1000: "zwei", 0x0C1A: "a@example.com"},
        files=[attached("a.pdf", INVOICE), attached_mail(innermost)], html=b"<p>zwei</p>", inner=True,
    )  # fmt: skip
    found = _read(compound(mail({0x0037: "Außen", 0x1000: "eins"}, files=[attached_mail(inner)])), "x")
    ((_, name, data),) = _files(found)
    assert name == "Innen Mitte.eml"
    again = _read(data)
    assert "Subject: Innen/Mitte" in _words(again)
    assert _words(again).count("zwei") == 1
    (_, first, kept), (_, second, last) = _files(again)
    assert (first, kept, second) == ("a.pdf", INVOICE, "Ganz innen.eml")
    assert _words(_read(last)).endswith("drei")


def test_mails_of_outlook_within_mails_end() -> None:
    inside = mail({0x0037: "x"}, inner=True)
    for _ in range(limits.UNPACK_DEPTH_MAX):
        inside = mail({0x0037: "x"}, files=[attached_mail(inside)], inner=True)
    with pytest.raises(Rejected) as refused:
        _read(compound(mail({0x0037: "x"}, files=[attached_mail(inside)])))
    assert refused.value.code is ErrorCode.UNPACK_BOMB


def test_an_office_file_with_a_password_says_so() -> None:
    data = compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(100)})
    assert _code(data) is ErrorCode.PASSWORD_REQUIRED
    assert _code(compound({"WordDocument": bytes(5000)})) is ErrorCode.TYPE_UNKNOWN


def test_a_mail_of_outlook_with_nothing_but_packed_rtf_is_read() -> None:
    # Literals, a reference to what both sides take to stand before the text, and the end.
    packed = b"{\\rtf1\\ansi Gr\\'fc\\'dfe, 12,50 EUR}"
    body = b"".join(b"\0" + packed[at : at + 8] for at in range(0, len(packed), 8))
    head = struct.pack("<II", len(body) + 12, len(packed)) + b"LZFu" + bytes(4)
    tree = mail({0x0037: "x"}) | {"__substg1.0_10090102": head + body}
    assert _words(_read(compound(tree))).endswith("Grüße, 12,50 EUR")


def test_packed_rtf_may_refer_to_what_stands_before_it() -> None:
    # {\rtf1 at 0, eight bytes long, is the whole of it.
    data = struct.pack("<II", 16, 6) + b"LZFu" + bytes(4) + b"\x01" + (0 << 4 | 4).to_bytes(2, "big")
    assert unpacked_rtf(data) == b"{\\rtf1"


@pytest.mark.parametrize(
    "flood",
    [
        "Subject: a" + " " * 1_000_000 + "b",
        "Content-Type: text/plain" + ";" * 1_000_000,
        "Content-Type: text/plain" + "; a=b" * 200_000,
    ],
)
def test_a_field_as_long_as_a_header_may_be_takes_no_time(flood: str) -> None:
    """Unfolding and parameters took quadratic time: minutes for one such field."""
    assert _words(_read(f"From: a@b.c\nTo: b@b.c\nMessage-ID: <1>\n{flood}\n\nHallo".encode())).endswith(
        "Hallo"
    )


def test_files_of_an_outlook_mail_may_not_unpack_to_more_than_an_archive_may() -> None:
    data = compound(mail({0x0037: "x"}, files=[attached("a.pdf", INVOICE), attached("b.pdf", INVOICE)]))
    assert _code(data, unpack_size_bytes_max=len(INVOICE)) is ErrorCode.UNPACK_BOMB
    assert (
        len(
            reading.read(
                data, "", allowed=DEFAULT.lowered({"unpack_size_bytes_max": 2 * len(INVOICE)})
            ).members
        )
        == 2
    )


def test_an_inner_mail_is_parted_by_what_its_files_cannot_hold() -> None:
    fences = b"\r\n".join(b"--docmill-%d" % number for number in range(100))
    inner = mail({0x0037: "x", 0x1000: "y"}, files=[attached("a.bin", fences)], inner=True)
    ((_, _, data),) = _files(_read(compound(mail({0x0037: "x"}, files=[attached_mail(inner)]))))
    assert _files(_read(data)) == [(0, "a.bin", fences)]

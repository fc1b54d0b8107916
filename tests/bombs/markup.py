"""Text that machines read: XML, HTML, mail and tables."""

from tests.bombs.bomb import OUT_OF_MEMORY, READ, bomb
from tests.bombs.deflated import MIB


def _doctype(entities: str, body: str) -> bytes:
    return f'<?xml version="1.0"?>\n<!DOCTYPE Invoice [{entities}]>\n<Invoice>{body}</Invoice>'.encode()


def laughs(space: str = "", sign: str = "&") -> str:
    """Ten entities, each of them ten times the one before."""
    first = f'<!ENTITY {space}e0 "ha">'
    return first + "".join(f'<!ENTITY {space}e{n} "' + f"{sign}e{n - 1};" * 10 + '">' for n in range(1, 10))


@bomb("xml", "xml_forbidden")
def xml_of_a_billion_laughs() -> bytes:
    return _doctype(laughs(), "&e9;")


@bomb("xml", "xml_forbidden")
def xml_of_quadratic_entities() -> bytes:
    """One entity of a megabyte, named a hundred thousand times."""
    return _doctype(f'<!ENTITY a "{"a" * MIB}">', "&a;" * 100_000)


@bomb("xml", "xml_forbidden")
def xml_of_parameter_entities() -> bytes:
    return _doctype(laughs("% ", "%") + "%e9;", "")


@bomb("xml", "xml_forbidden")
def xml_of_attributes_with_entities() -> bytes:
    return _doctype(laughs(), '<a b="&e9;"/>')


@bomb("xml", "xml_forbidden")
def xml_a_million_deep() -> bytes:
    return b"<Invoice>" + b"<a>" * 1_000_000 + b"</a>" * 1_000_000 + b"</Invoice>"


@bomb("xml", "xml_forbidden")
def xml_of_ten_million_elements() -> bytes:
    return b"<Invoice>" + b"<a/>" * 10_000_000 + b"</Invoice>"


@bomb("xml", "xml_forbidden")
def xml_of_one_long_name() -> bytes:
    return b"<Invoice><" + b"a" * (20 * MIB) + b"/></Invoice>"


@bomb("xml", READ, "reader_limit")
def xml_of_many_namespaces() -> bytes:
    spaces = "".join(f' xmlns:n{n}="urn:n{n}"' for n in range(200_000))
    return f"<Invoice{spaces}><n199999:a/></Invoice>".encode()


@bomb("xml", *OUT_OF_MEMORY)
def xml_of_many_attributes() -> bytes:
    attributes = "".join(f' a{n}="1"' for n in range(500_000))
    return f"<Invoice{attributes}/>".encode()


@bomb("html", READ, "reader_limit")
def html_a_million_deep() -> bytes:
    return b"<!doctype html><html><body>" + b"<div>" * 1_000_000 + b"Total 119.00" + b"</div>" * 1_000_000


@bomb("html", READ, "reader_limit")
def html_of_tables_within_tables() -> bytes:
    return b"<!doctype html><html><body>" + b"<table><tr><td>" * 100_000 + b"Total 119.00"


@bomb("html", READ)
def html_of_a_thousand_million_columns() -> bytes:
    row = b'<tr><td colspan="1000000000" rowspan="1000000000">Total</td><td>119.00</td></tr>'
    return b"<!doctype html><html><body><table>" + row * 1_000 + b"</table></body></html>"


@bomb("html", READ, "reader_limit")
def html_of_open_tags() -> bytes:
    """Formatting that is never closed, which a browser opens again in each paragraph."""
    return b"<!doctype html><html><body>" + b"<p><b><i><font size=1><a href=x>a" * 200_000


@bomb("html", READ, "reader_limit")
def html_of_one_tag() -> bytes:
    return b"<!doctype html><html><body><p " + b'a="' * (5 * MIB) + b">Total</p></body></html>"


@bomb("html", READ, "reader_limit")
def html_of_entities() -> bytes:
    return b"<!doctype html><html><body><p>" + b"&#x1F4A9;&NotEqualTilde" * 100_000 + b"</p></body></html>"


@bomb("csv", "too_many_pages")
def csv_of_one_line() -> bytes:
    return b"number;total\n4711;" + b"a" * (49 * MIB)


@bomb("csv", "reader_limit")
def csv_of_columns() -> bytes:
    return b"1;" * 10_000_000 + b"\n" + b"4711;119.00\n" * 100


@bomb("csv", "too_many_pages")
def csv_of_an_open_quote() -> bytes:
    return b'number;total\n4711;"' + b'119.00\n""' * 2_000_000


@bomb("csv", "too_many_pages", "reader_limit")
def csv_of_rows() -> bytes:
    return b"number,total\n" + b"1,2\n" * 10_000_000


@bomb("txt", "too_many_pages", "reader_limit")
def text_of_blank_lines() -> bytes:
    return b"Total 119.00\n" + b"\n" * (45 * MIB)


@bomb("txt", "too_many_pages", "reader_limit")
def text_of_marks() -> bytes:
    """A letter with twenty million marks above it."""
    return b"Total a" + "\u0301".encode() * (20 * MIB) + b" 119.00\n"


def _mail(headers: str, body: str) -> bytes:
    fixed = "From: a@example.com\r\nTo: b@example.com\r\nSubject: invoice\r\nMIME-Version: 1.0\r\n"
    return (fixed + headers + "\r\n" + body).encode()


@bomb("eml", "file_truncated")
def mail_10_000_deep() -> bytes:
    """Parts within parts."""
    opened = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(10_000)
    )
    return _mail(opened + "Content-Type: text/plain\r\n", "Total 119.00\r\n")


@bomb("eml", READ)
def mail_within_mail() -> bytes:
    """Forwarded mails, each within the next."""
    inner = "From: a@example.com\r\nSubject: re\r\nContent-Type: message/rfc822\r\n\r\n" * 10_000
    return _mail("Content-Type: message/rfc822\r\n", inner + "Total 119.00\r\n")


@bomb("eml", "file_corrupt")
def mail_of_a_million_headers() -> bytes:
    return _mail("X-A: b\r\n" * 1_000_000, "Total 119.00\r\n")


@bomb("eml", "file_corrupt")
def mail_of_one_long_header() -> bytes:
    return _mail("X-A: " + "=?utf-8?B?YQ==?= " * 500_000 + "\r\n", "Total 119.00\r\n")


@bomb("eml", "file_corrupt")
def mail_of_a_long_address() -> bytes:
    return _mail("Cc: " + "(" * 200_000 + "a@example.com, " * 100_000 + "\r\n", "Total 119.00\r\n")


@bomb("eml", "unpack_bomb")
def mail_of_many_parts() -> bytes:
    part = "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\na\r\n"
    return _mail('Content-Type: multipart/mixed; boundary="b"\r\n', part * 200_000 + "--b--\r\n")


@bomb("eml", "file_corrupt")
def mail_of_endless_parameters() -> bytes:
    words = "".join(f' name*{n}="a";\r\n' for n in range(200_000))
    return _mail(f"Content-Type: application/pdf;\r\n{words} x=y\r\n", "Total 119.00\r\n")

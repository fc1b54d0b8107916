"""A mail written as it would be sent: what a mail inside an Outlook file becomes, to be a file of its own."""

import hashlib

from docmill.engines.reading.mail.letter import Body, Letter

_LINE = "\r\n"


def written_mail(letter: Letter) -> bytes:
    """Return the mail as RFC 5322, the same bytes for the same mail. Contents stay as they are (binary)."""
    parts = [part for body in letter.bodies for part in _writings(body)]
    parts += [_part("application/octet-stream", file.data, file.name) for file in letter.files]
    boundary = _boundary(parts)
    heads = [f"{label}: {text}" for label, text in letter.heads]
    heads += ["MIME-Version: 1.0", f'Content-Type: multipart/mixed; boundary="{boundary}"']
    fence = f"{_LINE}--{boundary}".encode()
    whole = [_LINE.join(heads).encode("utf-8", "replace") + (_LINE * 2).encode()]
    for part in parts:
        whole += [fence, _LINE.encode(), part]
    return b"".join([*whole, fence, b"--", _LINE.encode()])


def _writings(body: Body) -> list[bytes]:
    """The body's writings as one part; of two the reader chooses."""
    found = [
        _part(f"{kind}; charset={written.charset or 'utf-8'}", written.data)
        for kind, written in (("text/plain", body.plain), ("text/html", body.html))
        if written is not None
    ]
    if len(found) < 2:
        return found
    boundary = _boundary(found) + "-alternative"
    fence = f"{_LINE}--{boundary}".encode()
    inner = b"".join(piece for part in found for piece in (fence, _LINE.encode(), part))
    head = f'Content-Type: multipart/alternative; boundary="{boundary}"{_LINE}{_LINE}'.encode()
    return [head + inner + fence + b"--" + _LINE.encode()]


def _part(kind: str, data: bytes, name: str = "") -> bytes:
    heads = [f"Content-Type: {kind}", "Content-Transfer-Encoding: binary"]
    if name:
        quoted = name.replace("\\", "_").replace('"', "'")
        heads.append(f'Content-Disposition: attachment; filename="{quoted}"')
    return (_LINE.join(heads) + _LINE * 2).encode("utf-8", "replace") + data


def _boundary(parts: list[bytes]) -> str:
    """What no part can hold, whoever wrote it: it is made of all their bytes."""
    whole = hashlib.sha256()
    for part in parts:
        whole.update(part)
    return f"docmill-{whole.hexdigest()[:40]}"

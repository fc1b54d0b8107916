"""Compound files (OLE) and Outlook mails for tests."""

import struct
from dataclasses import dataclass, field

_END, _FREE, _FAT_SECTOR = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096

Tree = dict[str, "bytes | Tree"]


@dataclass
class _Chains:
    """Chunks of one size, and which follows which."""

    size: int
    chunks: list[bytes] = field(default_factory=list)
    table: list[int] = field(default_factory=list)

    def add(self, data: bytes) -> int:
        if not data:
            return _END
        start = len(self.chunks)
        pieces = [data[at : at + self.size].ljust(self.size, b"\0") for at in range(0, len(data), self.size)]
        self.chunks += pieces
        self.table += [*range(start + 1, start + len(pieces)), _END]
        return start


def compound(tree: Tree) -> bytes:
    """A compound file of these streams and storages."""
    sectors, minis = _Chains(_SECTOR), _Chains(_MINI)
    entries: list[list[object]] = [["Root Entry", 5, _FREE, _FREE, _FREE, _END, 0]]

    def put(parent: int, inside: Tree) -> None:
        before = None
        for name, content in sorted(inside.items(), key=lambda item: (len(item[0]), item[0].upper())):
            index = len(entries)
            if isinstance(content, dict):
                entries.append([name, 1, _FREE, _FREE, _FREE, 0, 0])
                put(index, content)
            else:
                chains = minis if len(content) < _CUTOFF else sectors
                entries.append([name, 2, _FREE, _FREE, _FREE, chains.add(content), len(content)])
            if before is None:
                entries[parent][4] = index
            else:
                entries[before][3] = index
            before = index

    put(0, tree)
    mini_stream = b"".join(minis.chunks)
    entries[0][5:] = [sectors.add(mini_stream), len(mini_stream)]
    mini_table = sectors.add(struct.pack(f"<{len(minis.table)}I", *minis.table).ljust(_SECTOR, b"\xff"))
    directory = sectors.add(b"".join(_entry(*entry) for entry in entries))
    fats = -(-(len(sectors.table) + 8) // 127)
    first_fat = len(sectors.table)
    table = sectors.table + [_FAT_SECTOR] * fats
    table += [_FREE] * (fats * 128 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack("<HHHHH6xIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, fats, directory, 0, _CUTOFF,
                          mini_table, max(1, -(-len(minis.table) // 128)), _END, 0, first_fat)  # fmt: skip
    header += b"".join(struct.pack("<I", first_fat + n if n < fats else _FREE) for n in range(1, 109))
    return header + b"".join(sectors.chunks) + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, left: int, right: int, child: int, start: int, size: int) -> bytes:
    wide = name.encode("utf-16-le") + b"\0\0"
    return (
        wide.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(wide), kind, 1, left, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def mail(
    texts: dict[int, str], *, files: list[Tree] | None = None, html: bytes = b"", inner: bool = False
) -> Tree:
    """The tree of an Outlook mail: properties by number, and attachments."""
    tree: Tree = {f"__substg1.0_{tag:04X}001F": text.encode("utf-16-le") for tag, text in texts.items()}
    if html:
        tree["__substg1.0_10130102"] = html
    sent = struct.pack("<HHIQ", 0x40, 0x0039, 6, 133_500_000_000_000_000)
    tree["__properties_version1.0"] = bytes(24 if inner else 32) + sent
    for number, file in enumerate(files or []):
        tree[f"__attach_version1.0_#{number:08X}"] = file
    return tree


def attached(name: str, data: bytes, content_id: str = "") -> Tree:
    tree: Tree = {"__substg1.0_3707001F": name.encode("utf-16-le"), "__substg1.0_37010102": data}
    if content_id:
        tree["__substg1.0_3712001F"] = content_id.encode("utf-16-le")
    return tree | {"__properties_version1.0": bytes(8)}


def attached_mail(inside: Tree) -> Tree:
    return {"__substg1.0_3701000D": inside, "__properties_version1.0": bytes(8)}

"""Deflate streams that cost nothing to make: one block of output, said again and again."""

import struct
import zlib

MIB = 1024 * 1024
GIB = 1024 * MIB
_BLOCK_BYTES = 4 * MIB
_LAST_BLOCK = b"\x03\x00"  # empty, and the last one


def raw(pattern: bytes, size_bytes: int) -> bytes:
    """Raw deflate of ``pattern`` repeated up to about ``size_bytes``."""
    block = pattern * (_BLOCK_BYTES // len(pattern))
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    # After a full flush no later block refers back, so that the bytes can be repeated.
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return packed * -(-size_bytes // len(block)) + _LAST_BLOCK


def zlibbed(pattern: bytes, size_bytes: int) -> bytes:
    """A zlib stream. Its checksum is wrong, which is noticed by those only who have unpacked all of it."""
    return b"\x78\xda" + raw(pattern, size_bytes) + bytes(4)


def gzipped(pattern: bytes, size_bytes: int) -> bytes:
    """A gzip member, with a wrong checksum at its end."""
    head = b"\x1f\x8b\x08\x00" + bytes(4) + b"\x02\xff"
    return head + raw(pattern, size_bytes) + struct.pack("<II", 0, size_bytes & 0xFFFFFFFF)

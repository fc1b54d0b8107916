"""What one upload may unpack to: one budget for all archives within archives."""

from dataclasses import dataclass

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.reading_limits import ReadingLimits


@dataclass(slots=True)
class Budget:
    """``packed_bytes``: the size of the upload itself. Every method raises Rejected(unpack_bomb)."""

    packed_bytes: int
    allowed: ReadingLimits
    unpacked_bytes: int = 0
    members: int = 0

    def take(self, size_bytes: int) -> None:
        """Count bytes that a decompressor gave out."""
        self.unpacked_bytes += size_bytes
        if self.unpacked_bytes > self.allowed.unpack_size_bytes_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, "too many bytes")
        # A few kilobytes of text compress well without anybody's ill will.
        most = self.allowed.unpack_ratio_max * max(self.packed_bytes, limits.UNPACK_STEP_BYTES)
        if self.unpacked_bytes > most:
            raise Rejected(ErrorCode.UNPACK_BOMB, "the archive unpacks to too much")

    def count(self) -> None:
        """Count one file, of whichever archive."""
        self.members += 1
        if self.members > self.allowed.archive_members_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, f"more than {self.allowed.archive_members_max} files")

    def require_depth(self, depth: int) -> None:
        if depth > self.allowed.unpack_depth_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, "archives within archives")

    def require_size(self, size_bytes: int) -> None:
        """Raise Rejected(file_too_large) for a member that no upload could be."""
        if size_bytes > self.allowed.file_size_bytes_max:
            raise Rejected(ErrorCode.FILE_TOO_LARGE, "a file in the archive")

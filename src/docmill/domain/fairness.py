"""Whose turn it is: priorities within a tenant, weights between tenants, and what a message may cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.fairness import WEIGHT_MAX, WEIGHT_MIN


class Priority(StrEnum):
    """Orders the messages of one tenant, in all stages; never one tenant's against another's."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


RANKS: dict[Priority, int] = {Priority.HIGH: 0, Priority.NORMAL: 1, Priority.LOW: 2}


@dataclass(frozen=True, slots=True)
class Share:
    """While two tenants have work waiting, they get CPU seconds in the ratio of their weights.

    A weight in ``stages`` stands in the place of ``weight`` for the seconds that go into that stage.
    """

    weight: float = 1.0
    stages: Mapping[str, float] = field(default_factory=dict)

    def checked(self) -> "Share":
        """Raise DocmillError(request_invalid) for a weight that cannot be."""
        for name, weight in {"weight": self.weight, **self.stages}.items():
            if not WEIGHT_MIN <= weight <= WEIGHT_MAX:
                detail = f"{name}: want a weight from {WEIGHT_MIN:g} to {WEIGHT_MAX:g}."
                raise DocmillError(ErrorCode.REQUEST_INVALID, detail)
        return self


_SORTS = {
    "pdf": ("pdf",),
    "picture": ("png", "jpg", "jpeg", "tif", "tiff", "webp", "heic", "avif", "bmp", "gif"),
    "xml": ("xml", "html", "htm", "xhtml"),
    "text": ("txt", "csv", "tsv", "md", "json", "log"),
    "office": ("docx", "xlsx", "pptx", "odt", "ods", "odp", "rtf", "doc", "xls"),
    "mail": ("eml", "msg"),
    "archive": ("zip", "tar", "gz", "tgz", "bz2", "xz", "7z"),
}
_SORT_OF = {ending: sort for sort, endings in _SORTS.items() for ending in endings}


def kind_of_file(name: str, size_bytes: int) -> str:
    """What reading a file will cost depends on this: an e-invoice takes milliseconds, a scan seconds.

    Told by its name, which may lie: what is expected is put right by what is measured.
    """
    return f"{_SORT_OF.get(name.rpartition('.')[2].lower(), 'other')}/{_magnitude(size_bytes)}"


def kind_of_reading(media_type: str | None, size_bytes: int) -> str:
    """What the stages after reading will cost depends on how much was read."""
    top, _, sub = (media_type or "").partition("/")
    sort = "picture" if top == "image" else _SORT_OF.get(sub.rpartition("+")[2], "other")
    return f"{sort}:{_magnitude(size_bytes)}"


def _magnitude(size_bytes: int) -> int:
    """Powers of four, from 1 KiB to 16 MiB: nine of them."""
    return min((max(size_bytes, 1).bit_length() - 9) // 2, 8) if size_bytes >= 1024 else 0

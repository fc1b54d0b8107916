"""What one file may cost: the limits that a tenant may have less of, as one value."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits import child as child_limits
from docmill.domain.limits import documents as limits


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """Each name is that of the constant in `limits` that it starts from, in lower case."""

    file_size_bytes_max: int = limits.FILE_SIZE_BYTES_MAX
    pages_max: int = limits.PAGES_MAX
    page_pixels_max: int = limits.PAGE_PIXELS_MAX
    archive_members_max: int = limits.ARCHIVE_MEMBERS_MAX
    unpack_ratio_max: int = limits.UNPACK_RATIO_MAX
    unpack_size_bytes_max: int = limits.UNPACK_SIZE_BYTES_MAX
    unpack_depth_max: int = limits.UNPACK_DEPTH_MAX
    xml_depth_max: int = limits.XML_DEPTH_MAX
    xml_elements_max: int = limits.XML_ELEMENTS_MAX
    package_parts_max: int = limits.PACKAGE_PARTS_MAX
    package_part_bytes_max: int = limits.PACKAGE_PART_BYTES_MAX
    package_elements_max: int = limits.PACKAGE_ELEMENTS_MAX
    table_cells_max: int = limits.TABLE_CELLS_MAX
    attachments_max: int = limits.ATTACHMENTS_MAX
    child_memory_bytes_max: int = child_limits.CHILD_MEMORY_BYTES_MAX
    child_cpu_s_max: int = child_limits.CHILD_CPU_S_MAX
    child_first_page_wall_s_max: float = child_limits.CHILD_FIRST_PAGE_WALL_S_MAX
    child_set_wall_s_max: float = child_limits.CHILD_SET_WALL_S_MAX
    child_page_wall_s_max: float = child_limits.CHILD_PAGE_WALL_S_MAX
    ocr_page_wall_s_max: float = child_limits.OCR_PAGE_WALL_S_MAX

    def lowered(self, wanted: Mapping[str, Any]) -> "ReadingLimits":
        """Return these with some of them lowered.

        Raises DocmillError(request_invalid) for an unknown name, and for a value that is no positive
        number of the limit's kind or is above the limit.
        """
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, value in wanted.items():
            most = known.get(name)
            if most is None:
                names = ", ".join(known)
                raise DocmillError(ErrorCode.REQUEST_INVALID, f"no limit {name[:60]!r}; there are {names}")
            whole = isinstance(value, int) and not isinstance(value, bool)
            if not whole and not (isinstance(value, float) and isinstance(most, float)):
                raise DocmillError(ErrorCode.REQUEST_INVALID, f"{name}: not a number of its kind")
            if not 0 < value <= most:
                raise DocmillError(ErrorCode.REQUEST_INVALID, f"{name}: above 0, and {most} at the most")
        return replace(self, **dict(wanted))

    def capped(self, stored: Mapping[str, Any]) -> "ReadingLimits":
        """Return these with what was stored, which another release may have checked.

        A value above today's limit and a name that is no limit any more count for nothing.
        """
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        return replace(self, **{n: min(value, known[n]) for n, value in stored.items() if n in known})

    def to_json(self) -> dict[str, int | float]:
        return asdict(self)


DEFAULT = ReadingLimits()
"""What holds for a tenant that has nothing lowered."""

"""The child that opens untrusted bytes, and the engines that read pixels."""

from docmill.domain.limits.units import MIB

CHILD_MEMORY_BYTES_MAX = 1024 * MIB
"""Address space that the child may add to what the zygote had. Code: reader_limit."""
CHILD_CPU_S_MAX = 300
"""CPU time of one child, for all pages of its document. Code: reader_limit."""
CHILD_FILES_MAX = 32
"""Files and sockets that the child may hold open."""
FRAME_SIZE_BYTES_MAX = 64 * MIB
"""One message from the child: a page of words; and one page of pixels or one file. Code: reader_crashed."""
CHILD_FIRST_PAGE_WALL_S_MAX = 8.0
"""Wall time until the child has read its first page. Code: reader_limit."""
CHILD_SET_WALL_S_MAX = 30.0
"""Wall time for each set of pages. Code: reader_limit."""
PAGES_PER_SET = 20
"""Pages that are read between two looks at the clock."""
CHILD_PAGE_WALL_S_MAX = 8.0
"""Wall time for one page, so that it does not eat up its set. Code: page_failed."""
CHILD_MESSAGES_MAX = 5_000
"""Messages of one child: its pages, members and attachments, each at its most. Code: reader_crashed."""
CHILD_RESTARTS_MAX = 5
"""Pages of one document that may bring their child down before it is given up. Code: reader_crashed."""
OCR_PAGE_WALL_S_MAX = 60.0
"""Wall time for the OCR of one page. Code: page_failed."""
OCR_PAGES_PER_PROCESS = 500
"""Pages after which an OCR process is replaced by a new one."""
OCR_MEMORY_BYTES_MAX = 2_500 * MIB
"""Resident memory at which an OCR process is replaced."""
ENGINE_IDLE_S = 30.0
"""Seconds without work after which OCR and embedding processes leave."""

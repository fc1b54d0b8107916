"""What one document may cost."""

from docmill.domain.limits.units import KIB, MIB

FILE_SIZE_BYTES_MAX = 50 * MIB
"""A file that is uploaded or unpacked. Code: file_too_large."""
PAGES_MAX = 2_000
"""Pages of one document. Code: too_many_pages."""
WORDS_MAX = 1_000_000
"""Words of one document, 500 on each of 2,000 pages: they are held in memory. Code: reader_limit."""
WORD_CHARS_MAX = 1_000
"""Characters of one word: what is longer is data, and is cut before patterns look at it."""
LINE_WORDS_MAX = 2_000
"""Words of one printed line in which values are looked for together; more become a line of their own."""
READING_CHARS_MAX = 100_000_000
"""Characters of all words of one document: they are held in memory. Code: reader_limit."""
PAGE_PIXELS_MAX = 50_000_000
"""Pixels of one picture or rendered page. Code: too_many_pixels."""
RENDER_PIXELS_MAX = 16_000_000
"""Pixels that a PDF page is rendered to at the most: larger pages get a smaller scale, not an error."""
RENDER_DPI = 200
"""Resolution at which a page without text is rendered for OCR; RapidOCR gains nothing above it."""
RENDER_DPI_MAX = 400
"""The highest resolution at which a page is drawn for people."""
JPEG_SCANS_MAX = 200
"""Passes of a progressive JPEG: cameras write about ten, bombs hundreds. Code: file_corrupt."""
ARCHIVE_MEMBERS_MAX = 1_000
"""Files in one archive or mail. Code: unpack_bomb."""
UNPACK_RATIO_MAX = 100
"""Unpacked bytes for one packed byte of an archive or office file. Code: unpack_bomb."""
UNPACK_SIZE_BYTES_MAX = 500 * MIB
"""Unpacked bytes of one archive or office file. Code: unpack_bomb."""
UNPACK_DEPTH_MAX = 3
"""Archives and mails within each other. Code: unpack_bomb."""
PACKAGE_PARTS_MAX = 10_000
"""Parts of an office file: text, pictures, slides. Code: unpack_bomb."""
PACKAGE_PART_BYTES_MAX = 100 * MIB
"""One unpacked part of an office file. Code: unpack_bomb."""
PACKAGE_ELEMENTS_MAX = 3_000_000
"""Elements of all XML that is read of one office file. Code: unpack_bomb."""
TABLE_CELLS_MAX = 200_000
"""Cells with something in them of one office file. Code: too_many_pages."""
TABLE_COLUMNS_MAX = 1_000
"""Columns of one table of an office file or web page. Code: too_many_pages."""
XML_DEPTH_MAX = 100
"""Nested elements of an XML file. Code: xml_forbidden."""
XML_ELEMENTS_MAX = 500_000
"""Elements and attributes of all XML in one document: about 20,000 invoice lines. Code: xml_forbidden."""
XML_NAME_CHARS_MAX = 1_000
"""The name of an XML element with its namespace. Code: xml_forbidden."""
XML_ATTRIBUTE_CHARS_MAX = 64 * KIB
"""One attribute of an XML element. Code: xml_forbidden."""
XML_TEXT_CHARS_MAX = 64 * KIB
"""Text of one XML element; longer text is a file that is packed into the XML, and is left out."""
PAGE_NAME_CHARS_MAX = 200
"""The name of a sheet or slide; longer ones are cut."""
PAGE_PATHS_MAX = 20_000
"""Shapes of one page that are asked whether they are lines; a page of more is a drawing."""
PAGE_PIECES_MAX = 20_000
"""Pieces of shapes of one page that are put together to lines."""
PAGE_STROKES_MAX = 2_000
"""Lines of one page that are kept, the longest ones."""
PAGE_CHECK_BOXES_MAX = 1_000
"""Check boxes of one page that are kept."""
TABLE_UNITS_MAX = 10_000
"""Rows times columns of one table that is found by its lines; more of them are graph paper."""
STRUCTURE_WORDS_MAX = 20_000
"""Words of one page up to which blocks, tables and pairs are looked for."""
ATTACHMENTS_MAX = 50
"""Attachments of one PDF that are looked at."""
ATTACHMENT_SIZE_BYTES_MAX = 10 * MIB
"""An attachment of a PDF; larger ones are not looked into."""
UNPACK_STEP_BYTES = 256 * KIB
"""What is unpacked at a time, and the size that every archive is taken to have for the ratio."""
ZIP_FOLDERS_PER_FILE_MAX = 20
"""Entries of a ZIP's directory for each file that it may have. Code: unpack_bomb."""
PACKED_STREAMS_MAX = 2_000
"""Streams one after the other in a gzip, bzip2 or xz file. Code: unpack_bomb."""
TAR_NOTE_BYTES_MAX = 64 * KIB
"""What a TAR notes about one file beside its header. Code: file_corrupt."""
MAIL_HEADER_BYTES_MAX = 1 * MIB
"""The header of a mail or of one of its parts. Code: file_corrupt."""
MAIL_HEADER_LINES_MAX = 5_000
"""Lines of such a header. Code: file_corrupt."""
MAIL_FIELD_CHARS_MAX = 8_000
"""Characters of one header field that are read."""
MAIL_DEPTH_MAX = 20
"""Parts of a mail within parts. Code: unpack_bomb."""
TEXT_PROBE_BYTES = 64 * 1024
"""The beginning of a text file that tells its kind and its encoding."""

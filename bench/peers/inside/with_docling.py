"""Docling's native PDF pipeline: what the file says, by docling-parse, without any model."""

from importlib.metadata import version

from docling.datamodel.base_models import InputFormat
from docling.datamodel.pipeline_options import NativePdfPipelineOptions
from docling.document_converter import DocumentConverter, NativePdfFormatOption
from docling_core.types.doc import TableItem
from telling import Found, Peer, tell


class Docling(Peer):
    """``words`` asks for one item a word, ``lines`` for Docling's default of one a line."""

    version = version("docling-slim")
    note = "`NativePdfFormatOption`, one parser thread"

    def __init__(self) -> None:
        super().__init__()
        self._words, self._lines = _converter("word"), _converter("line")
        self.read = {
            "words": lambda path: _items(self._words, path),
            "lines": lambda path: _items(self._lines, path),
            "tables": self._tables,
        }

    def _tables(self, path: str) -> Found:
        """Its table model is what makes these: without it there are none."""
        tables = self._lines.convert(path).document.tables
        return [[table.prov[0].page_no, _cells(table)] for table in tables]


def _cells(table: TableItem) -> Found:
    return [
        [cell.start_row_offset_idx, cell.start_col_offset_idx, cell.row_span, cell.col_span, cell.text]
        for cell in table.data.table_cells
    ]


def _converter(unit: str) -> DocumentConverter:
    options = NativePdfPipelineOptions(text_cell_unit=unit, parser_threads=1)
    return DocumentConverter(
        allowed_formats=[InputFormat.PDF],
        format_options={InputFormat.PDF: NativePdfFormatOption(pipeline_options=options)},
    )


def _items(converter: DocumentConverter, path: str) -> Found:
    document = converter.convert(path).document
    pages: dict[int, Found] = {number: [] for number in sorted(document.pages)}
    heights = {number: page.size.height for number, page in document.pages.items()}
    for item in document.texts:
        place = item.prov[0]
        box = place.bbox.to_top_left_origin(heights[place.page_no])
        pages[place.page_no].append([item.text, box.l, box.t, box.r, box.b])
    return list(pages.values())


tell(Docling)

"""The files that are measured on: labelled ones where they are, else generated ones."""

from collections.abc import Iterator
from pathlib import Path

from examples.piles import invoice_pdf

from bench.accuracy import EVAL

_LANGUAGES = ("de", "en", "fr", "it")
_LAYOUTS = ("window", "grid", "ledger", "plain")
"""Those whose invoices are accepted without a person: only they go all the way to the archive."""


def invoices(count: int, *, seed: int) -> Iterator[bytes]:
    """One-page digital invoices in several layouts and languages, each with a number and bytes of its own."""
    for number in range(seed, seed + count):
        layout = _LAYOUTS[number % len(_LAYOUTS)]
        language = _LANGUAGES[number // len(_LAYOUTS) % len(_LANGUAGES)]
        yield invoice_pdf(layout, language, 5, number)[0]


def text_pdfs(count: int) -> tuple[str, list[bytes]]:
    """PDFs with a text layer and where they are from, several kinds of document in turn."""
    folders = (EVAL / "adbuy" / "dev" / "pdf", EVAL / "einvoice" / "dev" / "pdf")
    found = [sorted(folder.rglob("*.pdf")) for folder in folders]
    if not any(found):
        return "generated invoices", list(invoices(count, seed=1))
    share = [paths[: count // len(folders)] for paths in found]
    return "labelled orders and e-invoices", [path.read_bytes() for paths in share for path in paths]


def receipts(count: int, scratch: Path) -> tuple[str, list[Path]]:
    """Pictures of receipts as files; generated ones are put into ``scratch``."""
    found = sorted((EVAL / "sroie" / "dev" / "images").glob("*"))[:count]
    if found:
        return "labelled receipts", found
    from examples.piles.receipts import receipt_photo

    paths = [scratch / f"{number}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        path.write_bytes(receipt_photo(seed=number)[0])
    return "generated receipts", paths

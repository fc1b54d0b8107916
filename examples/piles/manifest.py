"""What lies in the example pile, and writing it to a folder."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from . import broken
from .camera import Shot
from .einvoices import cii_file, facturx_pdf, ubl_file
from .evidence import white_total_pdf
from .layouts import invoice_pdf
from .letters import letter_pdf
from .mails import invoice_html, mail_with_invoice, tar_gz
from .offices import hidden_rows_xlsx, invoice_docx, invoice_xlsx, statement_csv, statement_xlsx
from .receipts import receipt_photo
from .scanned import scanned_invoice
from .statements import statement_pdf
from .truth import Truth

Maker = Callable[[int], tuple[bytes, Truth]]

E_INVOICES: dict[str, Maker] = {
    "facturx_minimum_fr.pdf": lambda seed: facturx_pdf(
        "minimum", language="fr", layout="grid", items=5, seed=seed
    ),
    "zugferd_basic_de.pdf": lambda seed: facturx_pdf(
        "basic", language="de", layout="sidebar", items=8, seed=seed
    ),
    "zugferd_en16931_de.pdf": lambda seed: facturx_pdf(
        "en16931", language="de", layout="window", items=24, seed=seed
    ),
    "facturx_basicwl_it.pdf": lambda seed: facturx_pdf(
        "basicwl", language="it", layout="plain", items=4, seed=seed
    ),
    "xrechnung_cii_de.xml": lambda seed: cii_file(language="de", items=9, seed=seed),
    "xrechnung_ubl_de.xml": lambda seed: ubl_file(language="de", items=7, seed=seed),
    "invoice_ubl_fr.xml": lambda seed: ubl_file(language="fr", items=3, seed=seed),
}

INVOICES: dict[str, Maker] = {
    "invoice_de_window.pdf": lambda seed: invoice_pdf("window", "de", 6, seed),
    "invoice_de_ledger_3_pages.pdf": lambda seed: invoice_pdf("ledger", "de", 46, seed),
    "invoice_en_band.pdf": lambda seed: invoice_pdf("band", "en", 9, seed),
    "invoice_en_plain.pdf": lambda seed: invoice_pdf("plain", "en", 4, seed),
    "invoice_en_window_2_pages.pdf": lambda seed: invoice_pdf("window", "en", 31, seed),
    "invoice_fr_sidebar.pdf": lambda seed: invoice_pdf("sidebar", "fr", 7, seed),
    "invoice_fr_grid_2_pages.pdf": lambda seed: invoice_pdf("grid", "fr", 28, seed),
    "invoice_it_ledger_2_pages.pdf": lambda seed: invoice_pdf("ledger", "it", 30, seed),
    "invoice_it_band.pdf": lambda seed: invoice_pdf("band", "it", 8, seed),
}

RECEIPTS: dict[str, Maker] = {
    "receipt_en_plain.jpg": lambda seed: receipt_photo("en", printer="dots", seed=seed),
    "receipt_en_tilted.jpg": lambda seed: receipt_photo(
        "en", printer="typewriter", shot=Shot(tilt=0.13, turn_deg=-5, shadow=0.5), seed=seed
    ),
    "receipt_en_crumpled.jpg": lambda seed: receipt_photo(
        "en", printer="modern", shot=Shot(crumple=0.8, turn_deg=3), seed=seed
    ),
    "receipt_en_jpeg.jpg": lambda seed: receipt_photo(
        "en", printer="modern", shot=Shot(quality=22, noise=7), seed=seed
    ),
    "receipt_de_shadow.jpg": lambda seed: receipt_photo(
        "de", printer="modern", shot=Shot(shadow=0.8, crumple=0.3), seed=seed
    ),
    "receipt_de_thermal.jpg": lambda seed: receipt_photo(
        "de", printer="dots", shot=Shot(turn_deg=-2, tilt=0.08), seed=seed
    ),
    "receipt_fr_crumpled.jpg": lambda seed: receipt_photo(
        "fr", printer="dots", shot=Shot(crumple=0.6, shadow=0.4), seed=seed
    ),
    "receipt_it_blurred.jpg": lambda seed: receipt_photo(
        "it", printer="typewriter", shot=Shot(blur=1.9, tilt=0.06), seed=seed
    ),
    "receipt_it_moved.jpg": lambda seed: receipt_photo(
        "it", printer="modern", shot=Shot(motion=6, table=(120, 122, 126)), seed=seed
    ),
}

OTHERS: dict[str, Maker] = {
    "statement_de_1200_rows.pdf": lambda seed: statement_pdf(1_200, seed),
    "statement_en_40_rows.pdf": lambda seed: statement_pdf(40, seed, language="en"),
    "scan_de_leaning.pdf": lambda seed: scanned_invoice("pdf", language="de", items=6, seed=seed),
    "scan_en_2_pages.tiff": lambda seed: scanned_invoice(
        "fax", language="en", layout="ledger", items=27, angle_deg=1.2, seed=seed
    ),
    "scan_fr_leaning.png": lambda seed: scanned_invoice(
        "png", language="fr", layout="sidebar", items=5, angle_deg=-2.0, dpi=150, seed=seed
    ),
    "scan_de_turned.jpg": lambda seed: scanned_invoice(
        "jpg", language="de", layout="band", items=3, angle_deg=0.5, dpi=150, seed=seed, turned_deg=90
    ),
    "letter_de.pdf": lambda seed: letter_pdf("de", seed=seed),
}

OFFICE: dict[str, Maker] = {
    "invoice_de.xlsx": lambda seed: invoice_xlsx("de", items=7, seed=seed),
    "invoice_en.docx": lambda seed: invoice_docx("en", items=5, seed=seed),
    "invoice_it_shop.html": lambda seed: invoice_html(language="it", items=4, seed=seed),
    "statement_de_500_rows.xlsx": lambda seed: statement_xlsx(500, seed),
    "statement_en_80_rows.csv": lambda seed: statement_csv(80, seed, language="en"),
    "mail_en.eml": lambda seed: mail_with_invoice(language="en", items=5, seed=seed),
    "three_invoices.tar.gz": lambda seed: tar_gz(
        {
            "january/invoice_de.pdf": invoice_pdf("grid", "de", 4, seed),
            "january/invoice_fr.docx": invoice_docx("fr", items=3, seed=seed),
            "february/invoice_it.xlsx": invoice_xlsx("it", items=5, seed=seed),
        }
    ),
}

BAD: dict[str, Maker] = {
    "bad_truncated.pdf": lambda seed: broken.truncated_pdf(seed=seed),
    "bad_password.pdf": lambda seed: broken.password_pdf(seed=seed),
    "bad_empty.pdf": lambda _: broken.empty_file(),
    "bad_executable.pdf": lambda _: broken.executable(),
    "bad_sum.pdf": lambda seed: broken.wrong_sum_pdf(seed=seed),
    "bad_xml_against_page.pdf": lambda seed: broken.contradicting_facturx(seed=seed),
    "bad_white_total.pdf": lambda seed: white_total_pdf(seed)[:2],
    "bad_font.pdf": lambda seed: broken.lying_font_pdf(seed=seed),
    "bad_hidden_rows.xlsx": lambda seed: hidden_rows_xlsx(60, seed),
    "three_files.zip": lambda seed: broken.archive(
        {
            "invoice_en.pdf": invoice_pdf("band", "en", 3, seed),
            "invoice_fr.xml": ubl_file(language="fr", items=2, seed=seed),
            "statement.pdf": statement_pdf(25, seed),
        }
    ),
}

PILE: dict[str, Maker] = {**E_INVOICES, **INVOICES, **RECEIPTS, **OTHERS, **OFFICE, **BAD}


def make_pile(seed: int = 1) -> Iterator[tuple[str, bytes, Truth]]:
    """Every file of the pile: name, bytes, truth. Each has a seed of its own, so that one can be added without changing the rest."""
    for name, maker in PILE.items():
        data, truth = maker(seed * 100_000 + sum(name.encode()))
        yield name, data, truth


def write_pile(folder: Path, *, seed: int = 1) -> int:
    """Write the files, ``labels.jsonl`` and ``truth/<file>.json``; return how many files there are."""
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    labels = []
    for name, data, truth in make_pile(seed):
        (folder / name).write_bytes(data)
        labels.append(json.dumps(truth.label(name), ensure_ascii=False))
        text = json.dumps(_whole(name, truth), ensure_ascii=False, indent=1)
        (folder / "truth" / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    (folder / "labels.jsonl").write_text("\n".join(labels) + "\n", encoding="utf-8")
    return len(labels)


def _whole(name: str, truth: Truth) -> dict[str, object]:
    """The label with all rows, those of members as well."""
    out: dict[str, object] = {**truth.label(name), "rows": list(truth.rows)}
    if truth.members:
        out["members"] = [_whole(member, inner) for member, inner in truth.members.items()]
    return out

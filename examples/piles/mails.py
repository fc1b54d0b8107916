"""Mails with attachments, archives other than ZIP, and orders that shops send as HTML."""

import gzip
import tarfile
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from io import BytesIO

from .invoices import Invoice, make_invoice
from .languages import WORDS, number, quantity, short_date
from .layouts import invoice_pdf
from .people import spaced
from .truth import Truth

Files = dict[str, tuple[bytes, Truth]]


def mail_with_invoice(*, language: str = "en", items: int = 5, seed: int = 1) -> tuple[bytes, Truth]:
    """A mail of a few words with the invoice attached: the mail is unpacked like an archive."""
    data, truth = invoice_pdf("plain", language, items, seed)
    name = f"{truth.fields['invoice_number']}.pdf".replace("/", "-")
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"Accounts <accounts@{_domain(truth)}>"
    mail["To"] = "purchasing@example.org"
    mail["Subject"] = f"{WORDS[language].invoice[0]} {truth.fields['invoice_number']}"
    mail["Date"] = "Mon, 02 Feb 2026 09:12:44 +0100"
    mail["Message-ID"] = f"<{seed}@{_domain(truth)}>"
    mail.set_content("Dear customer,\n\nplease find our invoice attached.\n\nKind regards\nAccounts\n")
    mail.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    mail.set_boundary("=====docmill=pile=====")
    return mail.as_bytes(), Truth(type=None, members={name: truth})


def tar_gz(files: Files) -> tuple[bytes, Truth]:
    """A compressed TAR of files with their truths."""
    packed = BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, (data, _) in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mtime = 1_767_323_044
            tar.addfile(entry, BytesIO(data))
    data = gzip.compress(packed.getvalue(), mtime=1_767_323_044)
    return data, Truth(type=None, members={name: truth for name, (_, truth) in files.items()})


def invoice_html(*, language: str = "en", items: int = 4, seed: int = 1) -> tuple[bytes, Truth]:
    """An order's invoice as a shop shows it in the browser: one table, sums in cells that span columns."""
    invoice = make_invoice(language, items=items, seed=seed)
    words = WORDS[language]
    facts = (
        (words.number[0], invoice.number),
        (words.issued[0], short_date(language, invoice.issued)),
        (words.due[0], short_date(language, invoice.due)),
    )
    head = "".join(f"<p>{escape(label)}: <b>{escape(value)}</b></p>" for label, value in facts)
    seller, buyer = (
        "<br>".join(escape(line) for line in (party.name, party.street, party.town_line))
        for party in (invoice.seller, invoice.buyer)
    )
    page = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8"><title>{escape(words.invoice[0])}'
        f"</title><style>td{{padding:4px}}.old{{display:none}}</style></head><body><h2>{seller}</h2>"
        f"<h1>{escape(words.invoice[0])}</h1>{head}<p><b>{escape(words.buyer[0])}</b><br>{buyer}</p>"
        f"{_html_table(invoice)}<p>{escape(words.vat_id[0])}: {invoice.seller.vat_id}</p>"
        f"<p>IBAN: {spaced(invoice.seller.iban)}</p></body></html>\n"
    )
    return page.encode(), invoice.truth()


def _html_table(invoice: Invoice) -> str:
    words, language = WORDS[invoice.language], invoice.language
    titles = (words.position, words.description[0], words.quantity[0], words.unit, words.price[0], words.rate, words.amount[0])  # fmt: skip
    rows = ["".join(f"<th>{escape(title)}</th>" for title in titles)]
    for item in invoice.items:
        texts = (
            str(item.position),
            item.description,
            quantity(language, item.quantity),
            words.units[item.unit],
            number(language, item.price),
            f"{quantity(language, item.rate)}%",
            number(language, item.amount),
        )
        rows.append("".join(f"<td>{escape(text)}</td>" for text in texts))
    sums = [(words.net[0], invoice.net)]
    sums += [
        (words.tax[1].format(rate=quantity(language, tax.rate), basis=""), tax.tax) for tax in invoice.taxes
    ]
    sums.append((f"{words.gross[0]} {invoice.currency}", invoice.gross))
    rows += [
        f"<td colspan=6>{escape(label)}</td><td>{number(language, amount)}</td>" for label, amount in sums
    ]
    return f"<table border=1>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _domain(truth: Truth) -> str:
    letters = "".join(char for char in str(truth.fields["seller_name"]).lower() if "a" <= char <= "z")
    return f"{letters}.example"

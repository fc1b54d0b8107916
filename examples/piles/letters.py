"""A letter: dates, a reference and a sum of money in running text, and nothing to book."""

from datetime import date, timedelta
from random import Random

from .languages import long_date
from .layouts.sheet import BOLD, Sheet, wrap
from .people import COUNTRIES, company
from .truth import Truth

_TEXTS: dict[str, tuple[str, str, tuple[str, ...], str]] = {
    "de": (
        "Umzug unseres Büros zum {day}",
        "Sehr geehrte Damen und Herren,",
        (
            "ab dem {day} finden Sie uns in neuen Räumen. Die Anschrift ändert sich, Telefon und E-Mail bleiben dieselben. Bitte passen Sie Ihre Unterlagen entsprechend an.",
            "In der Woche vor dem Umzug sind wir nur eingeschränkt erreichbar. Laufende Aufträge werden davon nicht berührt; Ihr Ansprechpartner {contact} steht Ihnen wie gewohnt zur Verfügung.",
            "Zur Einweihung laden wir Sie herzlich ein. Statt Geschenken bitten wir um eine Spende für die Jugendfeuerwehr; im vergangenen Jahr kamen so rund 1.250 Euro zusammen.",
        ),
        "Mit freundlichen Grüßen",
    ),
    "en": (
        "Our offices are moving on {day}",
        "Dear Sir or Madam,",
        (
            "From {day} you will find us at a new address. Telephone numbers and e-mail addresses stay as they are. Please update your records.",
            "During the week before the move we may be slow to answer. Work in progress is not affected; {contact} remains your contact.",
            "We would be glad to see you at our house-warming. Please bring no presents: last year our guests gave about 1,250 pounds to the lifeboats instead.",
        ),
        "Yours faithfully",
    ),
}


def letter_pdf(language: str = "de", *, seed: int = 1) -> tuple[bytes, Truth]:
    """One page of running text; its type is ``other``. A doubt about the type may send it to a person."""
    rng = Random(f"letter:{language}:{seed}")
    sender, receiver = company(rng, COUNTRIES[language]), company(rng, COUNTRIES[language])
    written = date(2026, 2, 2) + timedelta(days=rng.randrange(0, 60))
    day = long_date(language, written + timedelta(days=45))
    subject, greeting, paragraphs, regards = _TEXTS[language]
    sheet = Sheet(title=subject.format(day=day), author=sender.name)
    sheet.text(60, 70, sender.name, font="Times-Bold", size=18)
    sheet.text(
        60,
        88,
        f"{sender.street} · {sender.town_line} · {sender.phone} · {sender.domain}",
        font="Times-Roman",
        size=9,
    )
    sheet.rule(60, 96, 535, 96)
    sheet.lines(
        60,
        150,
        [receiver.name, receiver.contact, receiver.street, receiver.town_line],
        font="Times-Roman",
        size=11,
        leading=14,
    )
    sheet.text(
        535, 240, f"{sender.town}, {long_date(language, written)}", font="Times-Roman", size=11, align="right"
    )
    sheet.text(60, 280, subject.format(day=day), font=BOLD, size=11)
    y = sheet.lines(60, 310, [greeting], font="Times-Roman", size=11) + 8
    for paragraph in paragraphs:
        text = paragraph.format(day=day, contact=sender.contact)
        y = (
            sheet.lines(
                60, y, wrap(text, 475, font="Times-Roman", size=11), font="Times-Roman", size=11, leading=15
            )
            + 9
        )
    sheet.lines(60, y + 10, [regards, "", "", sender.contact], font="Times-Roman", size=11)
    return sheet.finish(), Truth(type="other", status=("succeeded", "needs_review"))

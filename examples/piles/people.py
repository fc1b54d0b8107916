"""Companies, people and accounts that do not exist, with identifiers whose check digits hold."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from stdnum import iban as iban_number
from stdnum import luhn
from stdnum.at import uid as at_vat
from stdnum.de import vat as de_vat
from stdnum.fr import tva as fr_vat
from stdnum.gb import vat as gb_vat
from stdnum.it import iva as it_vat


@dataclass(frozen=True, slots=True)
class Place:
    """Where invented people live: real towns, invented streets."""

    streets: tuple[str, ...]
    towns: tuple[tuple[str, str], ...]  # postcode, town
    surnames: tuple[str, ...]
    first_names: tuple[str, ...]
    trades: tuple[str, ...]
    forms: tuple[str, ...]
    banks: tuple[tuple[str, str], ...]  # name, BIC
    phone: str


@dataclass(frozen=True, slots=True)
class Party:
    """A company as it stands on its letters."""

    name: str
    contact: str
    street: str
    postcode: str
    town: str
    country: str
    vat_id: str
    tax_number: str
    iban: str
    bic: str
    bank: str
    phone: str
    domain: str

    @property
    def town_line(self) -> str:
        return f"{self.town} {self.postcode}" if self.country == "GB" else f"{self.postcode} {self.town}"

    @property
    def address(self) -> str:
        return f"{self.street}, {self.town_line}"


PLACES: dict[str, Place] = {
    "DE": Place(
        streets=("Lindenallee", "Mühlgasse", "Am Alten Hafen", "Kastanienweg", "Gerberstraße", "Ziegelhüttenweg"),
        towns=(("24937", "Flensburg"), ("70182", "Stuttgart"), ("04109", "Leipzig"), ("48143", "Münster"), ("93047", "Regensburg")),
        surnames=("Brandstetter", "Öhlers", "Kiesewetter", "Wagenknecht", "Fröhling", "Sasse", "Dünnebier", "Hartwig"),
        first_names=("Anke", "Jörg", "Merle", "Tobias", "Friederike", "Holger"),
        trades=("Bürobedarf", "Elektrotechnik", "Tischlerei", "Medizintechnik", "Druckerei", "Gartenbau", "Kältetechnik"),
        forms=("GmbH", "GmbH & Co. KG", "AG", "e. K.", "OHG"),
        banks=(("Hansebank Nord", "HNSBDEHH"), ("Neckar Volksbank", "NCKVDE6S"), ("Pleißebank AG", "PLSBDE8L")),
        phone="+49 {0} {1}",
    ),
    "GB": Place(
        streets=("Harbour Road", "Mill Lane", "Kingfisher Way", "Old Foundry Yard", "St Mildred's Close", "Beacon Hill"),
        towns=(("LS9 8AB", "Leeds"), ("BS1 4QT", "Bristol"), ("NR3 1DN", "Norwich"), ("EX4 3RP", "Exeter"), ("DD1 2HG", "Dundee")),
        surnames=("Ashcombe", "Thistlewood", "Pemberley", "Hargrave", "Winterbourne", "Okafor", "Lindqvist", "Trevanion"),
        first_names=("Imogen", "Rupert", "Priya", "Callum", "Harriet", "Owen"),
        trades=("Joinery", "Office Supplies", "Scaffolding", "Instruments", "Print Works", "Catering", "Data Services"),
        forms=("Ltd", "Limited", "LLP", "& Sons Ltd", "plc"),
        banks=(("Northmoor Bank", "NMORGB2L"), ("Severn & Wye Bank", "SVWYGB21"), ("Lothian Trust", "LOTRGB22")),
        phone="+44 {0} {1}",
    ),
    "FR": Place(
        streets=("rue des Tanneurs", "avenue du Maréchal Vauclin", "quai aux Herbes", "impasse des Lilas", "boulevard de l'Orme"),
        towns=(("44000", "Nantes"), ("35200", "Rennes"), ("67000", "Strasbourg"), ("31300", "Toulouse"), ("21000", "Dijon")),
        surnames=("Delacourt", "Vasseur-Lemoine", "Quéméner", "Barthélémy", "Fontenoy", "Jaouen", "Rochambert"),
        first_names=("Élodie", "Matthieu", "Solène", "Gaëtan", "Clémence", "Yannick"),
        trades=("Menuiserie", "Papeterie", "Imprimerie", "Ateliers", "Équipements", "Traiteur", "Informatique"),
        forms=("SARL", "SAS", "SA", "EURL"),
        banks=(("Banque de l'Erdre", "BERDFRPP"), ("Crédit Rhénan", "CRRHFR2S"), ("Caisse d'Armor", "CARMFRP1")),
        phone="+33 {0} {1}",
    ),
    "IT": Place(
        streets=("Via dei Mulini", "Corso Garigliano", "Viale delle Rose", "Piazza San Donnino", "Via Ponte Vecchio"),
        towns=(("40121", "Bologna"), ("37121", "Verona"), ("10123", "Torino"), ("50122", "Firenze"), ("16124", "Genova")),
        surnames=("Bergamaschi", "Santacroce", "Dell'Orto", "Mezzanotte", "Caravello", "Pellegrinetti", "Zanobini"),
        first_names=("Chiara", "Lorenzo", "Beatrice", "Niccolò", "Giulia", "Matteo"),
        trades=("Arredamenti", "Forniture", "Tipografia", "Officine", "Ceramiche", "Vini", "Sistemi"),
        forms=("S.r.l.", "S.p.A.", "S.n.c.", "S.a.s."),
        banks=(("Banca del Reno", "BRENIT2B"), ("Credito Scaligero", "CRSCIT2V"), ("Cassa Ligure", "CSLGITGG")),
        phone="+39 {0} {1}",
    ),
}  # fmt: skip

_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})

COUNTRIES = {"de": "DE", "en": "GB", "fr": "FR", "it": "IT"}
"""The country whose companies write in a language."""


def company(rng: Random, country: str, *, trade: str | None = None) -> Party:
    """An invented company. ``trade`` None picks one; the name never depends on anything but `rng`."""
    place = PLACES[country]
    surname = rng.choice(place.surnames)
    chosen = trade or rng.choice(place.trades)
    first = country in ("FR", "IT") and rng.random() < 0.7
    stem = f"{chosen} {surname}" if first else f"{surname} {chosen}"
    name = f"{stem} {rng.choice(place.forms)}"
    number = rng.randrange(2, 118)
    street = rng.choice(place.streets)
    postcode, town = rng.choice(place.towns)
    bank, bic = rng.choice(place.banks)
    return Party(
        name=name,
        contact=f"{rng.choice(place.first_names)} {rng.choice(place.surnames)}",
        street=f"{number} {street}" if country in ("GB", "FR") else f"{street} {number}",
        postcode=postcode,
        town=town,
        country=country,
        vat_id=vat_id(rng, country),
        tax_number=_tax_number(rng, country),
        iban=iban(rng, country),
        bic=bic,
        bank=bank,
        phone=place.phone.format(rng.randrange(20, 990), rng.randrange(100_000, 999_999)),
        domain=_domain(surname, chosen, country),
    )


def person(rng: Random, country: str) -> str:
    place = PLACES[country]
    return f"{rng.choice(place.first_names)} {rng.choice(place.surnames)}"


def vat_id(rng: Random, country: str) -> str:
    """A VAT id whose check digits hold (python-stdnum), as it is printed without blanks."""
    checks: dict[str, tuple[str, int, Callable[[str], bool]]] = {
        "DE": ("DE", 9, de_vat.is_valid),
        "GB": ("GB", 9, gb_vat.is_valid),
        "IT": ("IT", 11, it_vat.is_valid),
        "AT": ("ATU", 8, at_vat.is_valid),
    }
    if country == "FR":
        stem = _digits(rng, 8, first="34589")
        siren = stem + luhn.calc_check_digit(stem)
        number = f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"
        return number if fr_vat.is_valid(number) else vat_id(rng, country)
    prefix, length, is_valid = checks[country]
    while True:  # One try in ten to fifty has the right check digit, so this ends soon.
        number = prefix + _digits(rng, length, first="123456789" if country != "IT" else "0")
        if is_valid(number):
            return number


def iban(rng: Random, country: str) -> str:
    """An IBAN with the right length and checksum, without blanks."""
    match country:
        case "GB":
            account = "".join(rng.choices("BCDFGHLMNPRSTW", k=4)) + _digits(rng, 14)
        case "FR":
            bank, branch, number = _digits(rng, 5), _digits(rng, 5), _digits(rng, 11)
            account = (
                bank
                + branch
                + number
                + f"{97 - (89 * int(bank) + 15 * int(branch) + 3 * int(number)) % 97:02d}"
            )
        case "IT":
            account = rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ") + _digits(rng, 22)
        case _:
            account = _digits(rng, 18)
    check = iban_number.calc_check_digits(f"{country}00{account}")
    return f"{country}{check}{account}"


def spaced(number: str) -> str:
    """An IBAN in groups of four, as it is printed."""
    return " ".join(re.findall(".{1,4}", number))


def _digits(rng: Random, count: int, *, first: str = "123456789") -> str:
    return rng.choice(first) + "".join(rng.choices("0123456789", k=count - 1))


def _tax_number(rng: Random, country: str) -> str:
    if country != "DE":
        return ""
    return f"{rng.randrange(10, 300):03d}/{rng.randrange(100, 999)}/{rng.randrange(10_000, 99_999)}"


def _domain(surname: str, trade: str, country: str) -> str:
    spelled = f"{surname}-{trade}".translate(_SPELLED) if country == "DE" else f"{surname}-{trade}"
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub("[^a-z]+", "-", plain.lower()).strip("-") + ".example"

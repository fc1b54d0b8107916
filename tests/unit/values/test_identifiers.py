import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.engines.values.currencies import currency, find_currencies
from docmill.engines.values.identifiers import (
    Identifier,
    find_ibans,
    find_tax_ids,
    find_vat_ids,
    iban,
    vat_id,
)
from docmill.engines.values.text import comparable, folded, plain


def test_an_iban_is_believed_only_with_right_check_digits() -> None:
    assert iban("DE89 3704 0044 0532 0130 00") == "DE89370400440532013000"
    assert iban("IBAN: GB82 WEST 1234 5698 7654 32") == "GB82WEST12345698765432"
    assert iban("DE88 3704 0044 0532 0130 00") is None
    assert iban("DE89 3704 0044 0532 0130") is None


def test_an_iban_is_found_though_words_follow_it() -> None:
    (hit,) = find_ibans("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFF")
    assert hit.value == "DE89370400440532013000"


@given(st.integers(4, 21), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(place: int, change: int) -> None:
    right = "DE89370400440532013000"
    wrong = right[:place] + str((int(right[place]) + change) % 10) + right[place + 1 :]
    assert iban(wrong) is None


@pytest.mark.parametrize(
    "text",
    [
        "DE136695976",
        "DE 136 695 976",
        "IT00743110157",
        "FR 40 303 265 045",
        "ATU13585627",
        "CHE-116.281.710 MWST",
    ],
)
def test_a_vat_id_with_right_check_digits_is_proved(text: str) -> None:
    found = vat_id(text)
    assert found is not None
    assert found.proved


def test_a_vat_id_with_wrong_check_digits_is_found_and_weak() -> None:
    (hit,) = find_vat_ids("USt-IdNr. DE123456789")
    assert hit.value == Identifier("DE123456789", proved=False)
    assert hit.weak


def test_german_tax_numbers_and_vat_ids_are_found_in_one_line() -> None:
    hits = find_tax_ids("St.-Nr. 201/113/40209, USt-IdNr. DE136695976")
    assert [hit.value.value for hit in hits] == ["201/113/40209", "DE136695976"]
    assert find_tax_ids("12/03/2018") == []


def test_currencies_have_codes_and_signs() -> None:
    assert [currency(text) for text in ("€", "eur", "RM", "US$", "kg")] == ["EUR", "EUR", "MYR", "USD", None]
    assert find_currencies("Total 5,00 € / $ 6") == [("EUR", True), ("USD", False)]


@given(st.text(max_size=40))
def test_plain_and_folded_text_keep_every_offset(text: str) -> None:
    assert len(plain(text)) == len(text)
    assert len(folded(text)) == len(text)


def test_comparable_text_has_no_case_accents_or_punctuation() -> None:
    assert comparable("Sté. Générale, Straße") == comparable("STE GENERALE STRASSE")

"""Words as full-text search sees them, and rankings made one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.domain.limits.search import TERM_CHARS_MAX
from docmill.engines.search import fuse, phrases, spread, terms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Größe", ["grosse"]),
        ("Société Générale", ["societe", "generale"]),
        ("INV-2024-001", ["inv", "2024", "001"]),
        ("1.234,50 €", ["1", "234", "50"]),
        ("ﬁnal ②", ["final", "2"]),
        ("\U0001d468cme", ["acme"]),
        ("naïve_file.pdf", ["naive", "file", "pdf"]),
        ("Ελλάδα 東京", ["ελλαδα", "東京"]),
        ("' \\ & | ! <-> :*", []),
        ("\x00\ud800", []),
    ],
)
def test_terms_have_no_case_accents_or_punctuation(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@given(st.text())
def test_terms_hold_nothing_that_a_query_language_could_take_for_its_own(text: str) -> None:
    assert all(term.isalnum() for term in terms(text))


@given(st.text())
def test_folding_a_second_time_changes_nothing(text: str) -> None:
    assert terms(" ".join(terms(text))) == terms(text)


def test_a_word_of_a_query_stays_together() -> None:
    assert phrases("invoice INV-2024-001 invoice") == (("invoice",), ("inv", "2024", "001"))


def test_articles_carry_no_meaning_unless_there_is_nothing_else() -> None:
    assert phrases("Wer ist der Verkäufer?") == (("verkaufer",),)
    assert phrases("who is it") == (("who",), ("is",), ("it",))


def test_endless_words_are_left_out() -> None:
    assert phrases("x" * (TERM_CHARS_MAX + 1) + " toner") == (("toner",),)
    assert phrases(" . ") == ()


def test_what_both_rankings_find_comes_before_the_best_of_one() -> None:
    assert [key for key, _ in fuse([["a", "b"], ["c", "b"]])] == ["b", "a", "c"]


def test_the_score_is_the_sum_of_reciprocal_ranks() -> None:
    assert dict(fuse([["a"], ["b", "a"]])) == {"a": 1 / 61 + 1 / 62, "b": 1 / 61}
    assert fuse([[], []]) == []


def test_of_each_group_the_best_are_kept_in_their_order() -> None:
    ranking = ["a1", "a2", "b1", "a3", "b2", "c1"]
    assert spread(ranking, group=lambda name: name[0], most=2) == ["a1", "a2", "b1", "b2", "c1"]

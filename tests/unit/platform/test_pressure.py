"""When uploads are told to come back later."""

import pytest

from docmill.domain.fairness import kind_of_file, kind_of_reading
from docmill.domain.limits.fairness import QUEUE_DOCUMENTS_MAX
from docmill.domain.pressure import Waiting, predicted_wait_s, refusal
from docmill.domain.tenants import TenantId

ONE, OTHER, NEW = TenantId("one"), TenantId("other"), TenantId("new")


def test_who_has_nothing_waiting_is_taken_whatever_the_others_have() -> None:
    waiting = {ONE: Waiting(10 * QUEUE_DOCUMENTS_MAX, 5_000.0, 0.1)}
    assert refusal(NEW, waiting, wait_s_max=1, disk_low=True) is None


def test_the_wait_follows_what_was_read_of_the_tenants_lately() -> None:
    waiting = {ONE: Waiting(100, 3.0, 2.0), OTHER: Waiting(10, 3.0, 10.0)}
    assert predicted_wait_s(ONE, waiting) == 50.0
    assert predicted_wait_s(OTHER, waiting) == 1.0


def test_of_whom_nothing_was_read_yet_the_wait_follows_his_share() -> None:
    waiting = {ONE: Waiting(100, 3.0, 8.0, 1.0), OTHER: Waiting(30, 1.0, None, 3.0)}
    assert predicted_wait_s(OTHER, waiting) == pytest.approx(30 / 6.0)


def test_when_nothing_is_read_at_all_the_oldest_tells() -> None:
    waiting = {ONE: Waiting(3, 900.0)}
    refused = refusal(ONE, waiting, wait_s_max=300)
    assert refused is not None
    assert refused.retry_after_s > 0
    assert refusal(ONE, waiting, wait_s_max=1_000) is None


@pytest.mark.parametrize("disk_low", [False, True])
def test_where_all_wait_too_much_the_heaviest_go_first(*, disk_low: bool) -> None:
    much = 10 if disk_low else QUEUE_DOCUMENTS_MAX
    waiting = {
        ONE: Waiting(much, 1.0, 10.0 * much),
        OTHER: Waiting(much // 2, 1.0, 10.0 * much, 3.0),
        NEW: Waiting(1, 1.0, 10.0 * much),
    }
    refused = {
        name: refusal(name, waiting, wait_s_max=300, disk_low=disk_low) is not None for name in waiting
    }
    assert refused == {ONE: True, OTHER: False, NEW: False}


def test_a_scan_is_expected_to_cost_something_else_than_an_invoice_of_data() -> None:
    kinds = {kind_of_file("a.xml", 8_000), kind_of_file("a.pdf", 8_000), kind_of_file("a.pdf", 900_000)}
    assert len(kinds) == 3
    assert kind_of_file("A.PDF", 9_000) == kind_of_file("b.pdf", 8_500)
    assert kind_of_file("no ending", 0) == "other/0"


def test_there_are_few_kinds_whatever_files_are_called() -> None:
    names = ["a.pdf", "b.png", "c.xml", "d.weird", "e", "f.zip", "g.docx", "h.eml", "i.txt", "..", "x" * 200]
    kinds = {kind_of_file(name, 4**size) for name in names for size in range(20)}
    assert len(kinds) <= 8 * 9
    assert kind_of_reading("application/pdf", 5_000) == "pdf:2"
    assert kind_of_reading("application/vnd.x+xml", 1) == "xml:0"
    assert kind_of_reading(None, 10**12) == "other:8"

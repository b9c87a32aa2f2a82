"""What a reply to a batch counts, in every shape that Bento is known to return."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api.receipt import (
    Created,
    Failure,
    Receipt,
    count,
    count_broadcasts,
    count_commands,
    count_deletion,
)
from airflow_provider_bento.exceptions import BentoOutcomeUnknown


@pytest.mark.parametrize(
    ("answer", "accepted"),
    [
        ({"results": 3, "failed": 0}, 3),
        ({"results": 3}, 3),
        ({"result": 3}, 3),
        ({"data": {"results": 3}}, 3),
        ({"results": "3"}, 3),
        ({"results": 0, "failed": 3}, 0),
        ({"results": 0}, 0),
        ({"results": 2, "failed": 0}, 2),
        ({"results": 3, "failed": 1}, 2),
        ({"results": 1, "failed": 1}, 1),
        ({"data": [{"id": 1, "name": "a"}] * 3}, 3),
        ([{"id": 1}] * 2, 2),
        ({"broadcasts": [{"id": 1, "name": "a"}]}, 1),
    ],
)
def test_every_known_shape_is_counted(answer: Any, accepted: int) -> None:
    """Accepted and refused are always what was sent."""
    receipt = count(3, answer)
    assert (receipt.sent, receipt.accepted, receipt.rejected) == (3, accepted, 3 - accepted)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        "ok",
        3,
        True,
        {"success": True},
        {"results": None},
        {"results": 4},
        {"results": 3, "failed": 4},
        {"data": []},
        {"data": None},
        {"failed": 3},
        [{"id": 1}] * 4,
        {"results": 3, "failures": [{"index": at % 3} for at in range(3)] + [{"error": "?"}]},
    ],
)
def test_what_cannot_be_counted_is_no_success(answer: Any) -> None:
    """Neither is a count beyond what was sent."""
    with pytest.raises(BentoOutcomeUnknown, match="does not report how many of the 3"):
        count(3, answer)


def test_failures_are_known_by_index() -> None:
    """With Bento's reason, shortened to one line, addresses blanked."""
    failures = [{"index": 1, "name": None, "error": "ann@x.io\nis\tno author"}]
    receipt = count(2, {"results": 1, "failed": 1, "failures": failures})
    assert receipt.failures == (Failure(1, "<email> is no author"),)


def test_failures_without_an_index_count_all_the_same() -> None:
    """A reply that lists a failure is no full success, whatever its count says."""
    assert count(3, {"results": 3, "failures": [{"error": "no"}]}).accepted == 2
    assert count(3, {"results": 3, "failures": ["no", {"index": 9}]}).accepted == 1
    assert count(3, {"results": 3, "failures": [{"index": 0}, {"index": 0}]}).accepted == 2


def test_broadcasts_are_read_with_their_address() -> None:
    """Flat, as in current replies, or in attributes; an address that is none is left out."""
    url = "https://app.bentonow.com/account/emails/broadcasts/42/edit"
    flat = {"id": 42, "template_id": 9, "name": "a", "dashboard_url": url}
    deep = {"id": "43", "attributes": {"name": "b", "dashboard_url": "javascript:alert(1)"}}
    answer = {"results": 3, "broadcasts": [flat, deep, {"id": 44}]}
    assert count_broadcasts(3, answer).created == (Created(42, "a", url), Created("43", "b", None))


def test_only_broadcasts_are_listed_as_created() -> None:
    """What an import's reply lists may be a person, whose name must not be in a receipt."""
    assert count(1, {"data": [{"id": "1", "attributes": {"name": "Ann"}}]}) == Receipt(1, 1, 0)


def test_one_command_may_answer_with_the_person() -> None:
    """As older replies do; several must be counted."""
    answer = {"data": {"id": "1", "attributes": {}}}
    assert count_commands(1, answer) == Receipt(1, 1, 0)
    assert count_commands(2, {"results": 2}).accepted == 2
    with pytest.raises(BentoOutcomeUnknown):
        count_commands(2, answer)


@pytest.mark.parametrize("more", [{}, {"message": "Done within 30 days"}, {"error": None}])
def test_a_deletion_counts_once_it_is_queued(more: dict[str, Any]) -> None:
    """A message beside it changes nothing."""
    assert count_deletion(1, {"status": "queued_for_anonymization"} | more) == Receipt(1, 1, 0)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        "queued",
        {"results": 1},
        *({"status": status} for status in ("error", "failed", "not_found", "ok", "", None, 202, True)),
        {"status": "queued_for_anonymization", "error": "no"},
        {"status": "queued_for_anonymization", "success": False},
    ],
)
def test_no_other_reply_counts_as_a_deletion(answer: Any) -> None:
    """A person who asked to be deleted must not stay because another server answered."""
    with pytest.raises(BentoOutcomeUnknown):
        count_deletion(1, answer)

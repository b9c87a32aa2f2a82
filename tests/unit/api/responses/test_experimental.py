"""Answers of the experimental endpoints."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api import responses
from airflow_provider_bento.api.responses import Gender
from airflow_provider_bento.exceptions import BentoUnreachable


def test_an_address_is_valid_or_not() -> None:
    """Flat or wrapped."""
    assert responses.validity({"valid": True})
    assert not responses.validity({"data": {"valid": False}})


def test_objections_are_texts() -> None:
    """None if the address is fine."""
    assert responses.objections({"reasons": []}) == ()
    assert responses.objections({"reasons": ["free provider", 7]}) == ("free provider", "7")


@pytest.mark.parametrize(
    ("results", "listed"),
    [({"spamhaus": True, "sorbs": False}, True), ({"spamhaus": False}, False), ({}, False), (None, False)],
)
def test_a_blacklist_lists_or_does_not(results: Any, listed: bool) -> None:
    """Null results are none; a ``repr`` does not show who was asked about."""
    found = responses.blacklist({"query": "ann.example", "description": "d", "results": results})
    assert (found.query, found.description, found.listed) == ("ann.example", "d", listed)
    assert "ann" not in repr(found)


@pytest.mark.parametrize("results", [1, "x", [], [True], {"spamhaus": "yes"}, {"spamhaus": 1}])
def test_results_that_are_not_understood_are_no_results(results: Any) -> None:
    """A sender would be taken for a clean one."""
    with pytest.raises(BentoUnreachable, match="contains no results"):
        responses.blacklist({"query": "q", "description": "d", "results": results})


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_content_is_moderated(wrapped: bool) -> None:
    """Flat or wrapped, as in Laravel's SDK; a ``repr`` shows no content."""
    reply = {"valid": False, "reasons": ["spam: secret"], "safe_original_content": "secret"}
    found = responses.moderation({"data": reply} if wrapped else reply)
    assert (found.valid, found.reasons, found.safe_content) == (False, ("spam: secret",), "secret")
    assert repr(found) == "Moderation(valid=False)"


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        ({"gender": "female", "confidence": 0.96}, Gender("female", 0.96)),
        ({"gender": "unknown", "confidence": None}, Gender("unknown", None)),
        ({"gender": None, "confidence": None}, Gender(None, None)),
    ],
)
def test_a_guess_may_be_none(reply: Any, found: Gender) -> None:
    """Node's tests show null, too."""
    assert responses.gender(reply) == found


@pytest.mark.parametrize("answer", [None, {}, [], "x", {"data": None}, {"valid": "yes", "reasons": "x"}])
@pytest.mark.parametrize(
    "read",
    [responses.validity, responses.objections, responses.blacklist, responses.moderation, responses.gender],
)
def test_a_reply_without_the_answer_is_no_answer(read: Any, answer: Any) -> None:
    """Nothing is taken for a yes."""
    with pytest.raises(BentoUnreachable, match="nothing was changed"):
        read(answer)

"""Answers of the endpoints that Bento calls experimental: they compute and change nothing (docs: utility, spam).

Tested by tests/unit/api/responses/test_experimental.py.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from airflow_provider_bento.api.responses.envelope import Json, counts, number, text, unreadable


class Blacklist(msgspec.Struct, frozen=True):
    """Whether lists of spammers contain a domain or an IP address. Its ``repr`` does not show which one.

    :param query: what was asked, as Bento repeats it.
    :param description: Bento's words about it.
    :param results: list by list, whether it is there; for an IP address Bento leaves some lists out.
    """

    query: str | None
    description: str | None
    results: dict[str, bool]

    @property
    def listed(self) -> bool:
        """Whether at least one list contains it."""
        return any(self.results.values())

    def __repr__(self) -> str:
        return f"Blacklist(results={self.results!r})"


class Moderation(msgspec.Struct, frozen=True):
    """Whether a content can be shown. Its ``repr`` shows no content.

    :param valid: whether Bento has no objection.
    :param reasons: Bento's objections.
    :param safe_content: the content in a form that is safe to show.
    """

    valid: bool
    reasons: tuple[str, ...] = ()
    safe_content: str | None = None

    def __repr__(self) -> str:
        return f"Moderation(valid={self.valid!r})"


class Gender(msgspec.Struct, frozen=True):
    """A guess.

    :param gender: ``male``, ``female`` or ``unknown``.
    :param confidence: from 0 to 1; ``None`` if Bento does not know.
    """

    gender: str | None
    confidence: float | None


def validity(answer: Json) -> bool:
    """Read ``/experimental/validation``.

    :raises BentoUnreachable: the reply contains no verdict.
    """
    valid = counts(answer).get("valid")
    if not isinstance(valid, bool):
        raise unreadable("contains no verdict (valid)")
    return valid


def objections(answer: Json) -> tuple[str, ...]:
    """Read ``/experimental/jesses_ruleset``; empty if Bento has no objection.

    :raises BentoUnreachable: the reply contains no reasons.
    """
    found = counts(answer)
    if not isinstance(found.get("reasons"), list):
        raise unreadable("contains no list of reasons")
    return tuple(map(str, found["reasons"]))


def blacklist(answer: Json) -> Blacklist:
    """Read ``/experimental/blacklist``; null results are empty.

    :raises BentoUnreachable: the reply contains no results, or one that is neither true, false nor null.
    """
    found = counts(answer)
    results = {} if found.get("results", found) is None else found.get("results")
    if not isinstance(results, Mapping) or not all(isinstance(one, bool | None) for one in results.values()):
        raise unreadable("contains no results of blacklists")
    return Blacklist(
        text(found.get("query")),
        text(found.get("description")),
        {str(name): value for name, value in results.items() if isinstance(value, bool)},
    )


def moderation(answer: Json) -> Moderation:
    """Read ``/experimental/content_moderation``, flat or under ``data``.

    :raises BentoUnreachable: the reply contains no verdict.
    """
    found = counts(answer)
    reasons = found.get("reasons")
    return Moderation(
        validity(answer),
        tuple(map(str, reasons)) if isinstance(reasons, list) else (),
        text(found.get("safe_original_content")),
    )


def gender(answer: Json) -> Gender:
    """Read ``/experimental/gender``.

    :raises BentoUnreachable: the reply contains no guess.
    """
    found = counts(answer)
    if "gender" not in found:
        raise unreadable("contains no guess (gender)")
    return Gender(text(found["gender"]), number(found.get("confidence")))

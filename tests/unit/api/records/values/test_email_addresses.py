"""Addresses are compared in one form, which is made of what is sent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.records import Subscriber, parse_subscriber
from airflow_provider_bento.api.records.values.email_and_tags import address_key, comparable

BLANKS = ["", " ", "\t", "\n", "\u00a0", "\u2003", "\u3000", "\x1c"]


@given(
    local=st.text("abcXYZ0.+-", min_size=1, max_size=8),
    domain=st.sampled_from(["Example.com", "x.io", "XN--mnchen-3ya.de", "a.b.c.d"]),
    before=st.sampled_from(BLANKS),
    after=st.sampled_from(BLANKS),
    spell=st.sampled_from([str, str.lower, str.upper, str.swapcase]),
)
@settings(deadline=None)
def test_each_spelling_of_an_address_has_one_key(local: str, domain: str, before: str, after: str, spell: Any) -> None:
    """Blanks of any kind around it and case make nobody another person; the key is what is sent, in small letters."""
    written = f"{before}{spell(f'{local}@{domain}')}{after}"
    record = parse_subscriber({"email": written})
    assert isinstance(record, Subscriber)
    assert record.email == written.strip()
    assert address_key(written) == address_key(record.email) == comparable(record.email) == f"{local}@{domain}".lower()


@given(st.text(max_size=12) | st.text("aZ@. \u00a0\u200b", max_size=8))
@settings(deadline=None)
def test_what_can_be_sent_has_a_key_and_nothing_else(text: str) -> None:
    """Two answers to one question would merge a row and then refuse it, or the other way round."""
    assert (address_key(text) is None) == isinstance(parse_subscriber({"email": text}), tuple)


@pytest.mark.parametrize("value", [None, 7, b"a@x.io", ["a@x.io"], {}, object(), float("nan"), "ann@gmail", "ä@x.io"])
def test_what_is_no_address_has_no_key(value: Any) -> None:
    """It is nobody, and nobody else either."""
    assert address_key(value) is None


def test_object_that_fails_has_no_key() -> None:
    """Rows may hold anything."""

    class Undecided:
        @property
        def __class__(self) -> Any:
            raise RuntimeError

    assert address_key(Undecided()) is None


@pytest.mark.parametrize(("address", "words"), [("ada@gmail", "dot"), ("Ann <a@x.io>", "name")])
def test_error_of_an_address_says_what_is_missing(address: str, words: str) -> None:
    """Each common slip in its own words."""
    found = parse_subscriber({"email": address})
    assert isinstance(found, tuple)
    assert words in found[0].reason

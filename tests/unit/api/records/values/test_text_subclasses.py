"""Text of a class of its own is taken for what it contains, not for what its methods say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from airflow_provider_bento.api.records import parse_event, parse_subscriber


class Sly(str):
    """Text that lies about itself, or fails."""

    __slots__ = ()
    __hash__ = str.__hash__

    def _fail(self, *_: object) -> Any:
        raise RuntimeError

    split: Any = _fail
    __eq__ = __contains__ = __len__ = __getitem__ = strip = upper = isspace = isprintable = _fail

    def __str__(self) -> str:
        return "other"

    def isascii(self) -> bool:
        """Say yes."""
        return True

    def isidentifier(self) -> bool:
        """Say yes."""
        return True


def test_text_of_a_subclass_is_taken_for_what_it_contains() -> None:
    """Whatever its own methods say, as a value and as a key."""
    row = {
        "type": Sly("$purchase"),
        "email": Sly(" a@x.io "),
        "date": Sly("2026-01-02"),
        "details": {
            Sly("more"): [Sly("é")],
            "unique": {"key": Sly("k")},
            "value": {"currency": Sly("EUR"), "amount": 1},
            "bypass_workflows": Sly("true"),
        },
    }
    found = parse_event(row)
    assert not isinstance(found, tuple), found
    assert json.loads(found.encode()) == {
        "type": "$purchase",
        "email": "a@x.io",
        "date": "2026-01-02T00:00:00Z",
        "details": {
            "more": ["é"],
            "unique": {"key": "k"},
            "value": {"currency": "EUR", "amount": 1},
            "bypass_workflows": "true",
        },
    }


@pytest.mark.parametrize("hidden", ["a\0", "\ud800"])
def test_text_of_a_subclass_hides_nothing(hidden: str) -> None:
    """What JSON or the database cannot store is found in values and in keys."""
    found = parse_subscriber({"email": "a@x.io", "city": Sly(hidden), "tags": [Sly(hidden)], Sly(hidden): 1})
    assert isinstance(found, tuple)
    assert [field_error.field for field_error in found] == ["city", "tags[0]", hidden[:-1] + "?"]

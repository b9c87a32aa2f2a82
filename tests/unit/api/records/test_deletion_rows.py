"""A deletion is an address and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api.records import Deletion, parse_deletion


def test_an_address_is_sent_as_it_is() -> None:
    """Trimmed, its case kept; sent twice it deletes once."""
    found = parse_deletion({"email": " Ann@x.io "})
    assert isinstance(found, Deletion)
    assert found.encode() == b'{"email":"Ann@x.io"}'
    assert found.idempotent
    assert "x.io" not in repr(found)


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ({}, "email", "is missing"),
        ({"email": None}, "email", "is missing"),
        ({"email": "ann"}, "email", "must be one email address"),
        ({"email": "a@x.io,b@x.io"}, "email", "must be one email address"),
        ({"email": "a@x.io", "name": "Ann"}, "name", "is not known to Bento"),
        ("a@x.io", "", "must be a dict of fields"),
    ],
)
def test_anything_else_is_invalid(row: Any, field: str, words: str) -> None:
    """Nobody is deleted by a guess."""
    (error,) = parse_deletion(row)  # type: ignore[misc]  # it is invalid
    assert error.field == field
    assert words in error.reason
    assert "x.io" not in error.reason

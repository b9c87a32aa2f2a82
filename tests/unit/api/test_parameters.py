"""Parameters in the query, in the body, or in both."""

from __future__ import annotations

import json

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.parameters import experimental, search


def test_an_experimental_post_has_its_parameters_twice() -> None:
    """Bento's SDKs send them in the query or in the body; what is not given is in neither."""
    request = experimental(contract.CHECK_RULES, {"email": "a@x.io", "wiggleroom": True, "block": None})
    assert request.query == {"email": "a@x.io", "wiggleroom": "true"}
    assert json.loads(request.body or b"") == {"email": "a@x.io", "wiggleroom": True}


def test_a_long_text_is_in_the_body_only() -> None:
    """An address of some kilobytes is rejected by servers."""
    request = experimental(contract.MODERATE, {"content": "x" * 501})
    assert request.query == {}
    assert json.loads(request.body or b"") == {"content": "x" * 501}


def test_an_experimental_get_has_no_body() -> None:
    """Every client asks it by the query alone."""
    request = experimental(contract.BLACKLIST, {"ip": "192.0.2.1"})
    assert (request.query, request.body) == ({"ip": "192.0.2.1"}, None)


def test_a_search_has_its_filter_in_the_body() -> None:
    """A side of a range that does not matter is left out, and so is what is not asked for."""
    ranges = {"created_at": ("2026-01-01T00:00:00Z", None), "updated_at": None}
    assert json.loads(search(2, ranges, ["vip"]).body or b"") == {
        "page": 2,
        "created_at": {"gt": "2026-01-01T00:00:00Z"},
        "tags": ["vip"],
    }
    assert json.loads(search(1, {}, None).body or b"") == {"page": 1}


def test_no_parameter_is_in_a_repr() -> None:
    """They are about people."""
    assert "planted" not in repr(experimental(contract.VALIDATE_EMAIL, {"email": "planted@x.io"}))
    assert "planted" not in repr(search(1, {}, ["planted"]))

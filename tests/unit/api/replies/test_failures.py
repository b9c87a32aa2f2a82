"""Replies that say 2xx: green only where every record is accounted for, never a traceback."""

from __future__ import annotations

import pytest

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.receipt import Receipt
from airflow_provider_bento.exceptions import BentoOutcomeUnknown

SENT = 3
HTML = b"<!DOCTYPE html><html><body>Welcome</body></html>"
BODIES: dict[str, tuple[bytes, int | None]] = {
    "full": (b'{"results":3,"failed":0}', 3),
    "failed=1": (b'{"results":2,"failed":1}', 2),
    "results=n-1": (b'{"results":2}', 2),
    "result singular": (b'{"result":3}', 3),
    "data.results": (b'{"data":{"results":3}}', 3),
    "[]": (b"[]", None),
    "empty": (b"", None),
    "null": (b"null", None),
    "truncated": (b'{"results":3,"fai', None),
    "HTML": (HTML, None),
    "10 MiB": (b'{"results":3,"note":"' + b"x" * (10 << 20) + b'"}', 3),
}


@pytest.mark.parametrize("status", [200, 201, 204, 207])
@pytest.mark.parametrize("name", BODIES)
def test_a_success_counts_only_what_it_says(status: int, name: str) -> None:
    """The count in the body decides, not the status; without one the outcome is unknown."""
    body, accepted = BODIES[name]
    request = wire.batch(contract.BATCH_EVENTS, [b"{}"] * SENT)
    reply = wire.Reply(status, {"content-type": "application/json"}, body)
    if accepted is None:
        with pytest.raises(BentoOutcomeUnknown) as caught:
            wire.read_batch(request, reply)
        assert (caught.value.endpoint, caught.value.status) == ("/batch/events", status)
    else:
        assert wire.read_batch(request, reply) == Receipt(SENT, accepted, SENT - accepted)


def test_html_instead_of_json_asks_for_the_host() -> None:
    """A portal that answers 200 is named as what it is."""
    request = wire.batch(contract.BATCH_EVENTS, [b"{}"])
    with pytest.raises(BentoOutcomeUnknown, match=r"HTML page .check the connection's host"):
        wire.read_batch(request, wire.Reply(200, {"content-type": "text/html"}, HTML))


def test_nesting_too_deep_for_the_parser_is_an_unknown_outcome() -> None:
    """Whatever the body is, the parser's failure is not ours."""
    request = wire.batch(contract.BATCH_EVENTS, [b"{}"])
    with pytest.raises(BentoOutcomeUnknown):
        wire.read_batch(request, wire.Reply(200, {}, b"[" * 100_000 + b"]" * 100_000))

"""Broadcasts in Bento's list, through the generations."""

from __future__ import annotations

from airflow_provider_bento.api import responses
from airflow_provider_bento.api.responses import BroadcastTemplate, ListedBroadcast

SENT = {
    "id": 9,
    "attributes": {
        "name": "n",
        "share_url": "https://s",
        "template": {"subject": "secret", "to": "{{ visitor.email }}", "html": "<p>secret</p>"},
        "created_at": "2026-01-01T00:00:00Z",
        "send_at": "2026-01-02T00:00:00Z",
        "sent_final_batch_at": "2026-01-02T01:00:00Z",
        "stats": {"open_rate": 12.3, "clicks": "4", "note": None},
    },
}


def test_everything_that_bento_says_is_kept() -> None:
    """The state is the one that was asked for; stats are numbers, also those written as text."""
    (found,) = responses.broadcasts({"data": [SENT]}, "sent")
    assert found == ListedBroadcast(
        "9",
        "n",
        "2026-01-01T00:00:00Z",
        "https://s",
        state="sent",
        send_at="2026-01-02T00:00:00Z",
        sent_final_batch_at="2026-01-02T01:00:00Z",
        open_rate=12.3,
        stats=(("open_rate", 12.3), ("clicks", 4.0)),
        template=BroadcastTemplate(None, "secret", "{{ visitor.email }}", "<p>secret</p>"),
    )


def test_a_repr_shows_no_content() -> None:
    """Nor does that of the template; both can be keys of a dict."""
    (found,) = responses.broadcasts({"data": [SENT]}, "sent")
    assert "secret" not in f"{found!r} {found.template!r}"
    assert len({found, found}) == 1


def test_a_draft_shows_only_the_id_of_its_template() -> None:
    """Under ``template`` or beside the name."""
    for attributes in ({"template": {"template_id": 99}}, {"template_id": 99}):
        (found,) = responses.broadcasts({"data": [{"id": 1, "attributes": attributes}]}, "draft")
        assert found.template == BroadcastTemplate("99")
        assert (found.open_rate, found.stats) == (None, ())


def test_subject_and_content_beside_the_name_are_a_template() -> None:
    """Types of older SDKs have them there; without any of it there is none."""
    (found,) = responses.broadcasts({"data": [{"id": 1, "name": "n", "subject": "s", "content": "c"}]})
    assert found.template == BroadcastTemplate(None, "s", None, "c")
    assert responses.broadcasts([{"id": 1}])[0].template is None


def test_broadcasts_are_listed_in_both_envelopes() -> None:
    """``data`` with attributes, or ``broadcasts`` without; the dashboard's address before the public one."""
    flat = {"id": 9, "name": "n", "dashboard_url": "https://d", "share_url": "https://s"}
    assert responses.broadcasts({"broadcasts": [flat]}) == (ListedBroadcast("9", "n", None, "https://d"),)

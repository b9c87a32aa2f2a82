"""What each list's screen is called and filters by; knows words, never SQL.

Tested by tests/sandbox/test_page_lists.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, get_args

from airflow_provider_bento.api.contract import BroadcastStatus
from airflow_provider_bento.sandbox.store.app_queries import DELIVERED, STATES
from airflow_provider_bento.sandbox.store.journey_queries import KINDS
from airflow_provider_bento.sandbox.store.ledger import RecordKind
from airflow_provider_bento.sandbox.store.queries import OUTCOMES


@dataclass(frozen=True, slots=True)
class Screen:
    """One list.

    :param title: what its tab is called.
    :param searched: what the search box looks through.
    :param choice: name of its own filter in the query string.
    :param chosen: what that filter is called.
    :param options: its values; empty: whatever is stored, to be typed.
    :param timed: which time the time filter means.
    :param empty: text that is shown if the list is empty.
    :param heading: what the list is called on its screen, if not as its tab.
    """

    title: str
    searched: str
    choice: str
    chosen: str
    timed: str
    empty: str
    options: tuple[str, ...] = ()
    heading: str = ""


SCREENS: Final[Mapping[str, Screen]] = {
    "people": Screen(
        title="People",
        searched="Email or field",
        choice="tag",
        chosen="Tag",
        timed="Changed",
        empty="Subscribers appear here once they are imported.",
    ),
    "events": Screen(
        title="Events",
        searched="Email",
        choice="type",
        chosen="Type",
        timed="Happened",
        empty="Events appear here once they are recorded.",
    ),
    "emails": Screen(
        title="Emails",
        searched="Recipient, sender or subject",
        choice="delivered",
        chosen="Delivered",
        timed="Sent",
        empty="Emails of POST /batch/emails appear here; none of them leaves the sandbox.",
        options=tuple(DELIVERED),
    ),
    "broadcasts": Screen(
        title="Broadcasts",
        searched="Name, subject or sender",
        choice="state",
        chosen="State",
        timed="Created",
        empty="Drafts and scheduled broadcasts appear here.",
        options=get_args(BroadcastStatus),
    ),
    "journeys": Screen(
        title="Sequences",
        heading="Sequences and workflows",
        searched="Name or subject of an email",
        choice="kind",
        chosen="Kind",
        timed="Created",
        empty="The sequences and workflows of each site appear here.",
        options=KINDS,
    ),
    "automations": Screen(
        title="Automations",
        searched="Email",
        choice="trigger",
        chosen="Trigger",
        timed="Fired",
        empty="Automations that the received events would have started in Bento appear here.",
    ),
    "deletions": Screen(
        title="Deletions",
        searched="Masked email",
        choice="state",
        chosen="State",
        timed="Requested",
        empty="Requests to delete a person appear here, with a masked email address.",
        options=tuple(STATES),
    ),
    "rejects": Screen(
        title="Rejects",
        searched="Reason or record",
        choice="kind",
        chosen="Kind",
        timed="Rejected",
        empty="No record has been rejected yet. Rejected records appear here with the reason.",
        options=get_args(RecordKind),
    ),
    "requests": Screen(
        title="Requests",
        searched="Path, reason or agent",
        choice="outcome",
        chosen="Outcome",
        timed="Arrived",
        empty="Every request to Bento's API appears here with its response.",
        options=OUTCOMES,
    ),
}

"""The Ruby scripts of Bento's guides as judges: each must run to its end, and do what its guide says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from clients.outcomes import ClientFailed, Outcome, printed

from airflow_provider_bento.sandbox.control.client import Control

HERE: Final = Path(__file__).parent / "ruby"
ADDRESS: Final = "https://app.bentonow.com"
_KEYS: Final = {"XXXX-publishable-key": "login", "XXXX-secret-key": "password", "XXXX-site-uuid": "schema"}


def _people(control: Control) -> dict[str, dict[str, Any]]:
    return {person["email"]: person for person in control.everything("/people")}


def _imported(control: Control) -> bool:
    people = _people(control)
    jesse, gone, back = (people[f"{name}@example.com"] for name in ("jesse", "gone", "back"))
    return (
        jesse["tags"] == ["customer", "mql"]
        and jesse["fields"] == {"name": "Jesse", "customer_id": "123"}
        and (gone["unsubscribed_at"] is not None, back["unsubscribed_at"] is not None) == (True, False)
    )


def _backdated(control: Control) -> bool:
    events = {event["type"]: event for event in control.everything("/events")}
    at = dt.datetime.fromisoformat(events["$backdated_event"]["date"])
    silent = not events["$custom_event_with_workflow_bypass"]["fired"]
    return silent and len(control.records("events")) == 7 and (dt.datetime.now(dt.UTC) - at).days // 365 == 3


def _drafts_and_one_sent(control: Control) -> bool:
    mine = [one for one in control.everything("/broadcasts") if one["name"].startswith("Campaign #")]
    return [one["status"] for one in mine] == ["draft", "draft", "sent"]


SCRIPTS: Final[Mapping[str, Callable[[Control], bool]]] = {
    "create_subscriber.rb": lambda control: "guide@example.com" in _people(control),
    "add_tag.rb": lambda control: _people(control)["guide@example.com"]["tags"] == ["customer"],
    "add_custom_field.rb": lambda control: (
        _people(control)["guide@example.com"]["fields"] == {"favorite_color": "green"}
    ),
    "batch_events.rb": _backdated,
    "import.rb": _imported,
    "broadcasts.rb": _drafts_and_one_sent,
}
"""What must have come of each, in the order of the guides: the second and third change the person of the first."""


def run_every_script(url: str, connection: Mapping[str, str], control: Control, folder: Path) -> Iterator[Outcome]:
    """Run every script as it stands but for the address and the keys.

    :param url: a recorder's address.
    :param connection: the Airflow connection of the sandbox, which has the keys.
    :param control: of that sandbox, to see what came of a script.
    :param folder: where the scripts with their keys are written.
    """
    for name, happened in SCRIPTS.items():
        script = folder / name
        text = (HERE / name).read_text(encoding="utf-8")
        script.write_text(_with_keys(text, f"{url}/{name}", connection), encoding="utf-8")
        try:
            said = printed("ruby", "-r", HERE / "rails.rb", script, env={"LANG": "C.UTF-8"}).strip()
        except ClientFailed as failed:
            yield Outcome(name, error=str(failed))
        else:
            yield Outcome(name, said, None if happened(control) else f"it printed {said}")


def _with_keys(script: str, url: str, connection: Mapping[str, str]) -> str:
    for placeholder, key in _KEYS.items():
        script = script.replace(placeholder, connection[key])
    return script.replace(ADDRESS, url)

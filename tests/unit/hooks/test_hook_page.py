"""The page docs/hook.md: its examples run, and its tables have every method."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from airflow_provider_bento.hooks.calls import Calls
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

PAGE = (Path(__file__).parents[3] / "docs" / "hook.md").read_text(encoding="utf-8")
NOT_CALLS = {"get_conn", "request_loop"}


def own_methods() -> set[str]:
    """Return the public methods of the hook's mixins."""
    mixins = [mixin for mixin in BentoHook.__mro__ if issubclass(mixin, Calls) and mixin is not BentoHook]
    return {name for mixin in mixins for name, one in vars(mixin).items() if callable(one) and name[0] != "_"}


def test_the_tables_have_every_method() -> None:
    """And no other."""
    rows = re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE)
    shown = [name for row in rows for name in re.findall(r"`(\w+)\(", row)]
    assert sorted(shown) == sorted(own_methods() - NOT_CALLS)


# [START open_rates]
from airflow_provider_bento.hooks.bento import BentoHook  # noqa: E402


def open_rates():
    """Return a row for each broadcast that was sent; decorate it with @task."""
    return [
        {"id": sent.id, "name": sent.name, "sent_at": sent.sent_final_batch_at, "open_rate": sent.open_rate}
        for sent in BentoHook().iter_broadcasts("sent")
    ]


# [END open_rates]


def test_open_rates_are_rows(bento: RunningSandbox) -> None:
    """One for each broadcast that was sent."""
    broadcast = {"name": "n", "subject": "s", "content": "c", "type": "plain", "segment_id": "s1"}
    sent = {**broadcast, "name": "m", "approved": True, "send_at": "2020-01-01T00:00:00Z"}
    BentoHook().create_broadcasts([broadcast, sent], allow_send=True)
    bento.control.drain()
    (row,) = open_rates()
    assert row.keys() == {"id", "name", "sent_at", "open_rate"}
    assert row["name"] == "m"


# [START templates_from_git]
from pathlib import Path  # noqa: E402

from airflow_provider_bento.hooks.bento import BentoHook  # noqa: E402, F811


def publish_templates(folder):
    """Change the emails in Bento whose file differs; a file has the name of its email's id, like 12.html."""
    hook = BentoHook()
    for file in sorted(Path(folder).glob("*.html")):
        html = file.read_text(encoding="utf-8")
        template = hook.get_email_template(file.stem)
        if template is not None and template.html != html:
            hook.update_email_template(template.id, html=html)


# [END templates_from_git]


def test_templates_are_published_once(bento: RunningSandbox, tmp_path: Path) -> None:
    """What is the same is not sent; what Bento does not have is left out."""
    body = "<a href='{{ visitor.unsubscribe_url }}'>stop</a>\n"
    bento.control.add_sequence("Welcome", emails=[{"subject": "Hi", "html": "old"}, {"subject": "Ho", "html": body}])
    templates = next(one for one in BentoHook().iter_sequences() if one.name == "Welcome").templates
    for name in (*(one.id for one in templates), "987654"):
        (tmp_path / f"{name}.html").write_text(body, encoding="utf-8")
    publish_templates(tmp_path)
    publish_templates(tmp_path)
    assert [entry["method"] for entry in bento.control.journal() if entry["method"] == "PATCH"] == ["PATCH"]
    changed = BentoHook().get_email_template(templates[0].id)
    assert changed is not None
    assert changed.html == body


@pytest.mark.parametrize("name", ["Limits", "What is not offered"])
def test_the_page_says_what_a_user_has_to_know(name: str) -> None:
    """Limits, and what is missing."""
    assert f"\n## {name}\n" in PAGE

"""An alert becomes one email for each recipient; whatever is wrong is said before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from airflow_provider_bento.api.records import email_parser
from airflow_provider_bento.connection import Settings
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.notifications.alerts import Alert

KEYS = {"publishable_key": "p", "secret_key": "s", "site_uuid": "u"}
SETTINGS = Settings(**KEYS, sender="airflow@shop.example", alerts_to=("ann@shop.example",))


def emails(settings: Settings = SETTINGS, **given: Any) -> list[dict[str, Any]]:
    """Return the emails of an alert."""
    return Alert(**{"to": None, "subject": "Late", "html_content": "<p>Late</p>"} | given).emails(settings, "bento_x")


def refused(settings: Settings = SETTINGS, **given: Any) -> str:
    """Return the words with which an alert is refused."""
    with pytest.raises(BentoSetupError) as caught:
        emails(settings, **given)
    assert "planted" not in str(caught.value)
    return str(caught.value)


def test_the_connection_names_sender_and_recipients() -> None:
    """So no address has to be in a DAG."""
    assert emails() == [
        {"to": "ann@shop.example", "from": "airflow@shop.example", "subject": "Late", "html_body": "<p>Late</p>"}
    ]


@pytest.mark.parametrize(
    "to", ["cal@x.example, Dee@x.example", "cal@x.example;Dee@x.example", ["cal@x.example", "Dee@x.example"]]
)
def test_each_recipient_gets_an_email_of_their_own(to: Any) -> None:
    """However the recipients are written; nobody sees the others."""
    assert [email["to"] for email in emails(to=to, from_email="b@x.example")] == ["cal@x.example", "Dee@x.example"]
    assert {email["from"] for email in emails(to=to, from_email="b@x.example")} == {"b@x.example"}


def test_a_subject_is_one_line() -> None:
    """A template over several lines leaves line breaks, which a subject cannot have."""
    assert emails(subject=" Late:\n  load\n")[0]["subject"] == "Late: load"


def test_personalizations_are_the_same_for_all() -> None:
    """They fill in Bento's Liquid."""
    found = emails(to="a@x.example,b@x.example", personalizations={"name": "load"})
    assert [email["personalizations"] for email in found] == [{"name": "load"}] * 2
    assert "personalizations" not in emails(personalizations={})[0]


def test_copies_are_sent_once() -> None:
    """With the first email, or everybody who is copied in would get one for each recipient."""
    first, second = emails(to="a@x.example,b@x.example", cc="c@x.example; d@x.example", bcc=["e@x.example"])
    assert (first["cc"], first["bcc"]) == (("c@x.example", "d@x.example"), ("e@x.example",))
    assert not {"cc", "bcc"} & set(second)


def test_without_recipients_the_way_to_name_some_is_told() -> None:
    """Neither the alert nor the connection names one."""
    assert "extra alerts_to of connection 'bento_x'" in refused(Settings(**KEYS, sender="a@x.example"))
    assert "has no recipient" in refused(to=" , ")


def test_without_a_sender_the_way_to_name_one_is_told() -> None:
    """Bento accepts only authors."""
    assert "extra from of connection 'bento_x'" in refused(Settings(**KEYS, alerts_to=("a@x.example",)))


@pytest.mark.parametrize("name", ["to", "cc", "bcc"])
def test_an_invalid_address_is_named_by_its_place(name: str) -> None:
    """Never by what it is."""
    assert f"because {name} cannot be used: address 2 of 2 must be" in refused(**{name: "a@x.example, planted"})


def test_more_recipients_than_one_request_takes_are_refused() -> None:
    """A second request would be a second chance of doubt."""
    sixty = [f"planted{number}@x.example" for number in range(60)]
    assert len(emails(to=sixty)) == 60
    assert "has 61 recipients, but one request takes 60" in refused(to=[*sixty, "planted@x.example"])


def test_an_alert_prints_nobody() -> None:
    """It may end up in a traceback."""
    assert repr(Alert(to="planted@x.example", subject="s", html_content="h")) == "Alert()"


def test_a_rendered_number_is_text() -> None:
    """A DAG with render_template_as_native_obj renders "{{ 5 }}" as a number; the alert must go out."""
    email = emails(subject=5, html_content=7)[0]
    assert (email["subject"], email["html_body"]) == ("5", "7")


@pytest.mark.parametrize(
    ("given", "field"),
    [({"subject": None}, "subject"), ({"html_content": None}, "html_body"), ({"personalizations": "x"}, "object")],
)
def test_what_an_email_cannot_do_without_is_reported_like_any_record(given: dict[str, Any], field: str) -> None:
    """Not as an error of Python that only the code explains."""
    assert any(field in str(error) for error in email_parser(transactional=True)(emails(**given)[0]))

"""The package treats each value of the tables of docs/records.md as the page says."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.api.records import (
    email_parser,
    parse_command,
    parse_deletion,
    parse_event,
    parse_subscriber,
)
from airflow_provider_bento.api.records.keys import nearest

PAGE = Path(__file__).parents[4] / "docs" / "records.md"


def rows(title: str) -> list[tuple[str, str]]:
    """Return each thing in code of a section's first column, with what the second says."""
    section = PAGE.read_text(encoding="utf-8").split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line.strip("|").rsplit("|", 1) for line in section.splitlines() if line.startswith("| `")]
    return [(given, said.strip()) for cell, said in lines for given in re.findall(r"`([^`]+)`", cell)]


def wire(found: Any) -> Any:
    """Return what is sent; ``None``: the row has errors."""
    return None if isinstance(found, tuple) else json.loads(found.encode())


@pytest.mark.parametrize(("given", "said"), rows("Tags"))
def test_tags_of_the_page(given: str, said: str) -> None:
    """Each value of the first table becomes the tags that the page names, or is an error."""
    found = wire(parse_subscriber({"email": "a@x.io", "tags": ast.literal_eval(given)}))
    if said == "an error":
        assert found is None
    else:
        names = [] if said == "none" else re.findall("`([^`]+)`", said)
        assert found == {"email": "a@x.io"} | ({"tags": ",".join(names)} if names else {})


@pytest.mark.parametrize(("given", "said"), rows("Keys"))
def test_keys_of_the_page(given: str, said: str) -> None:
    """Each key of the second table is Bento's own, a custom field, or an error with the hint of the page."""
    found = parse_subscriber({"email": "a@x.io", given: "x"})
    if said.startswith("an error"):
        assert isinstance(found, tuple)
        assert said.removeprefix("an error").removeprefix(": ") in found[0].reason
    else:
        assert wire(found) == {"email": "a@x.io", given: "x"}
        assert bool(nearest(given, ("tags", "first_name", "utm_source"))) == ("WARNING" in said)


@pytest.mark.parametrize(("given", "said"), rows("Addresses"))
def test_addresses_of_the_page(given: str, said: str) -> None:
    """Each address of the third table is sent without blanks, or is an error."""
    assert wire(parse_subscriber({"email": given})) == ({"email": given.strip()} if said == "valid" else None)


@pytest.mark.parametrize(("given", "said"), rows("Times"))
def test_times_of_the_page(given: str, said: str) -> None:
    """Each time of the last table is sent as the page says, or is an error."""
    found = wire(parse_event({"type": "x", "email": "a@x.io", "date": given}))
    assert found == (None if said == "an error" else {"type": "x", "email": "a@x.io", "date": said.strip("`")})


def test_the_page_has_its_tables() -> None:
    """Each table has rows, so none of the tests above is empty."""
    assert [len(rows(title)) > 8 for title in ("Tags", "Keys", "Addresses", "Times")] == [True] * 4


PARSERS: dict[str, Callable[[Any], Any]] = {
    "Commands": parse_command,
    "Emails": email_parser(transactional=True),
    "Deletions": parse_deletion,
}
OF_THE_PAGE = [(section, given, said) for section in PARSERS for given, said in rows(section)]


@pytest.mark.parametrize(("section", "given", "said"), OF_THE_PAGE)
def test_other_records_of_the_page(section: str, given: str, said: str) -> None:
    """Each record of the last tables is valid or an error; a sender may come from the connection."""
    row = json.loads(given)
    assert isinstance(PARSERS[section](row), tuple) is (said != "valid")
    if said == "valid if the connection has a sender":
        assert not isinstance(email_parser(transactional=True, sender="shop@x.io")(row), tuple)


def test_there_are_records_of_the_page_to_check() -> None:
    """The test above is not empty."""
    assert len(OF_THE_PAGE) > 25

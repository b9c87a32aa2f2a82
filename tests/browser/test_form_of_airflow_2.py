"""The connection form as Airflow 2.11 draws it, where an Airflow 2.11 is at hand.

This suite runs on Airflow 3 and cannot import another one. ``PYTHON_WITH_AIRFLOW_2`` names the interpreter of an
environment that holds Airflow 2.11 and what the wheel needs; that Airflow's own web application is then asked. What its
JavaScript does with our labels on the screen is not looked at.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.connection.form import FIELDS
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

PYTHON = os.environ.get("PYTHON_WITH_AIRFLOW_2", "")
pytestmark = pytest.mark.skipif(
    not PYTHON, reason="PYTHON_WITH_AIRFLOW_2 names no environment with Airflow 2.11: ITS FORM WAS NOT LOOKED AT"
)
CHOSEN = {"rate_limit": "60/minute", "timeout": "5, 30", "pacing": "process"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox that the Test button reaches."""
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def seen(sandbox: RunningSandbox, installed_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what Airflow 2.11 showed and stored."""
    home = tmp_path_factory.mktemp("airflow2")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTHON"))}
    environment |= {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
        "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.default",
        # The other backend writes to the database behind the back of the request; SQLite has one writer.
        "AIRFLOW__WEBSERVER__SESSION_BACKEND": "securecookie",
        "PYTHONPATH": str(installed_wheel),
        "XDG_RUNTIME_DIR": str(home),
    }
    connection = {name: sandbox.connection[name] for name in ("login", "password", "schema", "host")}
    script = Path(__file__).with_name("ask_airflow_2.py")
    done = subprocess.run(
        [PYTHON, str(script), json.dumps({**connection, "extras": CHOSEN})],
        env=environment,
        cwd=home,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert "\n=>" in done.stdout, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.rpartition("\n=>")[2])
    assert found["version"].startswith("2.11."), found["version"]
    return found


def test_standard_fields_have_our_labels_and_hints(seen: dict[str, Any]) -> None:
    """As the page's script gets them; only the raw extras, which have fields of their own, are hidden."""
    standard = [one for one in FIELDS if one.store != "extra"]
    assert seen["types"]["relabeling"] == {one.store: one.label for one in standard}
    assert seen["types"]["placeholders"].items() >= {one.store: one.placeholder for one in standard}.items()
    assert seen["types"]["hidden_fields"] == ["extra"]


def test_each_extra_is_a_field_with_its_default_and_its_help(seen: dict[str, Any]) -> None:
    """In the form for a new connection."""
    extras = [one for one in FIELDS if one.store == "extra"]
    assert {one.name: seen["empty"].get(f"extra__bento__{one.name}") for one in extras} == {
        one.name: one.default or "" for one in extras
    }
    assert [one.name for one in extras if one.help not in seen["helps"]] == []


def test_what_is_saved_comes_back_but_not_the_secret(seen: dict[str, Any], sandbox: RunningSandbox) -> None:
    """And saving the reopened form keeps the secret key that it does not show."""
    connection = sandbox.connection
    stored = {one.name: CHOSEN.get(one.name) for one in FIELDS if one.store == "extra"}
    assert seen["stored"] == [connection[name] for name in ("login", "password", "schema", "host")] + [stored]
    assert {name: seen["reopened"][f"extra__bento__{name}"] for name in CHOSEN} == CHOSEN
    assert seen["reopened"]["login"] == connection["login"]
    assert not seen["secret_shown"]
    assert seen["password_after_saving_again"] == connection["password"]


def test_its_test_button_says_what_is_right_or_wrong(seen: dict[str, Any]) -> None:
    """Through the call that the button makes."""
    assert seen["right"]["status"] is True
    assert "the keys and the Site UUID are valid" in seen["right"]["message"]
    assert seen["wrong"]["status"] is False
    assert "401" in seen["wrong"]["message"]

"""One table of fields, and all that is drawn from it."""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace

import pytest

from airflow_provider_bento.connection import parse_connection
from airflow_provider_bento.connection.form import (
    FIELDS,
    conn_fields,
    get_connection_form_widgets,
    get_ui_field_behaviour,
    settings_table,
    ui_field_behaviour,
)
from airflow_provider_bento.hooks.bento import BentoHook


def with_extras(extra: dict[str, object]) -> SimpleNamespace:
    """Return a connection that is complete but for these extras."""
    keys = {"login": "p", "password": "s", "schema": "u", "host": "", "port": None}
    return SimpleNamespace(conn_id="bento_form", conn_type="bento", extra=extra, **keys)


def test_old_and_new_forms_say_the_same() -> None:
    """The provider info writes its keys with dashes, the hook method with underscores."""
    new, old = ui_field_behaviour(), get_ui_field_behaviour()
    assert {key.replace("-", "_"): value for key, value in new.items()} == old


def test_every_field_has_a_place_in_the_form() -> None:
    """As a relabelled standard field or as an extra, never as both."""
    shown = [*get_ui_field_behaviour()["relabeling"].values(), *(one["label"] for one in conn_fields().values())]
    assert sorted(shown) == sorted(one.label for one in FIELDS)


def test_no_extra_must_be_filled_in() -> None:
    """A field without null in its type would block saving."""
    assert all("null" in one["schema"]["type"] for one in conn_fields().values())


def test_the_defaults_shown_are_the_ones_used() -> None:
    """What the form proposes means the same as an empty field."""
    proposed = {name: one["schema"].get("default") for name, one in conn_fields().items()}
    assert parse_connection(with_extras(proposed)) == parse_connection(with_extras({}))


def test_every_example_is_accepted() -> None:
    """What the form proposes can be saved and used."""
    for name, one in conn_fields().items():
        for example in one["schema"]["examples"]:
            parse_connection(with_extras({name: example}))


def test_the_settings_table_survives_markdown() -> None:
    """One line a field, no cell broken by a bar, no word taken for an HTML tag."""
    lines = settings_table().splitlines()
    assert len(lines) == 2 + len(FIELDS)
    assert {line.replace("\\|", "").count("|") for line in lines} == {6}
    assert "<" not in settings_table()


def test_the_hook_offers_no_fields_without_the_form_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow 3.0 catches its ``ImportError``, but then leaves out the labels of all other fields."""
    monkeypatch.setitem(sys.modules, "flask_appbuilder.fieldwidgets", None)
    assert BentoHook.get_connection_form_widgets() == {}
    assert BentoHook.get_ui_field_behaviour()["relabeling"]["login"] == "Publishable key"


@pytest.mark.skipif(
    not importlib.util.find_spec("flask_appbuilder"), reason="only Airflow before 3 brings this form library along"
)
def test_the_old_form_has_a_widget_for_each_extra() -> None:
    """Real wtforms fields of the real Flask-AppBuilder."""
    widgets = get_connection_form_widgets()
    assert list(widgets) == list(conn_fields())
    assert [field.args[0] for field in widgets.values()] == [one["label"] for one in conn_fields().values()]

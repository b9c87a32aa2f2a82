"""What Airflow learns at discovery, read by Airflow itself from the built wheel."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import airflow
import jsonschema
import pytest
from airflow.providers_manager import ProvidersManager

from airflow_provider_bento.connection.form import FIELDS
from airflow_provider_bento.provider_info import get_provider_info

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMAS = Path(airflow.__file__).parent
STANDARD = {one.store: one for one in FIELDS if one.store != "extra"}
EXTRAS = {one.name: one for one in FIELDS if one.store == "extra"}

DISCOVER = """
import json, sys
from airflow.providers_manager import ProvidersManager

def new():
    from airflow.api_fastapi.core_api.services.ui.connections import HookMetaService
    form = next(one for one in HookMetaService.hook_meta_data() if one.connection_type == "bento").model_dump()
    fields = form["standard_fields"] | {"schema": form["standard_fields"]["url_schema"]}
    return {
        "name": form["hook_name"],
        "hidden": sorted(name for name, field in fields.items() if field and field["hidden"]),
        "standard": {name: [field["title"], field["placeholder"]] for name, field in fields.items() if field},
        "extras": {
            name: [field["schema"]["title"], field["description"], field["value"]]
            for name, field in form["extra_fields"].items()
        },
    }

def old():
    manager = ProvidersManager()
    shown = manager.field_behaviours["bento"]
    extras = {
        widget.field_name: widget.field
        for name, widget in manager.connection_form_widgets.items() if name.startswith("extra__bento__")
    }
    return {
        "name": manager.hooks["bento"].hook_name,
        "hidden": sorted(shown["hidden_fields"]),
        "standard": {
            name: [label, shown["placeholders"].get(name)] for name, label in shown["relabeling"].items()
        },
        "extras": {
            name: [field.args[0], field.kwargs["description"], field.kwargs["default"]]
            for name, field in extras.items()
        },
    }

try:
    form = new()
except ImportError:
    form = old()
provider = ProvidersManager().providers["airflow-provider-bento"]
print("=>" + json.dumps({
    **form,
    "hook_imported": "airflow_provider_bento.hooks.bento" in sys.modules,
    "version": provider.version,
    "links": ProvidersManager().extra_links_class_names,
    "where": __import__("airflow_provider_bento").__file__,
}))
"""


@pytest.fixture(scope="module")
def discovered(installed_wheel: Path) -> dict[str, Any]:
    """Return what an Airflow process that has the wheel installed knows about it."""
    environment = {**os.environ, "PYTHONPATH": str(installed_wheel)}
    done = subprocess.run(
        [sys.executable, "-c", DISCOVER],
        env=environment,
        cwd=installed_wheel,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "=>" in done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.rpartition("=>")[2])
    return found


def dotted_paths(value: Any) -> Iterator[str]:
    """Yield every dotted path of ours that stands anywhere in the dict."""
    if isinstance(value, str) and re.fullmatch(r"airflow_provider_bento(\.\w+)+", value):
        yield value
    elif isinstance(value, dict | list):
        for one in value.values() if isinstance(value, dict) else value:
            yield from dotted_paths(one)


def test_the_dict_follows_the_schema_that_every_airflow_process_checks() -> None:
    """A violation would stop the discovery of all providers, not only of ours."""
    schema = json.loads((SCHEMAS / "provider_info.schema.json").read_text())
    jsonschema.validate(get_provider_info(), schema)


@pytest.mark.parametrize("key", sorted(get_provider_info()))
def test_each_key_follows_the_strict_schema_too(key: str) -> None:
    """The shape of forms stands only in the schema of provider.yaml."""
    schema = json.loads((SCHEMAS / "provider.yaml.schema.json").read_text())
    if key in {"asset-uris", "email-backends"} and key not in schema["properties"]:
        pytest.skip("this Airflow does not know the key")
    part = schema["properties"][key]
    jsonschema.validate(get_provider_info()[key], part | {"definitions": schema.get("definitions", {})})


@pytest.mark.parametrize("path", sorted(set(dotted_paths(get_provider_info()))))
def test_every_dotted_path_can_be_imported(path: str) -> None:
    """A module, or a name in one."""
    module, _, name = path.rpartition(".")
    assert hasattr(importlib.import_module(module), name) or importlib.import_module(path)


def test_the_hook_says_the_same_as_the_dict() -> None:
    """Airflow's CLI prints the class's name for the connection, the form the dict's."""
    declared = get_provider_info()["connection-types"][0]
    module, _, name = declared["hook-class-name"].rpartition(".")
    hook = getattr(importlib.import_module(module), name)
    assert (hook.conn_type, hook.hook_name) == (declared["connection-type"], declared["hook-name"])
    assert (hook.conn_name_attr, hook.default_conn_name) == ("bento_conn_id", "bento_default")
    assert hook(bento_conn_id="x").bento_conn_id == "x"


def test_two_calls_share_nothing() -> None:
    """Airflow writes into the dict that it gets."""
    get_provider_info()["connection-types"][0]["conn-fields"].clear()
    assert get_provider_info()["connection-types"][0]["conn-fields"]


@pytest.mark.slow
def test_airflow_finds_the_provider_in_the_wheel(discovered: dict[str, Any], installed_wheel: Path) -> None:
    """Through the entry point, with the version and the link's class."""
    assert discovered["where"].startswith(str(installed_wheel))
    assert (installed_wheel / f"airflow_provider_bento-{discovered['version']}.dist-info").is_dir()
    assert "airflow_provider_bento.links.bento.BentoDashboardLink" in discovered["links"]


def test_the_form_shows_our_labels_and_placeholders(discovered: dict[str, Any]) -> None:
    """On the standard fields; what is required is among them."""
    assert discovered["name"] == "Bento"
    shown = {name: discovered["standard"][name] for name in STANDARD}
    assert shown == {name: [one.label, one.placeholder] for name, one in STANDARD.items()}
    assert all(one.store != "extra" for one in FIELDS if one.required)


def test_the_form_shows_the_extras_with_help_and_default(discovered: dict[str, Any]) -> None:
    """All of them, and no other."""
    assert discovered["extras"] == {name: [one.label, one.help, one.default] for name, one in EXTRAS.items()}


def test_a_form_drawn_from_the_dict_does_not_import_the_hook(discovered: dict[str, Any]) -> None:
    """The API server of Airflow 3.3 and later stays as light as it was; 3.2 still imports every hook."""
    declarative = hasattr(ProvidersManager, "iter_connection_type_hook_ui_metadata")
    assert discovered["hook_imported"] is not declarative


def test_the_form_hides_only_what_has_a_place_elsewhere(discovered: dict[str, Any]) -> None:
    """The port belongs into the base URL; the raw JSON has a field for each of its keys (Airflow 2 only)."""
    assert set(discovered["hidden"]) <= {"port", "extra"}

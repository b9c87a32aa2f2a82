"""What Airflow learns of the page "Bento", and what that costs the processes that never serve it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from airflow_provider_bento.plugins.bento import BentoPlugin
from airflow_provider_bento.version_compat import HAS_PLUGIN_PAGES

LOADED = """
import json, logging, sys, warnings
warnings.simplefilter("error")
from airflow import plugins_manager
warnings.simplefilter("always")
lines = []
class Kept(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())
logging.getLogger().addHandler(Kept(logging.WARNING))
logging.getLogger("airflow").addHandler(Kept(logging.WARNING))
info = [one for one in plugins_manager.get_plugin_info() if one["name"] == "bento"]
serving = [name for name in ("starlette", "fastapi") if name in sys.modules]
print("=>" + json.dumps([info, lines, serving], default=str))
"""
ADDED = """
import json, sys
from airflow import plugins_manager
before = set(sys.modules)
import airflow_provider_bento.plugins.bento
print("=>" + json.dumps(sorted(set(sys.modules) - before)))
"""
IN_A_WORKER = ADDED.replace("from airflow import plugins_manager", "import airflow.sdk.plugins_manager")


def printed(script: str, **settings: str) -> Any:
    """Return what a fresh process prints after ``=>``."""
    env = {**os.environ, "AIRFLOW__CORE__LOAD_EXAMPLES": "False", **settings}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, timeout=120)  # noqa: PLW1510  (looked at below)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.rpartition("=>")[2])


def test_the_item_of_the_navigation_is_relative() -> None:
    """So that it works below a base path; and it is no tab, which every task of every DAG would get."""
    assert BentoPlugin().external_views == [
        {"name": "Bento", "href": "bento/", "destination": "nav", "url_route": "bento", "icon": "bento/icon.svg"}
    ]
    [app] = BentoPlugin().fastapi_apps
    assert (app["url_prefix"], app["name"], callable(app["app"])) == ("/bento", "Bento", True)


def test_the_same_list_each_time() -> None:
    """Airflow takes views out of it that it cannot show."""
    plugin = BentoPlugin()
    assert plugin.external_views is plugin.external_views
    assert plugin.fastapi_apps[0]["app"] is plugin.fastapi_apps[0]["app"]


def test_no_view_of_airflow_2_is_among_it() -> None:
    """One would keep an API server of 3.0 without the FAB provider from starting."""
    plugin = BentoPlugin()
    assert not plugin.appbuilder_menu_items
    assert not plugin.appbuilder_views
    assert not plugin.flask_blueprints


@pytest.mark.parametrize("word", ["False", "0", "f"])
def test_the_setting_turns_page_and_item_off(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """``[bento] ui = False``."""
    monkeypatch.setenv("AIRFLOW__BENTO__UI", word)
    plugin = BentoPlugin()
    assert (plugin.fastapi_apps, plugin.external_views) == ([], [])


def test_a_setting_that_is_no_answer_shows_nothing_and_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The API server starts all the same."""
    monkeypatch.setenv("AIRFLOW__BENTO__UI", "perhaps")
    assert BentoPlugin().external_views == []
    assert [record.getMessage() for record in caplog.records if "bento" in record.name] == [
        "[bento] ui must be True or False; the page of Bento is not shown until it is one of them."
    ]


@pytest.mark.slow
def test_airflow_loads_it_without_a_warning() -> None:
    """Also 2.11, which shows nothing; and a process that only lists plugins gets no web framework from it."""
    [info], lines, serving = printed(LOADED)
    assert "airflow_provider_bento.plugins.bento:BentoPlugin" in info["source"]
    assert [line for line in lines if "bento" in line.lower()] == []
    assert [app["url_prefix"] for app in info.get("fastapi_apps", [])] == (["/bento"] if HAS_PLUGIN_PAGES else [])
    assert serving == [] or HAS_PLUGIN_PAGES


@pytest.mark.slow
@pytest.mark.parametrize("script", [ADDED, IN_A_WORKER], ids=["core", "worker"])
def test_importing_it_adds_only_its_own_modules(script: str) -> None:
    """Every Airflow process does it: no web framework, nothing of Airflow, nothing of ours that does the work."""
    if script is IN_A_WORKER and not _sdk_has_plugins():
        pytest.skip("before Airflow 3.2 workers ask the plugins manager of the core")
    assert (
        {"airflow_provider_bento.plugins.bento"}
        <= set(printed(script))
        <= {
            "airflow_provider_bento",
            "airflow_provider_bento.plugins",
            "airflow_provider_bento.plugins.bento",
            "airflow_provider_bento.version_compat",
        }
    )


def _sdk_has_plugins() -> bool:
    try:
        import airflow.sdk.plugins_manager  # noqa: F401  (its presence is the answer)
    except ImportError:
        return False
    return True

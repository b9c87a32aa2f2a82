"""The shape that a reader relies on: names, sizes, one version, entry points."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import re
import tomllib
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

import airflow_provider_bento

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "airflow_provider_bento"
FILES = sorted(PACKAGE.rglob("*.py"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FACE = {
    "hooks.bento": {"BentoHook"},
    "operators.bento": {
        "BentoBatchCommandsOperator", "BentoBatchEmailsOperator", "BentoBatchEventsOperator",
        "BentoBatchSubscribersOperator", "BentoBroadcastOperator", "BentoDataDeletionOperator",
        "BentoReconcileOperator", "WATERMARK",
    },
    "assets.bento": {
        "Noun", "convert_asset_to_openlineage", "create_asset", "outlets_of_bento", "sanitize_uri", "site_and_noun",
    },
    "links.bento": {
        "BROADCASTS_PAGE", "BentoDashboardLink", "BentoDeadLettersLink", "BentoReportLink", "DASHBOARD", "LINKS",
    },
    "plugins.bento": {"BentoPlugin", "LazyPage", "ROUTE"},
    "sensors.bento": {"BentoBroadcastSensor", "BentoSegmentSensor", "BentoSubscriberSensor"},
    "triggers.bento": {"BentoBroadcastSentTrigger", "BentoPollTrigger"},
    "transfers.bento": {"BentoToObjectStorageOperator"},
    "notifications.bento": {"BentoEmailNotifier", "send_bento_email_notification", "send_email"},
    "provider_info": {"get_provider_info"},
    "connection": {"ConnectionLike", "Settings", "parse_connection", "secrets_of"},
    "exceptions": {
        "BentoAccessError", "BentoCountMismatch", "BentoEmptySource", "BentoError", "BentoInterrupted",
        "BentoOutOfStep", "BentoOutcomeUnknown", "BentoRateLimited", "BentoRecordError", "BentoRefusedError",
        "BentoRetryLater",
        "BentoRunStopped", "BentoSetupError", "BentoSourceChanged", "BentoStateError", "BentoSuperseded",
        "BentoTooManyFailed", "BentoTooManyGone", "BentoUnreachable", "Recovery",
    },
}  # fmt: skip


def named(file: Path) -> str:
    """Return a file's path inside the package, for messages and test ids."""
    return file.relative_to(PACKAGE).as_posix()


def public(module: Any) -> set[str]:
    """Return the names that a module offers: those it lists, else its own classes and functions."""
    listed = getattr(module, "__all__", None)
    if listed is not None:
        return set(listed)
    own = {name: one for name, one in vars(module).items() if isinstance(one, type | FunctionType)}
    return {name for name, one in own.items() if not name.startswith("_") and one.__module__ == module.__name__}


@pytest.mark.parametrize("name", FACE)
def test_the_names_that_users_import_are_exactly_these(name: str) -> None:
    """Adding one is a decision, removing one breaks somebody's DAG."""
    assert public(importlib.import_module(f"airflow_provider_bento.{name}")) == FACE[name]


@pytest.mark.parametrize("file", [file for file in FILES if "__all__" in file.read_text()], ids=named)
def test_every_listed_name_exists_once_and_in_order(file: Path) -> None:
    """``__all__`` is sorted (as ruff sorts it), complete and true."""
    name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(name)
    listed = list(module.__all__)
    assert len(listed) == len(set(listed))
    assert not [one for one in listed if not hasattr(module, one)]
    own = {
        key
        for key, one in vars(module).items()
        if isinstance(one, type | FunctionType) and not key.startswith("_") and one.__module__ == name
    }
    assert own <= set(listed)


@pytest.mark.parametrize("file", FILES, ids=named)
def test_every_module_says_what_it_is_and_stays_readable(file: Path) -> None:
    """A docstring on top, fewer than 300 lines below it."""
    text = file.read_text()
    assert len(text.splitlines()) < 300
    assert ast.get_docstring(ast.parse(text))


def test_nine_functions_in_ten_are_short() -> None:
    """Below 35 lines with their docstrings."""
    lengths = [
        node.end_lineno - node.lineno + 1
        for file in FILES
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno
    ]
    assert sum(length < 35 for length in lengths) >= 0.9 * len(lengths)


@pytest.mark.parametrize("file", [file for file in FILES if file.name != "version_compat.py"], ids=named)
def test_only_one_file_asks_which_airflow_this_is(file: Path) -> None:
    """Comparing versions anywhere else would scatter what one file is for."""
    asking = r"AIRFLOW_V_\d|airflow\.version\b|airflow\.__version__|version\(\s*['\"]apache-airflow"
    assert not re.search(asking, file.read_text())


def test_the_version_is_written_once() -> None:
    """In ``__init__``; the build reads it there, the newest changelog entry names it."""
    version = airflow_provider_bento.__version__
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "airflow_provider_bento.__version__"}
    assert [named(file) for file in FILES if f'"{version}"' in file.read_text()] == ["__init__.py"]
    newest = re.search(r"^## \[?(\d[^\]\s]*)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == version


@pytest.mark.parametrize("group", PROJECT["project"]["entry-points"])
def test_every_entry_point_leads_somewhere(group: str) -> None:
    """A wrong one stops Airflow's discovery of all providers."""
    for name, value in PROJECT["project"]["entry-points"][group].items():
        assert callable(importlib.metadata.EntryPoint(name, value, group).load())


def test_the_distribution_is_named_as_airflow_wants_it() -> None:
    """The names must agree, and example DAGs are found by the package's name."""
    from airflow_provider_bento.provider_info import get_provider_info

    assert PROJECT["project"]["name"] == get_provider_info()["package-name"] == "airflow-provider-bento"
    assert PACKAGE.name == PROJECT["project"]["name"].replace("-", "_")

"""What every test stands on: an Airflow of its own in a temporary folder, loopback as the only network, and our own
warnings as errors.
"""

from __future__ import annotations

import importlib.util
import ipaddress
import os
import shutil
import socket
import sys
import sysconfig
import zipfile
from pathlib import Path
from typing import Any

import own_airflow  # takes effect before Airflow is imported
import pytest
from distributions import Distributions, built
from hypothesis import settings

pytest_plugins = ["system.running"]  # one Airflow for the system tests and those in a browser

ROOT = Path(__file__).parents[1]
_OURS = r"airflow_provider_bento|tests\.|example_dags"


def _findable() -> None:
    """Let a checkout be tested without being installed, in this process and in those that tests start."""
    if importlib.util.find_spec("airflow_provider_bento") is None:
        sys.path.insert(0, str(ROOT))
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))


_findable()


settings.register_profile("no deadline", parent=settings.default, deadline=None)
if "BENTO_EXAMPLES" not in os.environ:  # make prove loads a profile of its own
    settings.load_profile("no deadline")


def pytest_configure(config: pytest.Config) -> None:
    """Make warnings of our own code and of the tests errors; what other libraries deprecate is theirs."""
    config.addinivalue_line("filterwarnings", "error")
    config.addinivalue_line("filterwarnings", f"default:::(?!{_OURS})")
    config.addinivalue_line("filterwarnings", f"ignore::DeprecationWarning:(?!{_OURS})")
    # SQLAlchemy blames whoever happens to touch Airflow's models first.
    config.addinivalue_line("filterwarnings", "ignore:.*configure_mappers:DeprecationWarning")


class OutsideLoopback(OSError):
    """A test tried to reach another machine."""


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6} and not _is_loopback(str(address[0])):
            raise OutsideLoopback("tests reach nothing but this machine")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True)
def _no_budget_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server may get the port of an earlier one, and with it a budget that a 429 paused for an hour."""
    from airflow_provider_bento.delivery.pacing import factory

    monkeypatch.setattr(factory, "_IN_PROCESS", {})
    shutil.rmtree(own_airflow.HOME / "run" / "airflow-bento", ignore_errors=True)


@pytest.fixture(scope="session")
def airflow_db() -> None:
    """Airflow's metadata database, made once; ask for it where a test runs a DAG."""
    from airflow.utils.db import initdb

    initdb()


@pytest.fixture
def dags_folder() -> Path:
    """Return the folder that Airflow reads DAG files from."""
    return Path(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])


@pytest.fixture(scope="session")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Distributions:
    """Return what is published of this checkout: the sdist and the wheel that is built from it."""
    return built(tmp_path_factory.mktemp("distributions"))


@pytest.fixture(scope="session")
def wheel(distributions: Distributions) -> Path:
    """Return the wheel of this checkout."""
    return distributions.wheel


@pytest.fixture(scope="session")
def installed_wheel(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that holds the wheel's contents as an installation does; put it on ``PYTHONPATH``."""
    if "MATRIX_CELL" in os.environ:  # make matrix installed the wheel, and its checkout has nothing to build one from
        return Path(sysconfig.get_path("purelib"))
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(request.getfixturevalue("wheel")) as archive:
        archive.extractall(folder)
    return folder

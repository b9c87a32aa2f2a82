"""The files of docs/deploy, which the tests of the engines run as far as a machine without containers can."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from engines.compose import FILE, containers

VARIABLES = {
    name: name.lower()
    for name in (
        "FERNET_KEY", "JWT_SECRET", "POSTGRES_PASSWORD", "BENTO_PUBLISHABLE_KEY", "BENTO_SECRET_KEY", "BENTO_SITE_UUID",
        "S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY",
    )
}  # fmt: skip


def values() -> dict[str, Any]:
    """Return the chart's values."""
    found: dict[str, Any] = yaml.safe_load(FILE.with_name("values.yaml").read_text())
    return found


def test_the_head_of_the_compose_file_names_every_variable() -> None:
    """Somebody who exports what the first lines say can start it."""
    head, _, body = FILE.read_text().partition("x-airflow:")
    assert set(re.findall(r"(\w+)=…", head)) | {"S3_ENDPOINT"} == set(re.findall(r"\$\{(\w+)", body)) == set(VARIABLES)
    with pytest.raises(KeyError):
        containers({}, {})


def test_the_containers_share_a_budget_and_no_disk() -> None:
    """Requests are counted in Redis, logs go to object storage, and no service of Airflow mounts a volume."""
    found = containers({}, VARIABLES)
    assert {"api-server", "scheduler", "dag-processor", "triggerer", "worker", "migrate"} == set(found)
    bento = json.loads(found["worker"].environment["AIRFLOW_CONN_BENTO_DEFAULT"])
    assert bento["extra"]["pacing"] == "redis://redis:6379/1"
    assert json.loads(found["worker"].environment["AIRFLOW_CONN_LAKE"])["conn_type"] == "aws"
    services = yaml.safe_load(FILE.read_text())["services"]
    assert [name for name in found if "volumes" in services[name]] == []


def test_a_host_of_the_file_becomes_one_of_this_machine() -> None:
    """So the tests start what the file says."""
    environment = containers({"redis:6379": "127.0.0.1:1"}, VARIABLES)["worker"].environment
    assert environment["AIRFLOW__CELERY__BROKER_URL"] == "redis://127.0.0.1:1/0"


def test_the_chart_is_given_what_the_containers_are_given() -> None:
    """The same logs, the same connections; the rate limit's Redis keeps what it is told on both."""
    settings = containers({}, VARIABLES)["worker"].environment
    for name, value in values()["config"]["logging"].items():
        assert settings[f"AIRFLOW__LOGGING__{name.upper()}"] == value
    connections = {one["envName"] for one in values()["secret"]}
    assert connections == {name for name in settings if name.startswith("AIRFLOW_CONN_")}
    redis = list(yaml.safe_load_all(FILE.with_name("redis.yaml").read_text()))[1]["spec"]["template"]["spec"]
    command = yaml.safe_load(FILE.read_text())["services"]["redis"]["command"]
    assert redis["containers"][0]["args"] == command.split()


def test_the_image_is_of_the_airflow_that_is_tested() -> None:
    """The newest one."""
    tested = re.search(
        r"^apache-airflow==(\S+)$", (FILE.parents[2] / "tests/requirements/engines.in").read_text(), re.MULTILINE
    )
    assert tested
    assert f"FROM apache/airflow:{tested[1]}\n" in FILE.with_name("Dockerfile").read_text()
    assert values()["airflowVersion"] == tested[1]

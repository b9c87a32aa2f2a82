"""The engines, started once: PostgreSQL, Redis, S3, a local Bento with a rate limit, and Airflow on Celery."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from conformance.local_postgres import INITDB, LocalPostgres
from conformance.local_redis import LocalRedis
from engines.celery_airflow import AirflowOnCelery
from engines.object_storage import ACCESS_KEY, SECRET_KEY, ObjectStorage, running_object_storage
from system.local_airflow import free_port

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

LIMIT, SECONDS = map(int, os.environ.get("ENGINES_LIMIT", "100/30").split("/"))
"""Requests, and the seconds of their window; Bento's own is 100/60."""

DAGS = Path(__file__).parent / "dags"


@dataclass(frozen=True)
class Engines:
    """All that runs.

    :param redis: the broker, and the budget.
    """

    airflow: AirflowOnCelery
    bento: RunningSandbox
    storage: ObjectStorage
    postgres: LocalPostgres
    redis: LocalRedis


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Start everything on loopback, each in a folder of its own."""
    if INITDB is None:
        pytest.skip("NOT TESTED: PostgreSQL is not installed")
    folder = tmp_path_factory.mktemp("engines")
    with ExitStack() as stack:
        (folder / "redis").mkdir()
        redis = LocalRedis(folder / "redis", lasting=True)
        stack.callback(redis.stop)
        port = free_port()
        postgres = LocalPostgres(port)
        stack.callback(postgres.remove)
        postgres.create("airflow")
        storage = stack.enter_context(running_object_storage(folder / "s3"))
        bento = stack.enter_context(running_sandbox(limit=f"{LIMIT}/{SECONDS}s per family", reply_delay=0.05))
        airflow = AirflowOnCelery(
            folder / "airflow",
            DAGS,
            hosts={"redis:6379": f"127.0.0.1:{redis.port}", "postgres:5432": f"127.0.0.1:{port}"},
            variables={
                "BENTO_PUBLISHABLE_KEY": bento.connection["login"],
                "BENTO_SECRET_KEY": bento.connection["password"],
                "BENTO_SITE_UUID": bento.connection["schema"],
                "S3_ENDPOINT": storage.endpoint,
                "S3_ACCESS_KEY": ACCESS_KEY,
                "S3_SECRET_KEY": SECRET_KEY,
            },
            bento={"host": bento.connection["host"], "extra": {"rate_limit": f"{LIMIT}/{SECONDS}s"}},
            settings={"AIRFLOW__CORE__PARALLELISM": "32"},  # Airflow's default
        )
        yield Engines(stack.enter_context(airflow), bento, storage, postgres, redis)

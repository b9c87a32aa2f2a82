"""The containers of docs/deploy/compose.yaml as processes: Airflow on PostgreSQL, Celery workers, a broker in Redis.

Each has a home, a folder for temporary files and a run folder of its own, as on a machine of its own: what one of them
writes to its disk no other one sees.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.compose import Container, containers
from engines.processes import Service
from system.local_airflow import LocalAirflow, free_port, until

WORKERS = ("worker-1", "worker-2")
_KEY = "b3duLWtleS1vZi10aGUtdGVzdHMtMzItYnl0ZXMhISE="  # 32 bytes, as Fernet wants them; protects nothing
_BENTO = "AIRFLOW_CONN_BENTO_DEFAULT"


class AirflowOnCelery(LocalAirflow):
    """Airflow as the compose file lays it out.

    :param home: a folder with one folder for each container in it.
    :param dags: the folder of DAG files, which is in the image.
    :param hosts: where PostgreSQL and Redis are: ``{"redis:6379": "127.0.0.1:40123"}``.
    :param variables: the values of the file's ``${NAME}``; the keys of Airflow need not be among them.
    :param bento: what of the file's connection to Bento is different here: its host, its rate limit.
    :param settings: more variables, for all containers.
    """

    def __init__(
        self,
        home: Path,
        dags: Path,
        *,
        hosts: Mapping[str, str],
        variables: Mapping[str, str],
        bento: Mapping[str, Any],
        settings: Mapping[str, str],
    ) -> None:
        super().__init__(home, dags, settings=settings)
        keys = {"FERNET_KEY": _KEY, "JWT_SECRET": _KEY, "POSTGRES_PASSWORD": "unused"}
        self._containers = containers({**hosts, "http://api-server:8080": self.url}, {**keys, **variables})
        self._settings = {**settings, _BENTO: self._connection(bento)}
        self.services: dict[str, Service] = {}

    def _connection(self, changes: Mapping[str, Any]) -> str:
        written: dict[str, Any] = json.loads(self._containers["worker"].environment[_BENTO])
        extra = {**written["extra"], **changes["extra"]}
        return json.dumps({**written, **changes, "extra": extra})

    def start(self, *, seconds: float = 400.0) -> None:
        """Start all containers, the workers twice, and wait until Airflow is healthy and the workers listen."""
        migrate = self._containers["migrate"]
        subprocess.run(
            self._command(migrate), env=self._environment_of("migrate", migrate), check=True, capture_output=True
        )
        for name in ("api-server", "scheduler", "dag-processor", *WORKERS):
            self._run(name, self._containers[name.partition("-")[0] if name in WORKERS else name])
        try:
            until("a healthy Airflow", self._healthy, seconds=seconds)
            self._session.headers["Authorization"] = f"Bearer {self.token()}"
            until("workers that listen", self._listening, seconds=seconds)
        except BaseException:
            self.stop()
            raise

    def _listening(self) -> bool | None:
        logs = ((self.home / name / f"{name}.log").read_text(errors="replace") for name in WORKERS)
        return all("ready." in log for log in logs) or None

    def lose(self, name: str) -> None:
        """Kill a container with all that it started, and what it wrote to its disk; it starts again on an empty one."""
        self.services[name].kill()
        for folder in ("logs", "run", "tmp"):
            shutil.rmtree(self.home / name / folder, ignore_errors=True)
        self._folders(name)

    def stop(self) -> None:
        """End all containers, the workers first, with all that they started."""
        for name in sorted(self.services, key=lambda one: one not in WORKERS):
            self.services[name].stop()
        self.services.clear()

    def _running(self) -> bool:
        return bool(self.services)

    def _run(self, name: str, container: Container) -> None:
        command = self._command(container)
        if name in WORKERS:
            command += ["--celery-hostname", f"{name}@%h"]
        self.services[name] = Service(name, command, self._environment_of(name, container), self.home / name)

    def _folders(self, name: str) -> Path:
        home = self.home / name
        for folder in (home, home / "run", home / "tmp"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return home

    def _command(self, container: Container) -> list[str]:
        return [sys.executable, "-m", "airflow", *container.command]

    def _environment_of(self, name: str, container: Container) -> dict[str, str]:
        home = self._folders(name)
        return {
            **self.environment,
            **container.environment,
            **self._settings,
            "AIRFLOW_HOME": str(home),
            "XDG_RUNTIME_DIR": str(home / "run"),
            "TMPDIR": str(home / "tmp"),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        }

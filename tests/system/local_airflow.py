"""A real Airflow of its own, in a folder of its own, on free ports; for the demo and the system tests.

It never touches an Airflow that the person already has: home, database, ports and settings are its own.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import requests

T = TypeVar("T")
DONE = {"success", "failed"}
_TOKEN = """
import sys
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
print("token", SimpleAuthManager().generate_jwt(SimpleAuthManagerUser(username=sys.argv[1], role=sys.argv[2])))
"""


class NotReadyError(RuntimeError):
    """Something did not come up, or did not end, in time."""


def free_port(wanted: int = 0) -> int:
    """Return ``wanted`` where it is free, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise NotReadyError("no free port")


def until(what: str, question: Callable[[], T | None], *, seconds: float, every: float = 0.3) -> T:
    """Ask until there is an answer.

    :raises NotReadyError: there was none in time.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (answer := question()) is not None:
            return answer
        time.sleep(every)
    raise NotReadyError(f"{what} not within {seconds:.0f} s")


class LocalAirflow:
    """``airflow standalone`` in ``home``; nobody outside this machine reaches it.

    :param home: its folder, made if needed; kept between runs.
    :param dags: the folder of DAG files.
    :param port: wanted port of the UI; another one is taken where it is in use.
    :param settings: more ``AIRFLOW__…`` variables.
    :param users: who there is, as ``name:role``, an admin first; without them everybody is admin.
    :param path: the path of its address, such as ``/airflow``.
    """

    def __init__(
        self,
        home: Path,
        dags: Path,
        *,
        port: int = 0,
        settings: Mapping[str, str] | None = None,
        users: Sequence[str] = (),
        path: str = "",
    ) -> None:
        self.home = home.absolute()
        self.port = free_port(port)
        self.url = f"http://localhost:{self.port}{path}"
        self.users = tuple(users)
        self._process: subprocess.Popen[bytes] | None = None
        self._session = requests.Session()
        self._session.trust_env = False
        self.environment = self._environment(dags.absolute(), settings or {})

    def _environment(self, dags: Path, settings: Mapping[str, str]) -> dict[str, str]:
        """The person's own Airflow settings stay outside."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
        own = {
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": str(not self.users),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(self.users) or "admin:admin",
            "AIRFLOW__CORE__TEST_CONNECTION": "Enabled",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.url}/execution/",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__PARALLELISM": "8",
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self.port),
            "AIRFLOW__API__BASE_URL": self.url,
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.home}/airflow.db?timeout=60",  # for its lock
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "5",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "5",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "3",
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",  # seconds; a busy machine must not end tasks
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
            "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "NO_PROXY": "localhost,127.0.0.1",
            "XDG_RUNTIME_DIR": str(self.home / "run"),  # the shared rate limit is its own, too
        }
        return {**inherited, **own, **settings}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, *, seconds: float = 400.0) -> None:
        """Start it and wait until scheduler, DAG processor and API are healthy."""
        (self.home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.home / "standalone.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "airflow", "standalone"],
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        try:
            until("a healthy Airflow", self._healthy, seconds=seconds)
            token = self.token(*self.users[:1])
        except BaseException:
            self.stop()
            raise
        self._session.headers["Authorization"] = f"Bearer {token}"

    def token(self, user: str = "") -> str:
        """Return what lets a user in, one of those that there are; without one, anybody."""
        if not user:
            return str(self._session.get(f"{self.url}/auth/token", timeout=30).json()["access_token"])
        command = [sys.executable, "-c", _TOKEN, *user.split(":")]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=300, check=True)
        return done.stdout.rpartition("token ")[2].strip()

    def _running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _healthy(self) -> bool | None:
        if not self._running():
            raise NotReadyError(f"Airflow ended at once; see {self.home}/standalone.log")
        try:
            parts = self._session.get(f"{self.url}/api/v2/monitor/health", timeout=5).json()
        except (requests.RequestException, ValueError):
            return None
        wanted = (parts.get(name, {}).get("status") for name in ("metadatabase", "scheduler", "dag_processor"))
        return True if all(status == "healthy" for status in wanted) else None

    def stop(self) -> None:
        """End it, with all that it started."""
        if self._process is None:
            return
        for number, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
            try:
                os.killpg(self._process.pid, number)
                self._process.wait(patience)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process = None

    def call(self, method: str, path: str, **options: Any) -> Any:
        """Call Airflow's REST API and return its JSON, or ``None`` if there is none.

        A 500 is asked again: on a busy machine Airflow's SQLite database is locked at times, and the call rolled back.
        """
        options.setdefault("timeout", 120)
        deadline = time.monotonic() + 60
        while True:
            reply = self._session.request(method, f"{self.url}/api/v2/{path}", **options)
            if reply.status_code != HTTPStatus.INTERNAL_SERVER_ERROR or time.monotonic() > deadline:
                break
            time.sleep(1)
        if not reply.ok:
            raise NotReadyError(f"{method} {path}: {reply.status_code} {reply.text[:500]}")
        return reply.json() if reply.content else None

    def add_connection(self, conn_id: str, connection: Mapping[str, Any]) -> None:
        """Store a connection, replacing one of the same id."""
        body = {"connection_id": conn_id, **connection}
        exists = self._session.get(f"{self.url}/api/v2/connections/{conn_id}", timeout=30).ok
        self.call("PATCH" if exists else "POST", f"connections/{conn_id}" if exists else "connections", json=body)

    def wait_for_dag(self, dag_id: str, *, seconds: float = 180.0) -> None:
        """Wait until the DAG was parsed."""

        def known() -> bool | None:
            return True if self._session.get(f"{self.url}/api/v2/dags/{dag_id}", timeout=30).ok else None

        until(f"DAG {dag_id}", known, seconds=seconds)

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Start a run and return its id."""
        self.wait_for_dag(dag_id)
        self.call("PATCH", f"dags/{dag_id}", json={"is_paused": False})
        run = self.call("POST", f"dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": dict(conf or {})})
        return str(run["dag_run_id"])

    def state(self, dag_id: str, run_id: str) -> str:
        """Return the state of a run."""
        return str(self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}")["state"])

    def wait_for_run(self, dag_id: str, run_id: str, *, seconds: float = 400.0) -> str:
        """Wait until the run ended and return its state."""

        def ended() -> str | None:
            try:
                state = self.state(dag_id, run_id)
            except requests.Timeout:  # a machine with more to do than it can; the next question may be answered
                return None
            return state if state in DONE else None

        return until(f"the end of {dag_id}", ended, seconds=seconds)

    def tasks(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        """Return the task instances of a run."""
        return list(self.call("GET", f"dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"])

    def task(self, dag_id: str, run_id: str, task_id: str, map_index: int = -1) -> dict[str, Any]:
        """Return one task instance."""
        found = self.tasks(dag_id, run_id)
        return next(ti for ti in found if ti["task_id"] == task_id and ti["map_index"] == map_index)

    def xcom(self, dag_id: str, run_id: str, task_id: str, *, key: str = "return_value", map_index: int = -1) -> Any:
        """Return an XCom's value, or ``None``."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        reply = self._session.get(f"{self.url}/api/v2/{path}", params={"map_index": map_index}, timeout=30)
        return reply.json()["value"] if reply.ok else None

    def log(self, dag_id: str, run_id: str, task_id: str, *, try_number: int = 1, map_index: int = -1) -> str:
        """Return a task's log as text, with everything that a line carries (its traceback too)."""
        path = f"dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/logs/{try_number}"
        wanted = {"map_index": map_index, "full_content": "true"}
        content = self.call("GET", path, params=wanted, headers={"Accept": "application/json"})["content"]
        return "\n".join(line if isinstance(line, str) else json.dumps(line) for line in content)

    def tries_that_said(self, text: str, dag_id: str, run_id: str, task_id: str) -> int:
        """Return how many tries of a task have a text in their log; a try that Airflow itself lost does not count.

        A task that resumes while its scheduler is busy can be taken for one that ended, and is then tried again.
        """
        tries = range(1, self.task(dag_id, run_id, task_id)["try_number"] + 1)
        return sum(text in self.log(dag_id, run_id, task_id, try_number=number) for number in tries)

    def results(self, dag_id: str, run_id: str) -> Iterator[tuple[str, int, dict[str, Any]]]:
        """Yield task id, map index and summary of every push of a run."""
        for ti in self.tasks(dag_id, run_id):
            value = self.xcom(dag_id, run_id, ti["task_id"], map_index=ti["map_index"])
            if isinstance(value, dict) and "endpoint" in value and "in_doubt" in value:
                yield ti["task_id"], ti["map_index"], value

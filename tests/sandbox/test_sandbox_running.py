"""Running a sandbox: in a thread, as a process, several at once, with a state that survives."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
import requests

from airflow_provider_bento.api import contract
from airflow_provider_bento.sandbox import docs_page
from airflow_provider_bento.sandbox.__main__ import main
from airflow_provider_bento.sandbox.bento_api.endpoints.table import ENDPOINTS
from airflow_provider_bento.sandbox.control.client import Control
from airflow_provider_bento.sandbox.errors import SandboxStateError
from airflow_provider_bento.sandbox.in_thread import running_sandbox

ROW = {"email": "a@x.com", "n": 1, "tags": "t"}
PURCHASE = {"type": "$purchase", "email": "a@x.com", "details": {"unique": {"key": 1}}}
DRAFT = {"name": "n", "subject": "s", "content": "c", "type": "plain"}


def start(*arguments: str) -> tuple[subprocess.Popen, str, dict]:
    """Run the command; return the process, its first line and the connection it prints."""
    command = [sys.executable, "-m", "airflow_provider_bento.sandbox", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    first = process.stdout.readline()
    name, _, value = process.stdout.readline().strip().partition("=")
    assert name == "AIRFLOW_CONN_BENTO_DEFAULT"
    shown = subprocess.run(["sh", "-c", f"printf %s {value}"], capture_output=True, text=True, check=True).stdout
    return process, first, json.loads(shown)


def stop(process: subprocess.Popen, sign: int) -> str:
    """End the process; return what it wrote to stderr."""
    process.send_signal(sign)
    return process.communicate(timeout=20)[1]


def test_the_command_prints_all_that_a_client_needs():
    """Address, keys, site, and a variable that a shell takes as it stands, whatever the key."""
    process, first, connection = start("--keys", "pk:s'k \"$x", "--site", "one", "--site", "two")
    try:
        assert connection["host"] in f"{first}/api/v1".replace(" ", "/api/v1 ")
        assert (connection["conn_type"], connection["schema"]) == ("bento", "one")
        keys = (connection["login"], connection["password"])
        assert keys == ("pk", "s'k \"$x")
        answer = requests.get(connection["host"] + "/fetch/tags", params={"site_uuid": "two"}, auth=keys, timeout=10)
        assert answer.json() == {"data": []}
    finally:
        assert stop(process, signal.SIGINT) == ""


def test_listening_beyond_this_machine_is_said_aloud():
    """On stderr, with what it means."""
    process, _, connection = start("--host", "0.0.0.0")
    assert connection["host"].startswith("http://127.0.0.1:")
    warning = stop(process, signal.SIGTERM)
    assert "WARNING" in warning
    assert "anyone" in warning


@pytest.mark.parametrize(
    "arguments",
    [
        ["--limit", "fast"],
        ["--stats-limit", "30/hour per ip"],
        ["--deletion-limit", "many"],
        ["--delay", "long"],
        ["--port", "99999"],
        ["--keys", "nocolon"],
        ["--profile", "1999"],
        ["--reply-delay", "-1"],
    ],
)
def test_a_command_line_that_cannot_be_ends_with_status_2(arguments, capsys):
    """And one line that says why."""
    with pytest.raises(SystemExit) as ended:
        main(["--port", "0", *arguments])
    assert ended.value.code == 2
    assert "Traceback" not in capsys.readouterr().err


def test_a_port_that_is_taken_ends_with_status_2(sandbox, capsys):
    """Not with a traceback."""
    with pytest.raises(SystemExit) as ended:
        main(["--port", str(sandbox.server.address[1])])
    assert ended.value.code == 2


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_state_survives_however_the_process_ends(tmp_path, sign, client_of):
    """People, events, purchases, journal, queues, broadcasts, time: all go on where they were."""
    file = tmp_path / "sub" / "state.db"
    process, _, connection = start("--state", str(file), "--limit", "off", "--delay", "events=60")
    session = requests.Session()
    session.auth, session.params = (connection["login"], connection["password"]), {"site_uuid": connection["schema"]}
    session.post(connection["host"] + "/batch/subscribers", json={"subscribers": [ROW]}, timeout=10)
    session.post(connection["host"] + "/batch/events", json={"events": [PURCHASE]}, timeout=10)
    approved = {**DRAFT, "approved": True, "send_at": "2040-01-01T00:00:00Z"}
    session.post(connection["host"] + "/batch/broadcasts", json={"broadcasts": [approved]}, timeout=10)
    with Control(connection["host"].removesuffix("/api/v1")) as control:
        control.advance(30)
        before = control.stats()
    stop(process, sign)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with running_sandbox(state=file) as again:
        after = again.control.stats()
        for name in ("requests", "records", "stored", "broadcasts", "waiting"):
            assert after[name] == before[name]
        assert after["clock"]["now"] > before["clock"]["now"]
        assert again.control.records("events") == [PURCHASE]
        api = client_of(again)
        assert api.person("a@x.com")["fields"] == {"n": 1}
        again.control.advance(30)
        assert api.events(PURCHASE).json()["results"] == 1
        assert again.control.stats()["stored"]["events"] == 1
        assert again.control.journal()[-1]["number"] == 5
        again.control.advance(20 * 366 * 86400)
        assert [row["status"] for row in again.control.get("/broadcasts")["data"]] == ["sent"]


def test_what_was_confirmed_survives_a_kill_in_mid_request(tmp_path):
    """Every batch that was answered is there in full; of the one under way, all or nothing."""
    file, size = tmp_path / "state.db", 200
    process, _, connection = start("--state", str(file), "--limit", "off")
    confirmed = 0
    with requests.Session() as session:
        session.auth, session.params = (
            (connection["login"], connection["password"]),
            {"site_uuid": connection["schema"]},
        )
        killer = threading.Timer(0.3, process.kill)
        killer.start()
        with contextlib.suppress(requests.RequestException):
            while True:
                rows = [{"email": f"p{confirmed * size + number}@x.com"} for number in range(size)]
                address = connection["host"] + "/batch/subscribers"
                assert session.post(address, json={"subscribers": rows}, timeout=10).status_code == 200
                confirmed += 1
        killer.join()
    stop(process, signal.SIGKILL)
    assert confirmed > 0
    with running_sandbox(state=file) as again:
        stats = again.control.stats()
    assert stats["stored"]["people"] in (confirmed * size, (confirmed + 1) * size)
    assert stats["records"]["subscribers"] == stats["stored"]["people"]


def test_two_sandboxes_do_not_share_a_state_file(tmp_path):
    """The second one says that the first one runs."""
    file = tmp_path / "state.db"
    with (
        running_sandbox(state=file),
        pytest.raises(SandboxStateError, match="another sandbox"),
        running_sandbox(state=file),
    ):
        pass


@pytest.mark.parametrize("content", ["text", "database"])
def test_a_file_that_is_not_a_sandbox_s_is_left_alone(tmp_path, content):
    """Nothing of it is overwritten."""
    file = tmp_path / "precious"
    if content == "text":
        file.write_text("do not touch " * 1000)
    else:
        with sqlite3.connect(file) as db:
            db.execute("CREATE TABLE people (x)")
        db.close()
    before = file.read_bytes()
    with pytest.raises(SandboxStateError), running_sandbox(state=file):
        pass
    assert file.read_bytes() == before


def test_several_sandboxes_run_at_once(client_of):
    """Each has its own port and its own people."""
    with running_sandbox() as one, running_sandbox() as two:
        client_of(one).subscribers(ROW)
        assert (one.control.stats()["stored"]["people"], two.control.stats()["stored"]["people"]) == (1, 0)
        assert one.url != two.url


def test_a_sandbox_leaves_nothing_running(client_of):
    """Also when a client is held in a stall: thread, port and connection are gone at once."""
    threads = threading.active_count()
    with running_sandbox() as sandbox:
        sandbox.control.inject("stall", "/fetch/tags")
        caught: list[Exception] = []

        def wait() -> None:
            try:
                client_of(sandbox).get("/fetch/tags")
            except requests.RequestException as exc:
                caught.append(exc)

        waiting = threading.Thread(target=wait)
        waiting.start()
        while not sandbox.in_its_thread(lambda state: state.journal.count()):
            pass
    waiting.join(5)
    assert isinstance(caught[0], requests.ConnectionError)
    assert threading.active_count() == threads
    with pytest.raises(requests.ConnectionError):
        requests.get(sandbox.url + "/_sandbox/health", timeout=5)


def test_an_error_inside_the_block_is_not_hidden():
    """The context manager cleans up and lets it through."""
    with pytest.raises(ZeroDivisionError), running_sandbox():
        1 / 0  # noqa: B018 - the error is meant


def test_what_is_applied_is_all_or_nothing(api, sandbox, monkeypatch):
    """A defect in mid-request leaves no half of it behind."""

    def fail(*_: object) -> None:
        raise RuntimeError("defect")

    monkeypatch.setattr(sandbox.state.people, "_apply_tags", fail)
    assert api.subscribers(ROW).status_code == 500
    monkeypatch.undo()
    assert sandbox.control.records("subscribers") == sandbox.control.get("/people")["data"] == []
    assert sandbox.control.journal()[0]["applied"] is False
    assert api.subscribers(ROW).status_code == 200


def test_many_clients_at_once_lose_and_double_nothing(sandbox, client_of):
    """Eight threads, fifty requests each: every record is in the ledger once."""

    def send(worker: int) -> None:
        api = client_of(sandbox)
        for number in range(50):
            assert api.events({"type": "x", "email": f"{worker}-{number}@x.com"}).json()["results"] == 1
        api.session.close()

    workers = [threading.Thread(target=send, args=(worker,)) for worker in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    emails = sorted(record["email"] for record in sandbox.control.records("events"))
    assert emails == sorted(f"{worker}-{number}@x.com" for worker in range(8) for number in range(50))
    assert [entry["number"] for entry in sandbox.control.journal()] == list(range(1, 401))


def test_it_also_breaks_connections_without_httptools():
    """Uvicorn's other HTTP protocol, the only one that the extra installs, is broken in the same way."""
    program = """
import uvicorn.protocols.http.auto as auto
from uvicorn.protocols.http.h11_impl import H11Protocol
auto.AutoHTTPProtocol = H11Protocol
import requests
from airflow_provider_bento.sandbox.in_thread import running_sandbox
from airflow_provider_bento.sandbox.bento_api.sockets import BreakableProtocol
assert issubclass(BreakableProtocol, H11Protocol)
with running_sandbox() as sandbox:
    for kind in ("reset_before_body", "apply_then_reset", "truncated_json", "stall"):
        sandbox.control.inject(kind, seconds=0)
        try:
            requests.post(sandbox.api + "/batch/events", data=b"x" * 300_000, timeout=5)
            raise SystemExit(f"{kind} did nothing")
        except requests.RequestException:
            pass
    assert sandbox.control.pending_faults() == []
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_implemented_md_is_up_to_date():
    """Run `python -m airflow_provider_bento.sandbox.docs_page` after changing what is answered."""
    assert docs_page.PAGE.read_text(encoding="utf-8") == docs_page.page()


def test_every_call_of_the_contract_is_answered():
    """And each endpoint says which sources show it."""
    calls = {(one.method, one.path) for one in vars(contract).values() if isinstance(one, contract.Call)}
    assert calls == ENDPOINTS.keys()
    assert [path for path, endpoint in ENDPOINTS.items() if not endpoint.sources] == []


def test_it_starts_with_the_extra_only():
    """Neither Airflow nor the client is loaded."""
    program = (
        "import sys, airflow_provider_bento.sandbox.__main__; "
        "print([m for m in sys.modules if m == 'airflow' or m.startswith(('airflow.', 'requests', 'pendulum'))"
        " or m.startswith('airflow_provider_bento.api.') and m != 'airflow_provider_bento.api.contract'])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ)
    assert done.stdout.strip() == "[]"

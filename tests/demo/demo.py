"""``make demo``: a local Bento, a real Airflow, the example DAGs, and what arrived.

It lives in ``.demo`` and touches no Airflow that is already there. With ``--once`` it stops everything at the end and
exits 0 only if every record arrived exactly once, as the sandbox's own journal says.
"""

from __future__ import annotations

import argparse
import contextlib
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import in_step  # noqa: E402  (after the path is set)
from system.local_airflow import LocalAirflow, NotReadyError, free_port, until  # noqa: E402  (after the path is set)

from airflow_provider_bento.sandbox.control.client import Control  # noqa: E402

FOLDER = ROOT / ".demo"
KINDS = ("subscribers", "events", "broadcasts", "commands", "emails", "deletions")
ADDRESSES = {"from": "airflow@demo.example", "alerts_to": "alerts@demo.example"}
PATIENCE = {
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "300",
    "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
}
"""On a busy machine Airflow's API takes longer than five seconds to answer a task, and a task to report."""

PUSH_NOTHING = {"bento_alert", "bento_open_rates"}
DAGS = (
    "bento_shop",
    "bento_sql",
    "bento_generator",
    "bento_parquet",
    "bento_backfill",
    "bento_broadcast",
    "bento_mapped",
    "bento_trigger_form",
    "bento_commands",
    "bento_emails",
    "bento_deletion",
    "bento_open_rates",
    "bento_alert",
    "bento_wait",
)


@dataclass
class Line:
    """One line of the table: what one push of a DAG did."""

    dag: str
    task: str
    state: str
    summary: dict[str, Any] = field(default_factory=dict)


def say(text: str) -> None:
    """Print a step at once."""
    print(text, flush=True)  # noqa: T201  (the terminal is the point)


@contextlib.contextmanager
def sandbox() -> Iterator[tuple[str, dict[str, Any]]]:
    """Run the sandbox as a process of its own; yield its address and its connection."""
    port = free_port(8085)
    command = [sys.executable, "-m", "airflow_provider_bento.sandbox", "--port", str(port), "--limit", "100/minute"]
    log_path = FOLDER / "sandbox.log"
    with log_path.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        yield f"http://127.0.0.1:{port}", until("the sandbox", lambda: _announced(process, log_path), seconds=30)
    finally:
        process.terminate()
        process.wait(10)


def _announced(process: subprocess.Popen[bytes], log: Path) -> dict[str, Any] | None:
    if process.poll() is not None:
        raise NotReadyError(f"the sandbox ended at once: {log.read_text()}")
    found = [line for line in log.read_text().splitlines() if line.startswith("AIRFLOW_CONN_BENTO_DEFAULT=")]
    return msgspec.json.decode(found[0].partition("=")[2].strip("'")) if found else None


def run_examples(airflow: LocalAirflow) -> list[Line]:
    """Start every example DAG, wait for the end of each, and read what it returned."""
    runs = {dag: airflow.trigger(dag) for dag in DAGS}
    lines: list[Line] = []
    for dag, run in runs.items():
        state = airflow.wait_for_run(dag, run)
        say(f"  {dag}: {state}")
        pushes = [Line(dag, _name(task, index), state, summary) for task, index, summary in airflow.results(dag, run)]
        lines += pushes or [Line(dag, "-", state)]
    return lines


def keep_in_step(airflow: LocalAirflow, control: Control) -> list[in_step.Done]:
    """Run the DAG that sends only what changed several times, from the beginning; print what each run did."""
    folder = FOLDER / "customers"
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier demo, whose sandbox is gone
    done: list[in_step.Done] = []
    for one in in_step.run_steps(airflow, control, folder):
        say(str(one))
        done.append(one)
    return done


def as_lines(done: list[in_step.Done]) -> list[Line]:
    """Return the lines of the table for the runs that pushed something."""
    return [Line(in_step.DAG, in_step.TASK, one.state, one.summary) for one in done if one.step.requests]


def _name(task: str, index: int) -> str:
    return task if index < 0 else f"{task}[{index}]"


def show(lines: list[Line]) -> None:
    """Print the table."""
    counts = ("read", "accepted", "unchanged", "invalid", "rejected", "in_doubt", "requests")
    head = ("DAG", "task", *counts, "state")
    rows = [(one.dag, one.task, *(str(one.summary.get(name, "-")) for name in counts), one.state) for one in lines]
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, tuple("-" * width for width in widths), *rows):
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def alerts(control: Control) -> list[dict[str, Any]]:
    """Return the emails that Airflow sent about its own tasks."""
    return [email for email in control.everything("/emails") if email["from"] == ADDRESSES["from"]]


def show_emails(control: Control) -> None:
    """Print how many emails each sender sent, with the newest subject."""
    emails = list(control.everything("/emails"))
    for sender, count in Counter(email["from"] for email in emails).items():
        newest = next(email for email in reversed(emails) if email["from"] == sender)
        sent = "1 email" if count == 1 else f"{count} emails"
        say(f"{sender} sent {sent}, the last one to {newest['to']}: {newest['subject']}")


def problems_of(lines: list[Line], control: Control) -> list[str]:
    """Return what is not as it should be: by Airflow's word, by the summaries, and by the sandbox's own ledger."""
    problems = [f"{one.dag} ended as {one.state}" for one in lines if one.state != "success"]
    pushes = [one for one in lines if one.dag not in PUSH_NOTHING]
    problems += [f"{one.dag} pushed nothing" for one in pushes if not one.summary.get("read")]
    for kind in KINDS:
        problems += lost_or_doubled(kind, [one.summary for one in pushes], control)
    if len(alerts(control)) != 1:
        problems.append(f"one task failed, {len(alerts(control))} alerts were sent")
    return problems


def lost_or_doubled(kind: str, summaries: list[dict[str, Any]], control: Control) -> list[str]:
    """Return what is wrong with the records of a kind; an alert is no record, and nobody can be deleted twice."""
    own = [one for one in summaries if one.get("endpoint") == kind]
    wanted = sum(one["read"] - one.get("absent", 0) - one.get("unchanged", 0) + one.get("untagged", 0) for one in own)
    records = [one for one in control.records(kind) if one.get("from") != ADDRESSES["from"]]
    arrived = Counter(msgspec.json.encode(record, order="sorted") for record in records)
    twice = sum(count - 1 for count in arrived.values())
    problems = [f"{twice} {kind} arrived more than once"] if twice else []
    if len(arrived) != wanted:
        problems.append(f"{wanted} {kind} were wanted, {len(arrived)} arrived")
    return problems


def demo(*, once: bool) -> int:
    """Run all of it; return the exit status."""
    began = time.monotonic()
    FOLDER.mkdir(exist_ok=True)
    say("Starting the sandbox, a local Bento ...")
    with sandbox() as (bento, connection), Control(bento) as control:
        say(f"  {bento}")
        say("Starting Airflow (half a minute the first time) ...")
        airflow = LocalAirflow(FOLDER / "airflow", ROOT / "example_dags", port=8080, settings=PATIENCE)
        with airflow:
            say(f"  {airflow.url}")
            airflow.add_connection("bento_default", connection | {"extra": msgspec.json.encode(ADDRESSES).decode()})
            airflow.add_connection("bento_example_shop", {"conn_type": "sqlite", "host": str(FOLDER / "shop.sqlite")})
            say("Running the example DAGs ...")
            lines = run_examples(airflow)
            say("Keeping customers in step, with changes in between ...")
            done = keep_in_step(airflow, control)
            lines += as_lines(done)
            problems = problems_of(lines, control) + [problem for one in done for problem in one.problems()]
            say("")
            show(lines)
            say("")
            show_emails(control)
            say(f"{len(control.journal()):,} requests reached the sandbox; {time.monotonic() - began:.0f} s in all.")
            for problem in problems:
                say(f"WRONG: {problem}")
            if not problems:
                say("Every record arrived exactly once.")
            say(f"\n  Airflow  {airflow.url}\n  Sandbox  {bento}\n")
            if not once:
                say("Look around; Ctrl+C ends both.")
                wait_for_the_end()
    return 1 if problems else 0


def wait_for_the_end() -> None:
    """Wait for Ctrl+C or a SIGTERM."""
    with contextlib.suppress(KeyboardInterrupt):
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="stop at the end; exit 0 only if all arrived exactly once")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return demo(once=parser.parse_args().once)
    except NotReadyError as error:
        say(f"FAILED: {error}")
        return 1


if __name__ == "__main__":
    sys.exit(main())

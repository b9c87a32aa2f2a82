"""The delivery promise, tried many thousand times; prints one table, and ends with 1 if the law was broken anywhere.

``make prove`` runs everything; ``make prove ARGS="--only 1,4 --share 0.1"`` a tenth of two proofs.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

if sys.path[0] == str(Path(__file__).parent):  # this folder, whose prove.py would hide the folder itself
    sys.path[0] = str(Path(__file__).parents[1])

import own_airflow  # noqa: F401  (before anything imports Airflow)
from prove import mutants, suites, trials
from prove.results import SHOWN, Result


class Proof(NamedTuple):
    """One line of the table.

    :param number: by which ``--only`` names it.
    :param title: what is tried.
    :param run: tries it; its argument is the share of all trials, 1 for all.
    """

    number: str
    title: str
    run: Callable[[float], Result]


PROOFS: Sequence[Proof] = (
    Proof("1", "the loop killed at every step", trials.kills_at_every_touch),
    Proof("2", "every fault, over real HTTP", trials.faults_over_http),
    Proof("3", "workers killed under a real Airflow", suites.workers_killed),
    Proof("4", "several attempts at once", trials.takeovers_at_every_touch),
    Proof("5", "stores that fail at every call", trials.stores_failing),
    Proof("6", "properties, with many examples", suites.many_examples),
    Proof("7", "raw sockets, TLS and proxies", suites.raw_sockets),
    Proof("8", "histories of snapshots", trials.snapshot_histories),
    Proof("9", "Celery, PostgreSQL, Redis and S3, parts killed", suites.engines),
    Proof("6m", "mutants of table, fence and checkpoint", mutants.mutants),
)
HEAD = (
    "proof",
    "runs",
    "kills, faults",
    "lost",
    "confirmed sent again",
    "doubled",
    "repeated as wanted",
    "seconds",
    "verdict",
)


def main(words: Sequence[str] | None = None) -> int:
    """Run the proofs, print the table; return 1 if the law was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", help="numbers of proofs, with commas", default=",".join(one.number for one in PROOFS))
    parser.add_argument("--share", type=float, help="of all trials; default 1", default=1.0)
    wanted = parser.parse_args(words)
    lines, broken = [HEAD], False
    for proof in PROOFS:
        if proof.number in wanted.only.split(","):
            sys.stderr.write(f"{proof.number}. {proof.title} …\n")
            began = time.monotonic()
            result = proof.run(wanted.share)
            lines.append(_line(proof, result, time.monotonic() - began))
            broken = broken or bool(result.breaches)
            for told in result.told[:SHOWN]:
                sys.stderr.write(f"   BROKEN {told}\n")
    sys.stdout.write(_table(lines) + "\n")
    return int(broken)


def _line(proof: Proof, result: Result, seconds: float) -> tuple[str, ...]:
    breaches = result.breaches
    verdict = "BROKEN" if breaches else "holds"
    return (
        f"{proof.number}. {proof.title}",
        f"{result.runs:,}",
        f"{result.mishaps:,}",
        str(breaches["lost"]),
        str(breaches["confirmed sent again"]),
        str(breaches["doubled"]),
        f"{result.repeated:,}",
        f"{seconds:.0f}",
        f"{verdict}; {result.note}" if result.note else verdict,
    )


def _table(lines: Sequence[Sequence[str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |"
        for line in (lines[0], rule, *lines[1:])
    )


if __name__ == "__main__":
    logging.disable(logging.WARNING)  # a learned rate limit is no news here
    sys.exit(main())

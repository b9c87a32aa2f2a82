"""The peer of the snapshot's benchmark: drt-core's ``diff`` on the same people, in an interpreter that has it.

Run by ``bench_snapshot.py`` as ``python snapshot_peer.py people port``. drt compares inside the warehouse from which it
reads, so the people are put into a PostgreSQL table first, which is not measured. Each line that it prints is a run.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
from drt.config.profiles import PostgresProfile
from drt.sources.postgres import PostgresSource

sys.path.insert(0, str(Path(__file__).parent))

from snapshot_people import everybody  # found beside this file

SYNC = "people"
BLOCK = 50_000


def peak_mb() -> float:
    """Return the most memory that this process has held, in MB."""
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024


def fill(profile: PostgresProfile, people: int, edition: int) -> None:
    """Put an edition into the table."""
    first = next(everybody(1, edition=0))
    with psycopg2.connect(host=profile.host, port=profile.port, dbname=profile.dbname, user=profile.user) as base:
        cursor = base.cursor()
        cursor.execute("DROP TABLE IF EXISTS people")
        cursor.execute(f"CREATE TABLE people ({', '.join(f'{name} text' for name in first)})")
        for block in blocks(everybody(people, edition=edition)):
            cursor.copy_expert("COPY people FROM STDIN", io.StringIO(block))


def blocks(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    """Yield rows as COPY reads them, a few at a time."""
    lines: list[str] = []
    for row in rows:
        values = (",".join(value) if isinstance(value, list) else str(value) for value in row.values())
        lines.append("\t".join(values) + "\n")
        if len(lines) == BLOCK:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)


def compare(profile: PostgresProfile) -> dict[str, Any]:
    """Compare as a sync of drt does, read what would be sent, and make the snapshot the next baseline."""
    source = PostgresSource()
    found = source.extract_snapshot_diff(
        "SELECT * FROM people", profile, sync_name=SYNC, key_columns=["email"], hash_columns="all"
    )
    gone = len(list(found.removed_keys))  # all in memory, as drt's engine does it
    counts = {"accepted": sum(1 for _ in found.added) + sum(1 for _ in found.changed), "gone": gone}
    source.commit_snapshot_diff(profile, SYNC)
    return counts


def stored_mb(profile: PostgresProfile) -> float:
    """Return what drt keeps in the warehouse."""
    size = "sum(pg_total_relation_size(quote_ident(schemaname) || '.' || quote_ident(tablename)))"
    with psycopg2.connect(host=profile.host, port=profile.port, dbname=profile.dbname, user=profile.user) as base:
        cursor = base.cursor()
        cursor.execute(f"SELECT {size} FROM pg_tables WHERE schemaname = %s", (profile.managed_schema,))
        return float(cursor.fetchone()[0]) / 1e6


def why_not() -> str:
    """Return what drt says if that diff is to be sent to an HTTP API."""
    from drt.config.models import SyncConfig

    wanted = {
        "name": SYNC,
        "model": "SELECT * FROM people",
        "destination": {"type": "rest_api", "url": "http://127.0.0.1:9", "upsert_key": ["email"]},
        "sync": {"mode": "upsert", "incremental_strategy": "diff"},
    }
    try:
        sync = SyncConfig.model_validate(wanted)
    except ValueError as error:
        return f"{type(error).__name__}: {error}"
    return "" if getattr(sync.destination, "upsert_key", None) else "a rest_api destination has no upsert_key"


def main() -> None:
    """Print a line of JSON for each run."""
    people, port = int(sys.argv[1]), int(sys.argv[2])
    profile = PostgresProfile("postgres", "127.0.0.1", port, "postgres", "postgres")
    for edition in (0, 1, 1):
        fill(profile, people, edition)
        Path("/proc/self/clear_refs").write_text("5")
        before, began = peak_mb(), time.perf_counter()
        found = compare(profile)
        seconds = time.perf_counter() - began
        print(
            json.dumps(found | {"seconds": seconds, "mb": peak_mb() - before, "stored": stored_mb(profile)}), flush=True
        )
    print(json.dumps({"why_not": why_not()}))


if __name__ == "__main__":
    main()

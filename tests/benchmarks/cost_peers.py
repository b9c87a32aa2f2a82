"""The peers of the cost's benchmark: dlt and drt-core, in an interpreter that has them.

Run by ``bench_cost.py`` as ``python cost_peers.py url connection chunks rounds``; prints milliseconds of CPU a chunk.
dlt sends by a destination of the author's own, drt by its ``rest_api`` destination in batch mode.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from cost_rows import KINDS

CHUNK = 1000


def by_dlt(url: str, endpoint: str, rows: Iterator[Any], bento: dict[str, str], folder: str) -> None:
    """Push with a pipeline whose destination posts each batch."""
    import dlt
    import requests

    @dlt.destination(
        batch_size=CHUNK, loader_file_format="typed-jsonl", max_table_nesting=10, skip_dlt_columns_and_tables=True
    )
    def to_bento(items: Any, table: Any) -> None:
        reply = requests.post(
            f"{url}/api/v1/batch/{endpoint}",
            data=json.dumps({endpoint: items}, default=str),
            params={"site_uuid": bento["schema"]},
            auth=(bento["login"], bento["password"]),
            headers={"User-Agent": "dlt", "Content-Type": "application/json"},
            timeout=60,
        )
        reply.raise_for_status()

    pipeline = dlt.pipeline("bench", destination=to_bento, pipelines_dir=folder)
    pipeline.run(dlt.resource(rows, name=endpoint))


def by_drt(url: str, endpoint: str, rows: Iterator[Any], bento: dict[str, str], folder: str) -> None:
    """Push with a sync whose destination is Bento's API."""
    from drt.config.models import SyncConfig
    from drt.destinations.rest_api import RestApiDestination
    from drt.engine.sync import run_sync

    class Rows:
        def extract(self, *_: Any, **__: Any) -> Iterator[Any]:
            return rows

    os.environ |= {"BENTO_KEY": bento["login"], "BENTO_SECRET": bento["password"]}
    wanted = {
        "name": "bench",
        "model": "SELECT 1",
        "destination": {
            "type": "rest_api",
            "url": f"{url}/api/v1/batch/{endpoint}?site_uuid={bento['schema']}",
            "method": "POST",
            "headers": {"Content-Type": "application/json", "User-Agent": "drt"},
            "auth": {"type": "basic", "username_env": "BENTO_KEY", "password_env": "BENTO_SECRET"},
            "body_mode": "batch",
            "batch_template": f'{{"{endpoint}": ' + "{{ rows | tojson }}}",
        },
        "sync": {"batch_size": CHUNK, "rate_limit": {"requests_per_second": 10_000}},
    }
    sync = SyncConfig.model_validate(wanted)
    profile: Any = type("Profile", (), {"type": "duckdb"})()
    found = run_sync(sync, Rows(), RestApiDestination(), profile, Path(folder))
    assert not found.failed, found.row_errors[:1]


WAYS: dict[str, Callable[..., None]] = {"dlt": by_dlt, "drt-core": by_drt}


def main() -> None:
    """Print the least CPU of several rounds, by way and kind."""
    url, connection, chunks, rounds = sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    best: dict[str, dict[str, float]] = {way: {} for way in WAYS}
    for kind, (endpoint, make) in KINDS.items():
        for _ in range(rounds):
            for way, push in WAYS.items():
                rows = [make(number) for number in range(chunks * CHUNK)]
                with tempfile.TemporaryDirectory() as folder:
                    began = time.process_time()
                    push(url, endpoint, iter(rows), connection, folder)
                    took = (time.process_time() - began) / chunks * 1000
                best[way][kind] = min(took, best[way].get(kind, took))
    from importlib.metadata import version

    print(json.dumps({f"{way} {version(way)}": found for way, found in best.items()}))


if __name__ == "__main__":
    main()

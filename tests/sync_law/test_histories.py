"""Drawn histories of runs that send only the difference obey the laws."""

from __future__ import annotations

from pathlib import Path

import pytest
from sync_law.histories import KINDS, Kind, run
from sync_law.pool import pooled_databases

from airflow_provider_bento.stores.sync_folder import SyncFolder


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_drawn_histories_keep_the_laws(kind: Kind) -> None:
    """People and events, some histories of each kind; what happens to them really does."""
    with pooled_databases():
        tried = [run(seed, kind) for seed in range(30)]
    assert sum(one.ends["green"] for one in tried) > 90
    assert bool(sum(one.kills for one in tried)) == (kind in ("kills", "damage", "crowd", "everything"))
    assert bool(sum(one.ends["BentoStateError"] for one in tried)) == (
        kind in ("broken folder", "damage", "everything")
    )


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_history_on_a_disk_keeps_the_laws(seed: int, tmp_path: Path) -> None:
    """With real files, and with databases as they are outside of tests."""
    assert run(seed, "everything", SyncFolder(str(tmp_path / "snapshot"))).attempts

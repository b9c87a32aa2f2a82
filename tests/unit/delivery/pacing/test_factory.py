"""Where the budget lives, by the connection's word for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from airflow_provider_bento.delivery.pacing import factory
from airflow_provider_bento.delivery.pacing.factory import make_pacer
from airflow_provider_bento.delivery.pacing.memory_budgets import ProcessBudgets
from airflow_provider_bento.exceptions import BentoSetupError


@pytest.mark.parametrize("pacing", ["auto", "process"])
def test_two_connections_to_one_site_share(pacing: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And one to another site does not."""
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    key = ("https://app.bentonow.com", str(tmp_path))
    one, two = (make_pacer(pacing, key=key, rates="1/minute") for _ in range(2))
    assert one.try_acquire("batch") == 0.0
    assert two.try_acquire("batch") > 0
    assert make_pacer(pacing, key=(*key, "other"), rates="1/minute").try_acquire("batch") == 0.0


def test_stats_have_the_limit_that_bento_gives_them() -> None:
    """Thirty an hour, whatever the connection says of the rest."""
    pacer = make_pacer("process", key=("stats",), rates="100/minute")
    assert pacer.minimum_duration("stats", 31) > 3600
    assert pacer.minimum_duration("batch", 31) < 60


@pytest.mark.parametrize("pacing", ["", "redis", "AUTO ", "memcached://x", "redis://h:port/0"])
def test_any_other_word_is_a_setup_error(pacing: str) -> None:
    """It says which there are."""
    with pytest.raises(BentoSetupError, match="redis://"):
        make_pacer(pacing, key=("a",), rates="1/minute")


def test_each_place_is_imported_only_where_it_is_chosen() -> None:
    """A budget in this process needs neither SQLite nor Redis."""
    script = """
import sys
from airflow_provider_bento.delivery.pacing import factory
from airflow_provider_bento.delivery.pacing.factory import make_pacer
from airflow_provider_bento.delivery.pacing.memory_budgets import ProcessBudgets
make_pacer("process", key=("a",), rates="1/minute").try_acquire("batch")
print(sorted({"sqlite3", "redis"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"


def test_threads_that_choose_at_once_share_one_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of them finds none yet; still only one is kept."""
    both_look, stores = threading.Barrier(2), list[object]()

    def made(_: str) -> ProcessBudgets:
        both_look.wait(10)
        return ProcessBudgets()

    monkeypatch.setattr(factory, "_IN_PROCESS", {})
    monkeypatch.setattr(factory, "_local_store", made)
    threads = [threading.Thread(target=lambda: stores.append(factory._store("process"))) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert stores[0] is stores[1]


@pytest.mark.parametrize("pacing", ["process", "auto"])
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_test_inherits_no_budget_of_another(pacing: str, turn: str) -> None:
    """Servers of tests share ports, and so the budgets' keys; one that is paused for an hour would stop the next."""
    pacer = make_pacer(pacing, key=("http://127.0.0.1:8085", "site"), rates="100/minute")
    assert pacer.try_acquire("batch") <= 0, turn
    assert pacer.pause("batch", 3600) > 3000

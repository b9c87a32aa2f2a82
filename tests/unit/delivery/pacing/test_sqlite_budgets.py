"""The file of a host's budgets: broken, held, killed over, forked over; never a permit, never a hang."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from airflow_provider_bento.api.rates import Rate
from airflow_provider_bento.delivery.pacing import sqlite_budgets
from airflow_provider_bento.delivery.pacing.pacer import SharedPacer
from airflow_provider_bento.delivery.pacing.sqlite_budgets import HostBudgets, runtime_folder
from airflow_provider_bento.exceptions import BentoStateError

HOLDER = """
import sys
from pathlib import Path
from airflow_provider_bento.delivery.pacing.sqlite_budgets import HostBudgets
from airflow_provider_bento.delivery.pacing.budget import Budget
def step(budget, now):
    print("inside", flush=True)
    sys.stdin.read()
    return Budget(closed_until=1e12), None
HostBudgets(Path(sys.argv[1])).change("site|batch", step)
"""


def pacer_of(path: Path | None) -> SharedPacer:
    """Return a pacer of three requests in a minute."""
    return SharedPacer(HostBudgets(path), "site", {"batch": (Rate(3, 60.0),)})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the budgets are."""
    return tmp_path / "pacing.sqlite"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process in the middle of a transaction."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    assert process.stdout.readline() == "inside\n"
    yield process
    process.kill()
    process.communicate()


def in_child(work: Callable[[], object]) -> int:
    """Return the exit status of a forked child: 0 where it did its work, 9 where it was refused, 1 where it failed."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BentoStateError:
            os._exit(9)
        except BaseException:  # noqa: BLE001  (a child of a test must not go on testing)
            os._exit(1)
        os._exit(0)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -1


def test_the_file_is_for_its_owner_alone(path: Path) -> None:
    """Mode 0600, and nothing else is left beside it."""
    pacer_of(path).try_acquire("batch")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_a_broken_file_gives_no_permit_until_it_is_deleted(path: Path) -> None:
    """The same pacer goes on after the repair."""
    pacer = pacer_of(path)
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(BentoStateError, match="delete it"):
        pacer.try_acquire("batch")
    path.unlink()
    assert pacer.try_acquire("batch") == 0.0


def test_a_file_that_is_deleted_while_in_use_is_made_again_for_all(path: Path) -> None:
    """Nobody goes on with one that others do not see."""
    first, second = pacer_of(path), pacer_of(path)
    first.try_acquire("batch")
    path.unlink()
    assert [first.try_acquire("batch"), second.try_acquire("batch"), first.try_acquire("batch")] == [0.0, 0.0, 0.0]
    assert second.try_acquire("batch") > 0


@pytest.mark.parametrize("value", ["{", "[]", '{"permits": "x"}', '{"permits": [null]}'])
def test_a_value_that_is_no_budget_gives_no_permit(path: Path, value: str) -> None:
    """Whoever wrote it."""
    pacer = pacer_of(path)
    pacer.try_acquire("batch")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE budget SET value = ?", (value,))
    connection.commit()
    connection.close()
    with pytest.raises(BentoStateError):
        pacer.try_acquire("batch")


def test_a_folder_in_its_place_gives_no_permit(path: Path) -> None:
    """Nor does a folder that is missing."""
    path.mkdir()
    for place in (path, path / "missing" / "pacing.sqlite"):
        with pytest.raises(BentoStateError):
            pacer_of(place).try_acquire("batch")


def test_a_read_only_file_gives_no_permit() -> None:
    """Somebody else's, for example."""
    folder = Path(tempfile.mkdtemp())
    try:
        folder.chmod(0o755)
        pacer_of(folder / "pacing.sqlite").try_acquire("batch")
        (folder / "pacing.sqlite").chmod(0o444)

        def work() -> None:
            if os.geteuid() == 0:
                os.setuid(65534)
            pacer_of(folder / "pacing.sqlite").try_acquire("batch")

        assert in_child(work) == 9
    finally:
        shutil.rmtree(folder)


def test_a_full_disk_gives_no_permit(path: Path) -> None:
    """And what was there stays."""
    pacer_of(path).try_acquire("batch")

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        pacer_of(path).try_acquire("batch")

    assert in_child(work) == 9
    assert [pacer_of(path).try_acquire("batch"), pacer_of(path).try_acquire("batch")] == [0.0, 0.0]
    assert pacer_of(path).try_acquire("batch") > 0


def test_a_held_file_is_waited_for_and_then_an_error(
    path: Path, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stopped process may hold it for ever."""
    monkeypatch.setattr(sqlite_budgets, "PATIENCE", 0.2)
    holder.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(BentoStateError, match="locked"):
        pacer_of(path).try_acquire("batch")
    assert time.monotonic() - began < 5


def test_a_process_killed_inside_a_transaction_leaves_nothing_locked_and_nothing_written(
    path: Path, holder: subprocess.Popen[str]
) -> None:
    """Its half-done change never was."""
    holder.kill()
    holder.wait()
    assert pacer_of(path).try_acquire("batch") == 0.0


def test_an_interruption_inside_a_transaction_leaves_nothing_locked(path: Path) -> None:
    """Airflow's timeouts raise wherever the task happens to be."""

    def step(budget: object, now: float) -> object:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        HostBudgets(path).change("site|batch", step)  # type: ignore[arg-type]  # it never returns
    assert pacer_of(path).try_acquire("batch") == 0.0
    assert in_child(lambda: pacer_of(path).try_acquire("batch")) == 0


def test_a_fork_at_any_moment_leaves_both_sides_working(path: Path) -> None:
    """Thirty children, while another thread is in and out of transactions."""
    store, over = HostBudgets(path), threading.Event()
    pacer = SharedPacer(store, "site", {"batch": (Rate(10_000, 60.0),)})

    def hammer() -> None:
        while not over.is_set():
            pacer.try_acquire("batch")

    thread = threading.Thread(target=hammer)
    thread.start()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python 3.12 warns of what is tested here
            assert [in_child(lambda: pacer.try_acquire("batch")) for _ in range(30)] == [0] * 30
    finally:
        over.set()
        thread.join()
    assert pacer.try_acquire("batch") >= 0.0


def test_children_share_what_the_parent_took(path: Path) -> None:
    """Two of three, so one is left for all of them."""
    pacer = pacer_of(path)
    assert [pacer.try_acquire("batch"), pacer.try_acquire("batch")] == [0.0, 0.0]
    assert [in_child(lambda: os._exit(7 if pacer.try_acquire("batch") else 0)) for _ in range(3)] == [0, 7, 7]


def test_no_connection_stays_open(path: Path) -> None:
    """Neither after a permit nor after an error."""
    pacer_of(path).try_acquire("batch")
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(BentoStateError):
        pacer_of(path).try_acquire("batch")
    gc.collect()
    descriptors = [Path("/dev/fd") / str(number) for number in range(256)]
    opened = [one for one in descriptors if one.exists() and one.samefile(path)]
    assert not opened


def test_the_clock_cannot_be_set(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall clock that jumps by a day opens nothing."""
    pacer, real = pacer_of(path), time.time
    for _ in range(3):
        pacer.try_acquire("batch")
    for jump in (86_400, -86_400):
        monkeypatch.setattr(time, "time", lambda jump=jump: real() + jump)
        assert 59 < pacer.try_acquire("batch") < 61


def test_the_folder_is_made_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the runtime directory of the login, where there is one."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert runtime_folder() == tmp_path / "airflow-bento"
    assert stat.S_IMODE(runtime_folder().stat().st_mode) == 0o700


@pytest.mark.parametrize("base", ["", "relative", "/nonexistent/run"])
def test_without_a_runtime_directory_it_is_a_folder_of_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, base: str
) -> None:
    """A login's directory ends with the login; a worker may outlive it."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", base)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert runtime_folder() == tmp_path / f"airflow-bento-{os.getuid()}"


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As is a link, wherever it points, and a file."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder, elsewhere = tmp_path / "airflow-bento", tmp_path / "elsewhere"
    folder.mkdir(mode=0o700)
    folder.chmod(0o755)
    with pytest.raises(BentoStateError, match="0700"):
        pacer_of(None).try_acquire("batch")
    folder.rmdir()
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)
    with pytest.raises(BentoStateError, match="0700"):
        pacer_of(None).try_acquire("batch")
    folder.unlink()
    folder.touch(mode=0o600)
    with pytest.raises(BentoStateError):
        pacer_of(None).try_acquire("batch")


@pytest.mark.skipif(os.geteuid() != 0, reason="NOT TESTED: only root can give a folder to somebody else")
def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever its mode."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    runtime_folder()
    os.chown(tmp_path / "airflow-bento", 65534, 65534)
    with pytest.raises(BentoStateError, match="0700"):
        pacer_of(None).try_acquire("batch")

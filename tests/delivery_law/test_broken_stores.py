"""Stores that fail, before the start and in mid-run: nothing is sent without a stored intent; mended, it resumes."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from delivery_law.broken_stores import ILLS, Ill, Ward, fall_ill, in_memory, in_object_store, in_task_state
from delivery_law.fakes import rows
from delivery_law.law import check_end, live
from delivery_law.world import Killed, Process, World

from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.stores.dead_letters import DeadLetterFile
from airflow_provider_bento.stores.files import FileStore


@pytest.mark.parametrize("ill", ILLS)
@pytest.mark.parametrize("kind", [in_memory, in_task_state])
def test_a_checkpoint_that_fails_at_any_call_loses_nothing(
    kind: Callable[[Path], Ward], ill: Ill, tmp_path: Path
) -> None:
    """The run stops with an error that names the place; mended, the task goes on, each record arriving once."""
    failed = [fall_ill(kind(tmp_path), first, count, ill) for first in range(1, 40, 2) for count in (1, 1000)]
    assert sum(failed) >= 10


@pytest.mark.parametrize("ill", ILLS)
def test_an_object_store_without_room_loses_nothing(ill: Ill, tmp_path: Path) -> None:
    """The same with files in a bucket, checkpoint and dead letters alike."""
    assert sum(fall_ill(in_object_store(tmp_path), first, 1, ill) for first in (1, 6, 7, 12, 18, 25)) >= 1
    assert any(fall_ill(in_object_store(tmp_path), first, 1, ill, letters=True) for first in (1, 2))


def world_on_disk(folder: Path) -> World:
    """Return a world whose state lies in a folder."""
    store = FileStore(folder / "state", name="d/r/t/-1")
    letters = DeadLetterFile(folder / "rejects.jsonl", run="d/r/t/-1")
    world = World(rows(10, bad=[3]), in_doubt="hold", store=store, dead_letters=letters)
    lines = folder / "rejects.jsonl"
    world.letters = lambda: {one["position"]: one["kind"] for one in map(json.loads, lines.read_text().splitlines())}
    return world


def the_file(folder: Path) -> Path:
    """Return the checkpoint's file."""
    return next((folder / "state").rglob("checkpoint_*.json"))


def test_a_folder_that_cannot_be_written_stops_the_run_before_it_sends(tmp_path: Path) -> None:
    """A file stands where the folder should be; the message names it. Out of the way, the task runs."""
    world = world_on_disk(tmp_path)
    (tmp_path / "state").write_text("in the way")
    with pytest.raises(BentoStateError, match="state/d/r/t/-1/fence_"):
        world.attempt()
    assert world.bento.requests == []
    (tmp_path / "state").unlink()
    check_end(world, live(world))


def test_a_folder_that_vanishes_in_mid_run_stops_it(tmp_path: Path) -> None:
    """What was sent last stays in doubt where its outcome could not be stored; nothing is doubled afterwards."""
    world = world_on_disk(tmp_path)

    def vanish(names: list[str]) -> None:
        if "r4" in names:
            shutil.move(tmp_path / "state", tmp_path / "away")
            (tmp_path / "state").write_text("in the way")

    world.bento.watch = vanish
    with pytest.raises(BentoStateError, match="could not be"):
        world.attempt()
    (tmp_path / "state").unlink()
    shutil.move(tmp_path / "away", tmp_path / "state")
    world.bento.watch = lambda names: None
    check_end(world, live(world))


def test_a_full_disk_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the ninth sync on there is no room; with room the task goes on."""
    world, synced = world_on_disk(tmp_path), []
    sync = os.fsync

    def full(handle: int) -> None:
        synced.append(handle)
        if len(synced) > 12:
            raise OSError(errno.ENOSPC, "No space left on device")
        sync(handle)

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(BentoStateError, match="No space left"):
            world.attempt()
    assert 0 < len(world.bento.requests) < 4
    check_end(world, live(world))


@pytest.mark.parametrize("damage", [b"", b"{", b'{"v": 1}', b"17", b"[]", b'{"v": 99}', b"\xff\xfe"])
def test_a_damaged_checkpoint_stops_the_run_and_a_good_copy_resumes_it(damage: bytes, tmp_path: Path) -> None:
    """Nothing is sent on a guess; the message says what to do."""
    world = world_on_disk(tmp_path)
    with pytest.raises(Killed):
        world.attempt(Process(dies_at=40))
    sent = len(world.bento.requests)
    assert sent
    good = the_file(tmp_path).read_bytes()
    the_file(tmp_path).write_bytes(damage)
    with pytest.raises(BentoStateError, match=r"delete|Finish") as caught:
        world.attempt()
    assert len(world.bento.requests) == sent
    assert "r0" not in str(caught.value)
    (tmp_path / "state/d/r/t/-1/checkpoint_1.json").write_bytes(good)
    check_end(world, live(world))


@pytest.mark.parametrize("value", [None, 17, "x", [], {"v": 1}, {"v": 1, "plan": 3}])
def test_no_value_in_the_store_makes_it_send_on_a_guess(value: Any) -> None:
    """Only nothing at all is a fresh start."""
    world = World(rows(4))
    world.tries = 1
    if value is not None:
        world.store.set("checkpoint_1", value)
        with pytest.raises(BentoStateError):
            world.attempt()
        assert world.bento.requests == []
    else:
        assert world.attempt().counts.accepted == 4

"""Generations: each number is written once, and the newest one counts."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from unit.sync.folders import InMemoryFolder

from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sync import generations
from airflow_provider_bento.sync.manifest import Manifest, Owner


def generation(number: int, run: str = "run") -> Manifest:
    """Return a manifest."""
    return Manifest.first("subscribers", "site").taken_by(Owner(run, number, number, 0.0))


class Watched(InMemoryFolder):
    """A folder in which something happens just before a call.

    :param before: method to what happens.
    """

    def __init__(self, **before: Callable[[InMemoryFolder], object]) -> None:
        super().__init__()
        self.before = before

    def create(self, name: str, data: bytes) -> bool:
        """Create a file."""
        self.before.get("create", lambda _: None)(self)
        return super().create(name, data)

    def read(self, name: str) -> bytes | None:
        """Read a file."""
        self.before.get("read", lambda _: None)(self)
        return super().read(name)


def test_an_empty_folder_has_no_generation() -> None:
    """Its newest number is 0."""
    folder = InMemoryFolder()
    assert (generations.newest_number(folder), generations.latest(folder)) == (0, None)


def test_the_newest_generation_is_the_one_with_the_highest_number() -> None:
    """Also above nine digits; what is no generation is passed over."""
    folder = InMemoryFolder()
    for number in (9, 10, 1_000_000_000):
        assert generations.commit(folder, generation(number))
    for name in ("x.json", "000000011.json.bak", "000000012 (copy).json", "-00000013.json", ".json"):
        folder.write(f"generations/{name}", b"{")
    assert generations.newest_number(folder) == 1_000_000_000
    latest = generations.latest(folder)
    assert latest is not None
    assert latest.generation == 1_000_000_000


def test_a_number_is_taken_once() -> None:
    """The second finds out, and the first stays."""
    folder = InMemoryFolder()
    first = generation(1, "first")
    assert generations.commit(folder, first)
    assert not generations.commit(folder, generation(1, "second"))
    latest = generations.latest(folder)
    assert latest is not None
    assert latest.owner == first.owner


def test_a_number_that_is_free_again_is_not_taken() -> None:
    """Its file was removed long ago, because others are far ahead."""
    folder = InMemoryFolder()
    assert generations.commit(folder, generation(12))
    assert not generations.commit(folder, generation(1))
    assert folder.names("generations") == ["000000012.json"]


def test_a_newer_one_that_comes_meanwhile_wins() -> None:
    """Between a run's last look and its write."""
    folder = Watched(create=lambda inner: inner.files.setdefault("generations/000000003.json", generation(3).encode()))
    assert not generations.commit(folder, generation(2))
    assert folder.names("generations") == ["000000003.json"]


def test_a_generation_that_is_removed_while_it_is_read_is_looked_for_again() -> None:
    """Others go on, and remove what is long past."""

    def go_on(inner: InMemoryFolder) -> None:
        if inner.files.pop("generations/000000001.json", None):
            inner.write("generations/000000020.json", generation(20).encode())

    folder = Watched(read=go_on)
    folder.write("generations/000000001.json", generation(1).encode())
    latest = generations.latest(folder)
    assert latest is not None
    assert latest.generation == 20


def test_a_listing_that_is_never_true_ends_in_an_error() -> None:
    """A file that is listed and can never be read must not become an empty snapshot."""
    folder = InMemoryFolder()
    folder.names = lambda below: ["000000004.json"]  # type: ignore[method-assign]  # a broken store
    with pytest.raises(BentoStateError, match=r"listed but missing\. Retry"):
        generations.latest(folder)


def test_a_damaged_generation_is_an_error() -> None:
    """Not a reason to fall back on the one before it."""
    folder = InMemoryFolder()
    generations.commit(folder, generation(1))
    folder.write("generations/000000002.json", b"{")
    with pytest.raises(BentoStateError, match=r"generations/000000002\.json is damaged"):
        generations.latest(folder)


def test_the_newest_ten_stay() -> None:
    """What else is in the folder as well."""
    folder = InMemoryFolder()
    for number in range(1, 26):
        generations.commit(folder, generation(number))
    folder.write("generations/README", b"a person's")
    generations.forget_old(folder, 25)
    assert folder.names("generations") == [*(f"{number:09d}.json" for number in range(16, 26)), "README"]


@pytest.mark.parametrize("name", ["7.json", "\N{ARABIC-INDIC DIGIT SEVEN}.json", "000000007.txt", "000000007 (1).json"])
def test_a_name_that_is_not_written_here_is_no_generation(name: str) -> None:
    """A person's file does not stop the task."""
    folder = InMemoryFolder()
    generations.commit(folder, generation(1))
    folder.write(f"generations/{name}", b"a person's")
    assert generations.newest_number(folder) == 1


def test_of_runs_that_begin_together_each_number_has_one_owner() -> None:
    """Each takes the next number until it has one, in threads."""
    folder = InMemoryFolder()
    owners: list[int] = []

    def take(run: int) -> None:
        while not generations.commit(folder, generation(number := generations.newest_number(folder) + 1, str(run))):
            pass
        owners.append(number)

    threads = [threading.Thread(target=take, args=(run,)) for run in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(owners)) == len(owners) == 20
    assert generations.newest_number(folder) == max(owners)

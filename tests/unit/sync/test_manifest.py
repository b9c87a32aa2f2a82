"""What a generation of a snapshot says, how the next one follows, and what is not taken for one."""

from __future__ import annotations

import contextlib
import hashlib

import msgspec
import pytest

from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError
from airflow_provider_bento.sync.manifest import Base, Manifest, Owner, decoded

BASE = Base("bases/000000008.parquet", 3, "ab", absorbed=8)


def owner(run: str, opened: int, tag: int | None = None) -> Owner:
    """Return a run that took over."""
    return Owner(run, opened if tag is None else tag, opened, began=100.0)


def test_a_manifest_comes_back_as_it_was() -> None:
    """Its JSON is also for people, a line a field."""
    manifest = Manifest.first("subscribers", "site").taken_by(owner("dag/run/task/-1", 1))
    data = manifest.encode()
    assert decoded("generations/000000001.json", data) == manifest
    assert data.splitlines()[1] == b'  "generation": 1,'


def test_every_snapshot_has_a_salt_of_its_own() -> None:
    """Sixteen random bytes."""
    one, other = Manifest.first("subscribers", "site"), Manifest.first("subscribers", "site")
    assert one.salt != other.salt
    assert len(bytes.fromhex(one.salt)) == 16


def test_the_one_who_takes_it_is_owner_and_unfinished() -> None:
    """Until its run ends; what others left unfinished stays so."""
    first = Manifest.first("subscribers", "site").taken_by(owner("a", 1))
    second = first.taken_by(owner("b", 2))
    ended = second.ended(BASE)
    assert (first.generation, second.generation, ended.generation) == (1, 2, 3)
    assert second.unfinished == {"a": (1, 100.0), "b": (2, 100.0)}
    assert (ended.owner, ended.base, ended.unfinished) == (None, BASE, {"a": (1, 100.0)})


def test_an_attempt_that_goes_on_keeps_its_tag() -> None:
    """And counts as the newest of those that are unfinished."""
    both = Manifest.first("subscribers", "site").taken_by(owner("a", 1)).taken_by(owner("b", 2))
    again = both.taken_by(owner("a", 3, tag=1))
    assert list(again.unfinished.items()) == [("b", (2, 100.0)), ("a", (1, 100.0))]


def test_the_newest_twenty_unfinished_runs_are_known() -> None:
    """A snapshot does not grow with runs that fail."""
    manifest = Manifest.first("subscribers", "site")
    for number in range(1, 31):
        manifest = manifest.taken_by(owner(f"run {number}", number))
    assert list(manifest.unfinished) == [f"run {number}" for number in range(11, 31)]


def test_without_a_base_nothing_is_absorbed() -> None:
    """With one, what it says."""
    manifest = Manifest.first("subscribers", "site")
    assert (manifest.absorbed, manifest.ended(BASE).absorbed) == (0, 8)


def test_a_snapshot_is_for_one_site_and_one_kind_of_keys() -> None:
    """Anything else is a mistake in the DAG, and is told before anything is sent."""
    manifest = Manifest.first("subscribers", "site")
    manifest.check("subscribers", "site")
    with pytest.raises(BentoSetupError, match="snapshot of subscribers, and this task pushes events once_by id"):
        manifest.check("events once_by id", "site")
    with pytest.raises(BentoSetupError, match="another Bento site"):
        manifest.check("subscribers", "other")


WHOLE = Manifest.first("subscribers", "site").taken_by(owner("a", 1)).encode()
NO_SALT = msgspec.json.encode(msgspec.json.decode(WHOLE) | {"salt": "none"})


@pytest.mark.parametrize(
    "damage", [b"", b"{", WHOLE[:-3], b'{"v": 1}', b"[]", b"null", b"\xff\xfe", b"[" * 100_000, WHOLE + b"{}", NO_SALT]
)
def test_a_damaged_file_says_which_and_what_to_do(damage: bytes) -> None:
    """It is never taken for an absent one."""
    with pytest.raises(BentoStateError, match=r"generations/000000001\.json is damaged.*Restore the file.*start over"):
        decoded("generations/000000001.json", damage)


def test_another_version_is_told_apart_from_damage() -> None:
    """Whatever else has changed in it."""
    with pytest.raises(BentoStateError, match=r"another version of this package \(v=2, known: 1\)"):
        decoded("generations/000000001.json", b'{"v": 2, "generation": "one"}')


@pytest.mark.parametrize("cut", range(1, len(WHOLE) - 2, 40))
def test_no_part_of_a_file_passes_for_the_whole(cut: int) -> None:
    """Wherever a copy was cut off."""
    with pytest.raises(BentoStateError):
        decoded("generations/000000001.json", WHOLE[:cut])


def test_unknown_fields_are_left_alone() -> None:
    """A later version may add some without a new number."""
    value = msgspec.json.decode(WHOLE) | {"of_later": "something"}
    del value["sha256"]
    digest = hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()
    assert decoded("x", msgspec.json.encode(value | {"sha256": digest})) == decoded("x", WHOLE)


@pytest.mark.parametrize("place", range(0, len(WHOLE) - 1, 7))
def test_no_changed_byte_passes_unseen(place: int) -> None:
    """A run would carry a wrong salt, or a wrong base, into all later generations."""
    damage = WHOLE[:place] + bytes([WHOLE[place] ^ 1]) + WHOLE[place + 1 :]
    with contextlib.suppress(BentoStateError):
        assert decoded("x", damage) == decoded("x", WHOLE)  # blanks do not count

"""The Parquet files of a snapshot: whole and unchanged, or an error; and what is removed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from unit.sync.folders import InMemoryFolder

from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sync import bases
from airflow_provider_bento.sync.entries import segment_name
from airflow_provider_bento.sync.manifest import Base, Manifest, Owner


def file_with(tmp_path: Path, data: bytes) -> Path:
    """Return a file on this machine."""
    file = tmp_path / "base.parquet"
    file.write_bytes(data)
    return file


def test_a_base_is_named_for_its_generation_and_has_a_digest(tmp_path: Path) -> None:
    """What was stored is what is fetched."""
    folder = InMemoryFolder()
    base = bases.stored(folder, file_with(tmp_path, b"PAR1"), rows=3, generation=8)
    assert base == Base("bases/000000008.parquet", 3, hashlib.sha256(b"PAR1").hexdigest(), absorbed=8)
    assert bases.fetched(folder, base, tmp_path).read_bytes() == b"PAR1"


def test_a_missing_base_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    """Nobody may be taken for unknown because a file was lost."""
    base = Base("bases/000000008.parquet", 3, "ab", absorbed=8)
    with pytest.raises(BentoStateError, match=r"bases/000000008\.parquet is missing\. Nothing was sent.*start over"):
        bases.fetched(InMemoryFolder(), base, tmp_path)


@pytest.mark.parametrize("damage", [b"", b"PAR", b"PAR2", b"PAR1 "])
def test_a_changed_base_is_an_error(tmp_path: Path, damage: bytes) -> None:
    """Cut off, replaced or longer."""
    folder = InMemoryFolder()
    base = bases.stored(folder, file_with(tmp_path, b"PAR1"), rows=3, generation=8)
    folder.write(base.file, damage)
    with pytest.raises(BentoStateError, match=r"bases/000000008\.parquet is damaged"):
        bases.fetched(folder, base, tmp_path)


def test_what_no_generation_needs_is_removed(tmp_path: Path) -> None:
    """The newest base and the one before it stay, and segments that are not in the base yet."""
    folder, file = InMemoryFolder(), file_with(tmp_path, b"PAR1")
    _, before, newest = (bases.stored(folder, file, rows=3, generation=number) for number in (2, 5, 8))
    manifest = Manifest.first("subscribers", "site").taken_by(Owner("run", 7, 7, 0.0)).ended(newest)
    kept = segment_name(9, 0, manifest.salt)
    for name in (segment_name(7, 0, manifest.salt), segment_name(7, 1, manifest.salt), kept):
        folder.write(name, b"")
    folder.write("segments/000000009-000000-a0a0a0a0.jsonl", b"of a snapshot that was deleted")
    folder.write("README", b"a person's")
    bases.forget_unused(folder, manifest, before)
    assert sorted(folder.files) == sorted(["README", before.file, newest.file, kept])


def test_the_first_base_has_none_before_it(tmp_path: Path) -> None:
    """It stays."""
    folder = InMemoryFolder()
    base = bases.stored(folder, file_with(tmp_path, b"PAR1"), rows=3, generation=2)
    bases.forget_unused(folder, Manifest(2, "subscribers", "site", "ab" * 16, base), None)
    assert list(folder.files) == [base.file]


def test_a_folder_in_which_nothing_may_be_removed_is_no_error(tmp_path: Path) -> None:
    """A bucket without that permission: all is stored by then, and the next run tries again."""

    class Kept(InMemoryFolder):
        def remove(self, name: str) -> None:
            raise BentoStateError(f"{name} could not be removed")

    folder = Kept()
    old, base = (bases.stored(folder, file_with(tmp_path, b"PAR1"), rows=3, generation=number) for number in (2, 5))
    bases.forget_unused(folder, Manifest(5, "subscribers", "site", "ab" * 16, base), None)
    assert sorted(folder.files) == [old.file, base.file]


def test_what_a_person_put_there_stays(tmp_path: Path) -> None:
    """Such as a copy of a base or of a segment."""
    folder = InMemoryFolder()
    theirs = ["bases/000000001-copy.parquet", "bases/000000001.txt", "segments/000000001-kept.jsonl", "segments/README"]
    for name in theirs:
        folder.write(name, b"a person's")
    base = bases.stored(folder, file_with(tmp_path, b"PAR1"), rows=3, generation=2)
    bases.forget_unused(folder, Manifest(2, "subscribers", "site", "ab" * 16, base), None)
    assert sorted(folder.files) == sorted([*theirs, base.file])

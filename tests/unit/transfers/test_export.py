"""One export without Bento and Airflow: what is written, what is left as it was, and what memory that takes."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from memory import peak_bytes

from airflow_provider_bento.api.responses import Tag
from airflow_provider_bento.exceptions import (
    BentoEmptySource,
    BentoInterrupted,
    BentoStateError,
    BentoUnreachable,
)
from airflow_provider_bento.filesystem.object_path import object_path
from airflow_provider_bento.transfers.export import Exported, Target, export
from airflow_provider_bento.transfers.listings import Listed
from airflow_provider_bento.transfers.schemas import FileFormat


def tags(count: int) -> Iterator[Listed]:
    """Yield as many tags."""
    return (Listed(Tag(str(number), f"tag {number}"), {}) for number in range(count))


def run(path: Path, results: Iterator[Listed], *, file_format: FileFormat = "jsonl", **options: Any) -> Exported:
    """Export to a local file."""
    options = {"on_empty": "success", "stopped": lambda: False, **options}
    return export("tags", results, Target(object_path(path), file_format, compressed=False), **options)


def test_the_result_counts_rows_and_bytes(tmp_path: Path) -> None:
    """As they are in the file."""
    path = tmp_path / "tags.jsonl"
    assert run(path, tags(3)) == Exported(3, path.stat().st_size)
    assert [json.loads(line)["name"] for line in path.read_text().splitlines()] == ["tag 0", "tag 1", "tag 2"]


def test_a_failed_page_leaves_the_old_file(tmp_path: Path) -> None:
    """And the error is the hook's own."""
    path = tmp_path / "tags.jsonl"
    run(path, tags(1))
    old = path.read_bytes()

    def breaks() -> Iterator[Listed]:
        yield from tags(100)
        raise BentoUnreachable("planted")

    with pytest.raises(BentoUnreachable, match="planted"):
        run(path, breaks())
    assert path.read_bytes() == old
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_stop_ends_the_export_between_two_results(tmp_path: Path) -> None:
    """Nothing more is read, and there is no file."""
    read = []

    def noted() -> Iterator[Listed]:
        for one in tags(100):
            read.append(one)
            yield one

    with pytest.raises(BentoInterrupted, match="was not replaced"):
        run(tmp_path / "tags.jsonl", noted(), stopped=lambda: len(read) == 5)
    assert (len(read), list(tmp_path.iterdir())) == (5, [])


def test_no_results_are_an_empty_file_unless_asked_otherwise(tmp_path: Path) -> None:
    """``skip`` and ``fail`` keep the old file."""
    path = tmp_path / "tags.jsonl"
    assert run(path, tags(0)) == Exported(0, 0)
    assert path.read_bytes() == b""
    path.write_bytes(b"old")
    assert run(path, tags(0), on_empty="skip") == Exported(0, 0, written=False)
    with pytest.raises(BentoEmptySource, match="Bento lists no tags for these filters"):
        run(path, tags(0), on_empty="fail")
    assert path.read_bytes() == b"old"


@pytest.mark.parametrize("in_the_way", ["folder", "file"])
def test_a_path_that_cannot_be_written_is_named(tmp_path: Path, in_the_way: str) -> None:
    """A folder in the place of the file, or a file in the place of a folder."""
    path = tmp_path / "there" / "tags.jsonl"
    if in_the_way == "folder":
        path.mkdir(parents=True)
    else:
        path.parent.write_text("in the way")
    with pytest.raises(BentoStateError, match=r"tags\.jsonl could not be written") as caught:
        run(path, tags(1))
    assert caught.value.recovery == "retry"


def test_an_error_of_the_block_is_not_taken_for_one_of_the_disk(tmp_path: Path) -> None:
    """A result without the column is a bug, and stays one."""
    with pytest.raises(AttributeError):
        run(tmp_path / "tags.jsonl", iter([Listed(object(), {})]))


def test_values_of_another_type_are_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """By column and number, never by value."""
    with caplog.at_level(logging.WARNING):
        run(tmp_path / "tags.jsonl", iter([Listed(Tag("1", "a", "planted"), {})]))
    assert "null in the file: discarded_at (1)" in caplog.text
    assert "planted" not in caplog.text


@pytest.mark.parametrize("file_format", ["jsonl", "parquet"])
def test_memory_does_not_grow_with_the_list(tmp_path: Path, file_format: FileFormat) -> None:
    """30,000 results take the memory of one group of rows."""
    path = tmp_path / "tags"
    run(path, tags(10), file_format=file_format)
    assert peak_bytes(lambda: run(path, tags(30_000), file_format=file_format)) < 8_000_000

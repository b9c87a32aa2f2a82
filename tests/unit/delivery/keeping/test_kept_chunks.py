"""The chunks that a preflight validated, in memory or in a file."""

from __future__ import annotations

import tempfile
from typing import Any

import pytest
from memory import peak_bytes

from airflow_provider_bento.api.records.columns import event_parser
from airflow_provider_bento.delivery.block_size import BlockSize
from airflow_provider_bento.delivery.chunks import Chunk, cut
from airflow_provider_bento.delivery.keeping import kept_chunks
from airflow_provider_bento.delivery.keeping.kept_chunks import KeptChunks
from airflow_provider_bento.delivery.source import blocks_of
from airflow_provider_bento.delivery.validation import validated_in_blocks
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.sources.functions import GeneratorSource


def chunks(count: int) -> Any:
    """Yield chunks of ten events each."""
    source = GeneratorSource(lambda: ({"type": "x", "email": f"p{number}@x.io"} for number in range(count * 10)))
    size = BlockSize(10)
    items = validated_in_blocks(blocks_of(source, Cursor(), size), event_parser(), size, max_bytes=9999)
    return cut(items, max_records=10, max_bytes=9999)


def kept(found: Any) -> KeptChunks:
    """Keep chunks."""
    keeping = KeptChunks()
    for chunk in found:
        keeping.add(chunk)
    return keeping


@pytest.mark.parametrize("limit", [0, 5_000, 1_000_000])
def test_they_come_back_in_order(monkeypatch: pytest.MonkeyPatch, limit: int) -> None:
    """From memory, from the file, or the first of them from memory into the file."""
    monkeypatch.setattr(kept_chunks, "KEPT_BYTES", limit)
    wanted = [chunk.digest for chunk in chunks(20)]
    keeping = kept(chunks(20))
    assert len(keeping) == 20
    found: list[Chunk] = list(keeping.taken())
    assert [chunk.digest for chunk in found] == wanted
    assert [chunk.number for chunk in found] == list(range(20))
    assert len(keeping) == 0


def test_without_a_temporary_folder_they_stay_in_memory(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A container's disk may be read-only; the push does not fail for that."""
    monkeypatch.setattr(kept_chunks, "KEPT_BYTES", 0)
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    keeping = kept(chunks(3))
    assert [chunk.number for chunk in keeping.taken()] == [0, 1, 2]
    assert caplog.text.count("stay in memory") == 1


def test_nothing_is_left_once_they_are_cleared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing will be sent."""
    monkeypatch.setattr(kept_chunks, "KEPT_BYTES", 0)
    keeping = kept(chunks(3))
    keeping.clear()
    assert list(keeping.taken()) == []


@pytest.mark.slow
def test_many_take_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times as many chunks take no more than a place each."""
    monkeypatch.setattr(kept_chunks, "KEPT_BYTES", 20_000)
    few, many = (peak_bytes(lambda count=count: kept(chunks(count))) for count in (100, 1000))  # type: ignore[misc]
    assert many < few + 500_000

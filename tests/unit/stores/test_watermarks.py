"""Where a watermark is kept: one value of a task, in an asset's state store or in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.stores.watermarks import AssetWatermarks, FileWatermarks


class Accessor(dict[str, Any]):
    """What Airflow offers, over a dict."""

    def set(self, key: str, value: Any) -> None:
        """Store the value."""
        self[key] = value


class Unreachable:
    """An API server that is away."""

    def get(self, key: str, default: Any = None) -> Any:
        """Fail."""
        raise ConnectionError("secret")

    def set(self, key: str, value: Any) -> None:
        """Fail."""
        raise ConnectionError("secret")


def test_a_task_has_its_own_key_in_the_asset() -> None:
    """Several tasks may write one asset."""
    accessor = Accessor()
    AssetWatermarks(accessor, "dag.task.-1").set({"v": 1})
    assert accessor == {"watermark:dag.task.-1": {"v": 1}}
    assert AssetWatermarks(accessor, "dag.task.-1").get() == {"v": 1}
    assert AssetWatermarks(accessor, "dag.other.-1").get() is None


def test_a_long_name_fits_airflows_table() -> None:
    """Two long names stay two keys of at most 512 characters."""
    accessor = Accessor()
    for end in "ab":
        AssetWatermarks(accessor, "d" * 600 + end).set(end)
    assert sorted(accessor.values()) == ["a", "b"]
    assert max(map(len, accessor)) == 512


def test_an_unreachable_server_is_an_error_without_its_words() -> None:
    """The task is retried."""
    for call in (AssetWatermarks(Unreachable(), "x").get, lambda: AssetWatermarks(Unreachable(), "x").set(1)):
        with pytest.raises(BentoStateError, match=r"watermark:x.*\(ConnectionError\)") as caught:
            call()
        assert "secret" not in str(caught.value)


def test_a_file_belongs_to_no_run(tmp_path: Path) -> None:
    """DAG, task and map index name it."""
    FileWatermarks(tmp_path, "dag/task/2").set({"v": 1})
    assert (tmp_path / "watermarks" / "dag" / "task" / "2" / "watermark.json").read_text() == '{"v":1}'
    assert FileWatermarks(tmp_path, "dag/task/2").get() == {"v": 1}
    assert FileWatermarks(tmp_path, "dag/task/3").get() is None


def test_a_corrupt_file_says_what_to_do(tmp_path: Path) -> None:
    """It is no checkpoint."""
    FileWatermarks(tmp_path, "dag/task/2").set(1)
    (tmp_path / "watermarks" / "dag" / "task" / "2" / "watermark.json").write_text("{")
    with pytest.raises(BentoStateError, match="begins with watermark_start if you delete the file") as caught:
        FileWatermarks(tmp_path, "dag/task/2").get()
    assert "checkpoint" not in str(caught.value)

"""What is wrong with a transfer's arguments is said when the DAG is parsed, with the task's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

try:
    from airflow.sdk import DAG
except ImportError:  # Airflow 2.11
    from airflow.models.dag import DAG

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.transfers.bento import BentoToObjectStorageOperator
from airflow_provider_bento.transfers.validation import format_of
from airflow_provider_bento.version_compat import ObjectStoragePath

TASK = r"^export \(BentoToObjectStorageOperator\): "


def task(**arguments: Any) -> BentoToObjectStorageOperator:
    """Return a transfer that is right but for the arguments."""
    return BentoToObjectStorageOperator(**{"task_id": "export", "what": "tags", "path": "/x.jsonl", **arguments})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"what": "broadcast"}, r"what must be one of .*, not 'broadcast' \(did you mean 'broadcasts'\?\)"),
        ({"what": None}, "what must be one of .*, not None"),
        ({"what": "{{ params.what }}"}, r"what must be .* a template \(Jinja does not run in this argument\)"),
        ({"path": ""}, "path must be the path of a file, not empty text"),
        ({"path": None}, "path must be the path of a file, not None"),
        ({"path": 7}, "path must be the path of a file, not 7"),
        ({"path": "s3://aws@bucket/folder/"}, "path must end with the name of a file"),
        ({"path": "/x.csv"}, r"path must end with \.jsonl, \.jsonl\.gz or \.parquet"),
        ({"path": "/{{ ds }}/tags"}, "path must end with"),
        ({"path": Path("/{{ ds }}.jsonl")}, r"path contains \{\{ or .*, but Jinja does not run in a pathlib\.Path"),
        ({"path": "/x.parquet.gz"}, r"path must not end with \.gz for Parquet"),
        ({"path": "/x.jsonl", "file_format": "parquet"}, "path ends like jsonl, but file_format is 'parquet'"),
        ({"file_format": "csv"}, "file_format must be 'jsonl', 'parquet' or None, not 'csv'"),
        ({"on_empty": "ignore"}, "on_empty must be 'success', 'skip' or 'fail', not 'ignore'"),
        ({"bento_conn_id": ""}, "bento_conn_id must be the id of a connection"),
        ({"filters": {"name": "x"}}, "tags take no filters"),
        ({"what": "form_responses"}, "filters must contain form_id"),
        ({"what": "broadcasts", "filters": {"status": "gone"}}, "filters: status must be"),
        ({"sql": "SELECT 1"}, "there is no argument sql"),
        ({"filter": {}}, r"there is no argument filter; did you mean filters\?"),
    ],
)
def test_a_wrong_argument_is_named(arguments: dict[str, Any], words: str) -> None:
    """With the task, the argument and what is expected."""
    with pytest.raises(BentoSetupError, match=TASK + words):
        task(**arguments)


@pytest.mark.parametrize(
    ("path", "file_format", "expected"),
    [
        ("/x.jsonl", None, ("jsonl", False)),
        ("s3://a@b/x.JSONL.GZ", None, ("jsonl", True)),
        (Path("/x.parquet"), None, ("parquet", False)),
        ("/x", "parquet", ("parquet", False)),
        ("/x.gz", "jsonl", ("jsonl", True)),
        ("/x.part", "jsonl", ("jsonl", False)),
    ],
)
def test_the_format_is_that_of_the_ending(path: Any, file_format: Any, expected: tuple[str, bool]) -> None:
    """Or the one that is specified, for names without a known ending."""
    assert format_of(path, file_format) == expected


@pytest.mark.parametrize(
    "arguments",
    [
        {"path": "/{{ ds }}.jsonl"},
        {"path": "{{ params.path }}"},
        {"path": ObjectStoragePath("file:///exports") / "{{ params.name }}"},
        {"path": "/x{% if params.packed %}.jsonl.gz{% else %}.jsonl{% endif %}"},
        {"what": "form_responses", "filters": {"form_id": "{{ params.form }}"}},
        {"what": "subscribers", "filters": {"created_at": ("{{ data_interval_start }}", "{{ data_interval_end }}")}},
    ],
)
def test_templates_wait_for_the_run(arguments: dict[str, Any]) -> None:
    """Jinja runs in the path and in the filters."""
    assert task(**arguments)


def test_a_mapped_task_is_validated_as_far_as_it_is_known() -> None:
    """A path that is the same for all mapped tasks is an error: each would replace the file of the others."""
    forms = [{"form_id": "1"}, {"form_id": "2"}]
    with DAG("mapped", schedule=None):
        with pytest.raises(BentoSetupError, match=TASK + "path is the same for all mapped tasks"):
            BentoToObjectStorageOperator.partial(task_id="export", what="form_responses", path="/x.jsonl")
        with pytest.raises(BentoSetupError, match=TASK + "what must be one of"):
            BentoToObjectStorageOperator.partial(task_id="export", what="forms", path="/{{ ti.map_index }}.jsonl")
        mapped = BentoToObjectStorageOperator.partial(
            task_id="export", what="form_responses", path="/{{ ti.map_index }}.jsonl"
        ).expand(filters=forms)
        assert mapped.task_id == "export"

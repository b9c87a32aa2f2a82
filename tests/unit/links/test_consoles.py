"""Where a browser shows a file, and what of its path it never gets to see."""

from __future__ import annotations

import pytest

from airflow_provider_bento.links.consoles import web_address


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("s3://bucket/a b/d.jsonl", "https://console.aws.amazon.com/s3/object/bucket?prefix=a%20b%2Fd.jsonl"),
        ("s3://conn@bucket/d.jsonl", "https://console.aws.amazon.com/s3/object/bucket?prefix=d.jsonl"),
        (
            "gs://bucket/a/d.jsonl",
            "https://console.cloud.google.com/storage/browser/_details/bucket/a/d.jsonl;tab=live_object",
        ),
        ("https://files.example/d.jsonl", "https://files.example/d.jsonl"),
    ],
)
def test_a_file_in_a_known_store_has_a_page(path: str, address: str) -> None:
    """AWS's console, Google's, or the file itself."""
    assert web_address(path) == address


@pytest.mark.parametrize(
    "path", ["https://ann:hunter2@files.example/d.jsonl?X-Amz-Signature=hunter2#hunter2", "s3://key:hunter2@bucket/d"]
)
def test_credentials_and_signatures_are_left_out(path: str) -> None:
    """A link is stored and shown to all who may see the task."""
    assert "hunter2" not in web_address(path)
    assert web_address(path).startswith("https://")


@pytest.mark.parametrize(
    "path",
    [
        "", "/data/d.jsonl", "file:///data/d.jsonl", "abfs://container/d.jsonl", "javascript:alert(1)", "https://[",
        "s3:///d.jsonl", "s3://bucket/{{ ds }}.jsonl", "javascript://x/%0aalert(1)",
    ],
)  # fmt: skip
def test_anything_else_has_none(path: str) -> None:
    """A local file has no web address, and a template that was not rendered is no path."""
    assert not web_address(path)

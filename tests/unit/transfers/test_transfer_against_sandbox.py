"""The transfer executed directly, over real HTTP, against the sandbox: each kind of file, read back by others."""

from __future__ import annotations

import gzip
import json
import logging
import threading
import uuid
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import AirflowFailException, AirflowSkipException, io
from fsspec.implementations.memory import MemoryFileSystem
from pyarrow import parquet

from airflow_provider_bento.exceptions import BentoEmptySource, BentoInterrupted, BentoStateError, BentoUnreachable
from airflow_provider_bento.hooks.bento import BentoHook
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.transfers.bento import BentoToObjectStorageOperator
from airflow_provider_bento.transfers.listings import listed
from airflow_provider_bento.transfers.schemas import SCHEMAS, WHAT


def broadcast(name: str, **more: Any) -> dict[str, Any]:
    """Return a valid broadcast."""
    content = {"subject": f"About {name}", "content": "<p>Hi</p>", "type": "plain", "inclusive_tags": "t"}
    return {"name": name, **content, "from": {"email": "a@x.io", "name": "A"}, **more}


def task(what: Any, path: object, **arguments: Any) -> BentoToObjectStorageOperator:
    """Return a transfer."""
    return BentoToObjectStorageOperator(task_id="export", what=what, path=str(path), **arguments)


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def visitor(number: int, **more: Any) -> dict[str, Any]:
    """Return a person as Bento's search shows one."""
    attributes = {"uuid": f"u{number}", "email": f"planted{number}@x.io", "fields": {"n": number}, **more}
    return {"id": str(number), "type": "visitors", "attributes": {"cached_tag_ids": ["7"], **attributes}}


def test_a_page_of_broadcasts_contains_the_html_of_each(bento: RunningSandbox, tmp_path: Path) -> None:
    """A newsletter has some hundred kilobytes, so a page has several megabytes."""
    template = {"subject": "News", "html": "<p>x</p>" * 30_000}
    page = [{"id": str(one), "attributes": {"name": f"n{one}", "template": template}} for one in range(20)]
    bento.control.inject("status", "/fetch/broadcasts", status=200, body={"data": page})
    path = tmp_path / "broadcasts.jsonl"
    assert task("broadcasts", path, filters={"status": "sent"}).execute({})["rows"] == 20
    assert {one["subject"] for one in lines(path)} == {"News"}


def test_broadcasts_of_all_states_with_their_open_rates(bento: RunningSandbox, tmp_path: Path) -> None:
    """Each one is in the file once, page by page, with the status it was listed under."""
    bento.control.set(page_size=2)
    sent = {"approved": True, "send_at": "2020-01-01T00:00:00Z"}
    hook = BentoHook()
    hook.create_broadcasts([broadcast(f"draft {number}") for number in range(5)])
    hook.create_broadcasts([broadcast("sent", **sent)], allow_send=True)
    path = tmp_path / "broadcasts.parquet"
    summary = task("broadcasts", path).execute({})
    table = parquet.read_table(path)
    assert summary == {
        "what": "broadcasts",
        "path": str(path),
        "rows": 6,
        "bytes": path.stat().st_size,
        "requests": 10,
    }
    assert Counter(table["status"].to_pylist()) == Counter({"draft": 5, "sent": 1})
    [row] = [row for row in table.to_pylist() if row["name"] == "sent"]
    assert (row["subject"], row["open_rate"], row["stats"]) == ("About sent", 0.0, '{"open_rate":0.0}')
    assert row["send_at"] == datetime(2020, 1, 1, tzinfo=UTC)
    assert row["url"].startswith("http")


def test_only_the_broadcasts_that_are_asked_for(bento: RunningSandbox, tmp_path: Path) -> None:
    """One status is one list."""
    BentoHook().create_broadcasts([broadcast("draft")])
    path = tmp_path / "broadcasts.jsonl"
    assert task("broadcasts", path, filters={"status": "sent"}).execute({})["rows"] == 0
    assert path.read_bytes() == b""
    assert task("broadcasts", path, filters={"status": ["draft"]}).execute({})["rows"] == 1
    assert [(row["name"], row["status"]) for row in lines(path)] == [("draft", "draft")]


def test_a_broadcast_that_changes_its_list_is_in_the_file_once(bento: RunningSandbox, tmp_path: Path) -> None:
    """It was sending when that list was read, and is sent when the next one is."""
    shown = {"data": [{"id": "1", "attributes": {"name": "moves"}}]}
    for _ in ("sending, page 1", "sending, page 2", "sent"):
        bento.control.inject("status", "/fetch/broadcasts", status=200, body=shown)
    path = tmp_path / "broadcasts.jsonl"
    task("broadcasts", path, filters={"status": ["sent", "sending"]}).execute({})
    assert [(row["id"], row["status"]) for row in lines(path)] == [("1", "sending")]


def test_tags_and_fields_as_compressed_lines(bento: RunningSandbox, tmp_path: Path) -> None:
    """What an import created is listed."""
    BentoHook().import_subscribers([{"email": "a@x.io", "tags": ["vip", "new"], "city": "Ghent"}])
    tags, fields = tmp_path / "tags.jsonl.gz", tmp_path / "fields.jsonl.gz"
    task("tags", tags).execute({})
    task("fields", fields).execute({})
    rows = [json.loads(line) for line in gzip.decompress(tags.read_bytes()).splitlines()]
    assert Counter(row["name"] for row in rows) == Counter(["vip", "new"])
    assert {row["discarded_at"] for row in rows} == {None}
    assert "city" in [json.loads(line)["key"] for line in gzip.decompress(fields.read_bytes()).splitlines()]


def test_the_search_finds_who_is_asked_for(bento: RunningSandbox, tmp_path: Path) -> None:
    """Page by page, each person once; by tags and by the time of creation."""
    rows = [{"email": f"p{number}@x.io", "tags": "vip" if number < 120 else "lead"} for number in range(150)]
    BentoHook().import_subscribers(rows)
    found = {}
    for name, filters in (
        ("all", None),
        ("vip", {"tags": ["vip"]}),
        ("new", {"created_at": ("2020-01-01", None)}),
        ("old", {"created_at": (None, "2020-01-01")}),
    ):
        task("subscribers", tmp_path / f"{name}.jsonl", filters=filters).execute({})
        found[name] = Counter(row["email"] for row in lines(tmp_path / f"{name}.jsonl"))
    everybody = Counter(row["email"] for row in rows)
    assert found == {
        "all": everybody,
        "vip": Counter(f"p{number}@x.io" for number in range(120)),
        "new": everybody,
        "old": Counter(),
    }


def test_sequences_and_responses_of_a_new_site(bento: RunningSandbox, tmp_path: Path) -> None:
    """The sandbox has an example of each."""
    sequences, responses = tmp_path / "sequences.jsonl", tmp_path / "responses.jsonl"
    task("sequences", sequences).execute({})
    task("form_responses", responses, filters={"form_id": "form_example"}).execute({})
    [sequence], [response] = lines(sequences), lines(responses)
    assert [sorted(one) for one in sequence["emails"]] == [["id", "subject"]]
    assert response["form_id"] == "form_example"
    assert {"email", "submitted_at", "fields"} <= {name for name, value in response.items() if value}


def test_subscribers_with_filters_and_repeated_pages(bento: RunningSandbox, tmp_path: Path) -> None:
    """The ranges and tags go into the search; a page that is repeated twice ends the list."""
    pages = [[visitor(1), visitor(2, unsubscribed_at="2026-01-02T03:04:05.678Z")], [visitor(3, fields=None)]]
    for page in (*pages, pages[1], pages[1]):
        bento.control.inject("status", "/fetch/search", status=200, body={"data": page})
    path = tmp_path / "people.jsonl"
    filters = {"created_at": ("2026-01-01", None), "tags": ["vip"]}
    assert task("subscribers", path, filters=filters).execute({})["requests"] == 4
    first, second, third = lines(path)
    assert first == {
        "id": "1",
        "uuid": "u1",
        "email": "planted1@x.io",
        "unsubscribed_at": None,
        "tag_ids": ["7"],
        "fields": {"n": 1},
        "url": None,
    }
    assert (second["unsubscribed_at"], third["fields"]) == ("2026-01-02T03:04:05.678Z", {})
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_plan_is_named_if_the_search_is_refused(bento: RunningSandbox, tmp_path: Path) -> None:
    """A retry cannot help, and the message says what can."""
    bento.control.inject("status", "/fetch/search", status=403, body={"error": "Forbidden"})
    with pytest.raises(AirflowFailException, match="only with its Enterprise plan"):
        task("subscribers", tmp_path / "people.jsonl").execute({})
    assert list(tmp_path.iterdir()) == []


def test_form_responses_are_rows_of_their_form(bento: RunningSandbox, tmp_path: Path) -> None:
    """With the time and the fields that were entered."""
    data = {
        "date": "2021-08-21T09:18:12.000+00:00",
        "fields": {"size": "XL"},
        "identity": {"email": "planted@x.io"},
        "page": {"url": "https://shop.example/form"},
    }
    reply = {"data": [{"id": "1", "type": "events", "attributes": {"uuid": "u", "data": data}}]}
    bento.control.inject("status", "/fetch/responses", status=200, body=reply)
    path = tmp_path / "responses.jsonl"
    task("form_responses", path, filters={"form_id": "f7"}).execute({})
    assert lines(path) == [
        {
            "id": "1",
            "form_id": "f7",
            "email": "planted@x.io",
            "submitted_at": "2021-08-21T09:18:12.000Z",
            "fields": {"size": "XL"},
            "url": "https://shop.example/form",
        }
    ]


@pytest.mark.parametrize("what", WHAT)
@pytest.mark.parametrize("ending", ["jsonl", "parquet"])
def test_an_empty_list_is_a_file_without_rows(bento: RunningSandbox, tmp_path: Path, what: Any, ending: str) -> None:
    """Of each kind; Parquet still has the columns."""
    bento.control.inject("status", "*", method="GET", status=200, body={"data": []}, count=6)
    path = tmp_path / f"{what}.{ending}"
    filters = {"form_id": "1"} if what == "form_responses" else None
    assert task(what, path, filters=filters).execute({})["rows"] == 0
    if ending == "parquet":
        assert parquet.read_schema(path).names == [one.name for one in SCHEMAS[what]]


def test_no_rows_can_skip_or_fail(bento: RunningSandbox, tmp_path: Path) -> None:
    """Both keep the old file; failing is retried, because the list may fill."""
    path = tmp_path / "tags.jsonl"
    path.write_bytes(b"old")
    with pytest.raises(AirflowSkipException):
        task("tags", path, on_empty="skip").execute({})
    with pytest.raises(BentoEmptySource):
        task("tags", path, on_empty="fail").execute({})
    assert path.read_bytes() == b"old"


def test_a_page_that_fails_for_good_leaves_the_old_file(bento: RunningSandbox, tmp_path: Path) -> None:
    """Though the pages before it were read."""
    bento.control.set(page_size=2)
    BentoHook().create_broadcasts([broadcast(f"b{number}") for number in range(5)])
    path = tmp_path / "broadcasts.jsonl"
    path.write_bytes(b"old")
    bento.control.inject("status", "/fetch/broadcasts", status=422, nth=2)
    with pytest.raises(AirflowFailException, match="rejected the request"):
        task("broadcasts", path, filters={"status": "draft"}).execute({})
    assert path.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_a_page_that_may_come_later_is_retried_from_the_start(bento: RunningSandbox, tmp_path: Path) -> None:
    """The error is ours, so that Airflow retries; the next attempt reads all pages."""
    bento.control.inject("status", "/fetch/tags", status=200, body={"data": "no list"})
    path = tmp_path / "tags.jsonl"
    with pytest.raises(BentoUnreachable):
        task("tags", path).execute({})
    assert not path.exists()
    BentoHook().import_subscribers([{"email": "a@x.io", "tags": "vip"}])
    assert task("tags", path).execute({})["rows"] == 1


def test_a_killed_task_requests_nothing_more(
    bento: RunningSandbox,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Its log says that it can be cleared."""
    one = task("tags", tmp_path / "tags.jsonl")
    one.on_kill()
    with pytest.raises(BentoInterrupted):
        one.execute({})
    assert "What to do: clear the task to start over: the old file is unchanged." in "".join(
        [caplog.text, *capsys.readouterr()]
    )
    assert bento.control.journal() == []
    assert one.execute({})["rows"] == 0  # the next attempt is not stopped


def test_no_page_is_requested_after_a_stop(bento: RunningSandbox) -> None:
    """What was read of the page before it is all there is."""
    bento.control.set(page_size=2)
    BentoHook().create_broadcasts([broadcast(f"b{number}") for number in range(5)])
    stop = threading.Event()
    results = listed(BentoHook(stopped=stop.is_set), "broadcasts", {"status": ("draft",)})
    next(results)
    stop.set()
    next(results)
    with pytest.raises(BentoInterrupted):
        next(results)
    assert [one["path"] for one in bento.control.journal()].count("/fetch/broadcasts") == 1


def test_object_stores_get_the_whole_file_in_one_put(bento: RunningSandbox) -> None:
    """And messages do not show the connection of the path."""
    puts: list[str] = []

    class Store(MemoryFileSystem):
        """An object store that counts its puts."""

        cachable = False
        protocol = "s3"

        def put_file(self, lpath: str, rpath: str, **options: Any) -> None:
            puts.append(rpath)
            super().put_file(lpath, rpath, **options)

    io.store.attach("s3", "lake", fs=Store())
    BentoHook().import_subscribers([{"email": "a@x.io", "tags": "vip"}])
    key = f"{uuid.uuid4().hex}/tags.parquet"
    summary = task("tags", f"s3://lake@bucket/{key}").execute({})
    assert puts == [f"bucket/{key}"]
    assert summary["path"] == f"s3://lake@bucket/{key}"
    assert parquet.read_table(f"/bucket/{key}", filesystem=MemoryFileSystem())["name"].to_pylist() == ["vip"]


def test_a_store_that_fails_is_named_without_its_words(bento: RunningSandbox) -> None:
    """Words of object stores contain signed addresses."""

    class Unplugged(MemoryFileSystem):
        """An object store that does not answer."""

        cachable = False
        protocol = "s3"

        def put_file(self, *_: Any, **__: Any) -> None:
            raise ConnectionError("https://planted@host")

    io.store.attach("s3", "offline", fs=Unplugged())
    with pytest.raises(
        BentoStateError, match=r"s3://bucket/x\.jsonl could not be written \(ConnectionError\)"
    ) as caught:
        task("tags", "s3://offline@bucket/x.jsonl").execute({})
    assert "planted" not in str(caught.value)
    assert (caught.value.__cause__, caught.value.__suppress_context__) == (None, True)


def test_an_unknown_scheme_fails_before_anything_is_read(bento: RunningSandbox) -> None:
    """The message says what to install."""
    with pytest.raises(AirflowFailException, match="No file system is installed for nowhere:// paths"):
        task("tags", "nowhere://bucket/tags.jsonl").execute({})
    assert bento.control.journal() == []


def test_nobody_is_in_the_log_the_result_or_the_error(
    bento: RunningSandbox,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """People are in the file only."""
    strange = visitor(2, unsubscribed_at="planted time")
    bento.control.inject("status", "/fetch/search", status=200, body={"data": [visitor(1), strange]}, count=2)
    with caplog.at_level(logging.DEBUG):
        summary = task("subscribers", tmp_path / "people.jsonl").execute({})
    assert "null in the file: unsubscribed_at (1)" in caplog.text
    assert "planted" not in "".join([caplog.text, str(summary), *capsys.readouterr()])

"""What may be passed as records, and what each mistake is told."""

from __future__ import annotations

import collections
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import polars as pl
import pytest

from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.sources.argument import check_argument, source_of
from airflow_provider_bento.sources.files.source import FileSource


def rows(value: object) -> list[object]:
    """Return the rows that the value means."""
    return [row.data for row in source_of(value, "events").rows(Cursor())]


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        ([], []),
        ((), []),
        ("[]", []),
        (" [\n]\t", []),
        ([{"a": 1}, None, "x"], [{"a": 1}, None, "x"]),
        (({"a": 1},), [{"a": 1}]),
        ('[{"email":"é@example.com"}, 1.5]', [{"email": "é@example.com"}, 1.5]),
        (collections.UserList([{"a": 1}]), [{"a": 1}]),
        (collections.deque([{"a": 1}]), [{"a": 1}]),
        (ListSource([{"a": 1}]), [{"a": 1}]),
    ],
    ids=[
        "list",
        "tuple",
        "JSON",
        "JSON with blanks",
        "odd rows",
        "full tuple",
        "full JSON",
        "UserList",
        "deque",
        "source",
    ],
)
def test_what_means_records(value: object, meant: list[object]) -> None:
    """Lists, tuples, other sequences, JSON text of a list, and ready sources."""
    assert rows(value) == meant


def _generator() -> Any:
    yield {}


async def _coroutine() -> None: ...


WRONG: list[tuple[Any, str]] = [
    (None, "is None: the upstream task returned nothing or uses yield.*use @task.bento_events, or return a list"),
    (pd.DataFrame({"a": [1]}).to_string(), r"printed dataframe: pass the task's output itself \(events=task\.output\)"),
    (str(pd.DataFrame({"a": range(100), "b": 1})), "printed dataframe"),
    (str(pl.DataFrame({"a": [1]})), r"printed dataframe.*frame\.to_dicts\(\) of polars"),
    ({"email": ["a", "b"], "n": [1, 2]}, r'dict of columns.*frame\.to_dict\("records"\) of pandas'),
    ({"email": {"0": "a"}, "n": {"0": 1}}, "dict of columns"),
    (
        {"__classname__": "polars.dataframe.frame.DataFrame", "__data__": "x"},
        "the form in which Airflow stores a DataFrame",
    ),
    ("rows.txt", r'not JSON\. Pass a list.*need file_options=\{"format": "csv"\}'),
    ("", r"not JSON\. It is empty"),
    ("a@example.com", r"not JSON\. Pass a list"),
    ("[{'email': 'a@example.com'}]", r"printed form of a Python list.*events=task\.output.*tojson"),
    ("[NaN]", "not JSON"),
    ('["\\ud800"]', "not JSON"),
    ("[" * 100_000, "not JSON"),
    ('{"email":"a@example.com"}', "JSON text of an object"),
    ("null", "JSON text of a single NoneType"),
    ("7", "JSON text of a single int"),
    ({"email": "a@example.com"}, r"single dict\. Put it in a list"),
    ({}, r"single dict\. Put it in a list"),
    (True, "is a boolean"),
    (7, "number"),
    (1.5, "number"),
    (b"[]", "bytes"),
    (bytearray(b"[]"), "bytes"),
    (range(3), "range of numbers"),
    ({1, 2}, "set, which has no order"),
    (frozenset(), "set, which has no order"),
    ({}.keys(), "set, which has no order"),
    (_generator(), "generator or iterator.*@task.bento_"),
    (iter([]), "generator or iterator"),
    (map(str, []), "generator or iterator"),
    ((record for record in [{}]), "generator or iterator"),
    (object(), "is a object"),
    (SimpleNamespace(rows=1), "is a SimpleNamespace"),
]


@pytest.mark.parametrize(("value", "words"), WRONG, ids=range(len(WRONG)))
def test_every_mistake_has_a_sentence(value: object, words: str) -> None:
    """At run time and at parse time alike, naming the argument and never a value."""
    for check in (source_of, check_argument):
        with pytest.raises(BentoSetupError, match=f"^events .*{words}") as caught:
            check(value, "events")
        assert "example.com" not in str(caught.value)


def test_what_was_never_awaited_is_told() -> None:
    """A coroutine is no list."""
    coroutine = _coroutine()
    with pytest.raises(BentoSetupError, match="never awaited"):
        source_of(coroutine, "events")
    coroutine.close()


def test_parse_time_lets_pass_what_becomes_records() -> None:
    """Templates, XComArgs, literals, sentinels, and lists themselves."""
    from airflow.providers.common.compat.sdk import SET_DURING_EXECUTION, literal

    upstream = SimpleNamespace(resolve=lambda context: [])
    for value in (
        "{{ x }}",
        "{% if x %}[]{% endif %}",
        [],
        [{}],
        "[]",
        upstream,
        literal([{}]),
        SET_DURING_EXECUTION,
    ):
        check_argument(value, "events")


def test_a_function_that_was_not_called_is_told_at_parse_time() -> None:
    """It would fail in every run."""
    with pytest.raises(BentoSetupError, match="events is a function"):
        check_argument(_coroutine, "events")


@pytest.mark.parametrize("path", ["rows.txt", "data/rows.txt", "/data/rows", "s3://b/rows", "rows.csv", Path("rows")])
def test_options_make_a_path_of_a_name(path: Any) -> None:
    """What the error about an unknown ending advises can be passed."""
    options = {"format": "csv", "delimiter": ";"}
    check_argument(path, "events", file_options=options)
    assert isinstance(source_of(path, "events", file_options=options), FileSource)


@pytest.mark.parametrize(
    "value", [[], [{}], "[]", "[{}]", ListSource([]), FileSource("a.csv"), pd.DataFrame({"a": [1]})]
)
def test_options_for_files_need_a_file(value: Any) -> None:
    """They would be ignored in silence; the words name what was given and no value."""
    for check in (source_of, check_argument):
        with pytest.raises(BentoSetupError, match=r"file_options is for files, and events is (a |text, )"):
            check(value, "events", file_options={"delimiter": ";"})
        check(value, "events", file_options={})


@pytest.mark.parametrize("value", ["{{ x }}", SimpleNamespace(resolve=lambda context: []), "a.csv", []])
def test_options_are_judged_at_parse_time(value: Any) -> None:
    """Also if the records are known at run time only."""
    with pytest.raises(BentoSetupError, match="did you mean delimiter"):
        check_argument(value, "events", file_options={"delimeter": ";"})


def test_a_template_may_become_a_path_with_options() -> None:
    """The options wait for it."""
    check_argument("{{ x }}", "events", file_options={"delimiter": ";"})

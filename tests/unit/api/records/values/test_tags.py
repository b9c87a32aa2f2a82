"""Tags are the same whatever contains them, and no structure written as text becomes one."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from airflow_provider_bento.api.records import (
    Broadcast,
    broadcast_guard,
    parse_broadcast,
    parse_event,
    parse_subscriber,
)
from airflow_provider_bento.api.records.invalid import InvalidValue
from airflow_provider_bento.api.records.values.email_and_tags import only_tag, tag_names, tags

patient = settings(deadline=None)


def postgres(names: list[str]) -> str:
    """Return a text array as Postgres writes it (array_out)."""

    def item(name: str) -> str:
        plain = name and not any(letter in '{},"\\' or letter.isspace() for letter in name) and name.upper() != "NULL"
        return name if plain else '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'

    return "{" + ",".join(item(name) for name in names) + "}"


HOLDERS: dict[str, Callable[[list[str]], Any]] = {
    "list": list,
    "tuple": tuple,
    "comma text": ",".join,
    "comma text with blanks": lambda names: " , ".join(names) + " ,",
    "JSON": json.dumps,
    "JSON, indented as Snowflake writes it": lambda names: json.dumps(names, indent=2, ensure_ascii=False),
    "JSON with a null": lambda names: json.dumps([None, *names]),
    "JSON after a byte order mark": lambda names: "\ufeff" + json.dumps(names),
    "Python's list": repr,
    "Python's tuple": lambda names: repr(tuple(names)),
    "Postgres": postgres,
    "numpy": lambda names: np.array(names, dtype=object),
    "numpy text": lambda names: np.array(names, dtype=str),
    "pandas": pd.Series,
    "polars": lambda names: pl.Series(names, dtype=pl.String),
    "Arrow": lambda names: pa.array(names, pa.string()),
    "Arrow scalar": lambda names: pa.scalar(names, pa.list_(pa.string())),
}


def read(value: Any) -> list[str] | None:
    """Return the tags that a value contains; ``None``: it is invalid."""
    try:
        return tag_names(value)
    except InvalidValue:
        return None


SIGNS = " .:;|-_+#&/'\"\\[](){}<>=äß日🎉"
NAMES = st.text(st.sampled_from("abcXYZ019" + SIGNS), min_size=1, max_size=12).map(str.strip)
TAGS = st.lists(NAMES.filter(lambda name: name != "" and read([name]) == [name] == read(name)), min_size=1, max_size=4)


@pytest.mark.parametrize("holder", HOLDERS)
@given(names=TAGS)
@patient
def test_tags_are_the_same_whatever_contains_them(holder: str, names: list[str]) -> None:
    """Each notation of each tag that a list can say means that tag, or is refused where it could mean two things."""
    found = read(HOLDERS[holder](names))
    if found is None:  # only a sign that another notation uses may be refused, and never in a list or as JSON
        assert holder in ("Postgres", "comma text", "comma text with blanks")
        assert set("'=({[<\"") & set("".join(names))
    else:
        assert found == names


@pytest.mark.parametrize("holder", HOLDERS)
def test_ordinary_tags_are_read_from_each_notation(holder: str) -> None:
    """Blanks, colons, semicolons, other scripts and a single quote within are nothing special."""
    names = ["vip", "big spender", "source:web", "vip;trial", "größe 4", "o'hara", "[EU] customers", "50% off"]
    assert read(HOLDERS[holder](names)) == names


@pytest.mark.parametrize("holder", sorted(set(HOLDERS) - {"comma text", "comma text with blanks"}))
def test_comma_in_a_tag_is_refused_in_each_notation(holder: str) -> None:
    """Bento would read two tags."""
    with pytest.raises(InvalidValue) as caught:
        tag_names(HOLDERS[holder](["vip", "big, spender"]))
    (field_error,) = caught.value.reported()
    assert "comma" in field_error.reason
    assert field_error.field in ("[1]", "[2]")


NOTHING = ["", " ", ",", " , ", "[]", "[ ]", "{}", "{ }", "()", "null", "NULL", " Null ", r"\N", "[null]", "{NULL}"]


@pytest.mark.parametrize(
    "value", [*NOTHING, "[None]", [], (), set(), [None], np.array([]), pa.array([], pa.string()), pa.scalar(None)]
)
def test_nothing_is_no_tag(value: Any) -> None:
    """However a database, a file or Python says that there is nothing."""
    assert tag_names(value) == []
    assert tags(value) is None


@pytest.mark.parametrize("value", [*NOTHING, []])
@pytest.mark.parametrize("key", ["inclusive_tags", "exclusive_tags"])
def test_broadcast_without_a_tag_has_no_audience(key: str, value: Any) -> None:
    """The guard against mail to everybody sees through each way to say nothing."""
    found = parse_broadcast({"name": "n", "subject": "s", "type": "raw", "content": "c", key: value})
    assert isinstance(found, Broadcast)
    assert not found.has_audience
    assert broadcast_guard(found, allow_send=False, to_everyone=False)
    assert b"tags" not in found.encode()


@pytest.mark.parametrize(
    "text",
    [
        '["vip"', 'vip"]', '["vip",', "[vip, trial]", "[vip]", '{"a":1}', "{'a': 1}", "{a: 1}", "{a=1, b=2}",
        "{a -> 1}",
        "{vip", "vip}", "{vip,}", "{,vip}", "{a,,b}", "{{a,b},{c,d}}", "[0:1]={a,b}", '{"a"x}', "{a b}", '[["a"]]',
        "[1]", "[true]", '[{"name": "vip"}]', '["a"]["b"]', '["a"] ["b"]', "['vip' 'trial']", "['a', 1]", "[b'a']",
        "[f'a']", "['a\\q']", "['a'", "('a', 'b'", "('a', 1)", "set()", "frozenset({'a'})",
        "array(['a'], dtype=object)",
        "Index(['a'], dtype='object')", "deque(['a'])", '"vip"', '"vip","trial"', "'vip'", '"big, spender",vip',
        "[object Object]", "<NA>", "nan", "NaN", "None", "undefined", "vip,nan", "{nan}", "<pyarrow.ListScalar: ['a']>",
        "{{ params.tag }}", "{% if x %}", '"[\\"vip\\"]"', "[" * 5000, '{"a":' * 5000, "customer (eu, uk)", "['a']]",
        "b'vip'", 'b"vip"', "Row(tag='vip')", "Tag(name=vip)",
        "['\\ud800']", "[NaN]", '["vip", ""]', '[""]', '{""}', '{"vip"," "}', "['a\\nb']",
    ],
)  # fmt: skip
def test_text_that_looks_like_another_structure_is_an_error(text: str) -> None:
    """It says what to write, and contains nothing of what was found."""
    with pytest.raises(InvalidValue) as caught:
        tag_names(text)
    assert all(
        "vip" not in field_error.reason.replace('["vip", "trial"]', "") for field_error in caught.value.reported()
    )
    assert isinstance(parse_subscriber({"email": "a@x.io", "tags": text}), tuple)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab ,'\"\\[]{}", max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
    max_leaves=8,
).filter(lambda value: isinstance(value, list | dict))


@given(value=JSON, write=st.sampled_from([json.dumps, repr, str]))
@patient
def test_no_structure_becomes_a_tag(value: Any, write: Callable[[Any], str]) -> None:
    """A text that is no flat list of texts is a field error, whatever printed it; a flat list becomes its items."""
    found = read(write(value))
    if found is not None:
        assert isinstance(value, list) or value == {}
        assert found == [item.strip() for item in value if item is not None]


@given(names=st.lists(st.text("ab c", min_size=1, max_size=4), min_size=1, max_size=3), data=st.data())
@patient
def test_list_that_was_cut_off_is_an_error(names: list[str], data: st.DataObject) -> None:
    """A column that was too short for its text names nobody."""
    assume(all(name.strip() for name in names))
    text = data.draw(st.sampled_from([json.dumps(names), repr(names), postgres(names)]))
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    assert read(cut) is None


@given(st.text(max_size=30) | st.text("[]{}()'\",\\ abn:=None", max_size=30))
@patient
def test_any_text_gives_tags_that_stay_themselves(text: str) -> None:
    """What was read once is read again as the same, as a list and as the text that is sent."""
    found = read(text)
    if found:
        assert not any("," in name or name != name.strip() for name in found)
        assert read(found) == found
        assert tags(found) == ",".join(found)


def test_set_of_tags_is_sorted() -> None:
    """The order of a set differs between two processes; what is sent must not."""
    assert tags({"b", "a", "c"}) == tags(frozenset("cab")) == "a,b,c"


@pytest.mark.parametrize("value", [7, 1.5, True, b"a", {"a": 1}, object(), range(3), pd.DataFrame({"a": ["b"]})])
def test_what_contains_no_tags_is_an_error(value: Any) -> None:
    """Numbers, bytes, objects and tables are slips."""
    assert read(value) is None


def test_invalid_items_of_an_array_are_reported_one_by_one() -> None:
    """Numbers, gaps and arrays within are reported at their places."""
    value = np.array(["ok", 1, np.nan, "a,b", np.array(["x"])], dtype=object)
    with pytest.raises(InvalidValue) as caught:
        tag_names(value)
    assert [field_error.field for field_error in caught.value.reported()] == ["[1]", "[2]", "[3]", "[4]"]


@pytest.mark.parametrize("value", ["vip", " vip ", ["vip"], ("vip",), '["vip"]', "{vip}", "['vip']", np.array(["vip"])])
@pytest.mark.parametrize("kind", ["$tag", "$remove_tag"])
def test_event_of_one_tag_sends_its_name(kind: str, value: Any) -> None:
    """Whatever contains the one tag."""
    found = parse_event({"type": kind, "email": "a@x.io", "details": {"tag": value}})
    assert not isinstance(found, tuple), found
    assert json.loads(found.encode())["details"]["tag"] == "vip"


@pytest.mark.parametrize("value", [["vip", "trial"], '["vip","trial"]', "{vip,trial}", np.array(["vip", "trial"])])
@pytest.mark.parametrize("kind", ["$tag", "$remove_tag"])
def test_event_of_two_tags_says_one_event_each(kind: str, value: Any) -> None:
    """An event names one tag."""
    found = parse_event({"type": kind, "email": "a@x.io", "details": {"tag": value}})
    assert isinstance(found, tuple)
    assert [(field_error.field, "one event" in field_error.reason) for field_error in found] == [("details.tag", True)]


@pytest.mark.parametrize("value", ["big, spender", "a,b", ["a,b"], '["a,b"]'])
def test_event_whose_tag_has_a_comma_is_an_error(value: Any) -> None:
    """Two tags would arise."""
    found = parse_event({"type": "$tag", "email": "a@x.io", "details": {"tag": value}})
    assert isinstance(found, tuple)
    assert "comma" in found[0].reason


@pytest.mark.parametrize("value", ['{"a":1}', "[]", "null", None, "", "nan", [], {}, 7])
def test_what_names_no_tag_is_an_error(value: Any) -> None:
    """An event about a tag needs one."""
    with pytest.raises(InvalidValue):
        only_tag(value)


def test_tag_of_another_event_is_a_detail_like_any_other() -> None:
    """Only Bento's own events name a tag there."""
    found = parse_event({"type": "seen", "email": "a@x.io", "details": {"tag": "a,b", "tags": ["x"]}})
    assert json.loads(found.encode())["details"] == {"tag": "a,b", "tags": ["x"]}  # type: ignore[union-attr]

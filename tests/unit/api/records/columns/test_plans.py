"""Which judge a key gets."""

from __future__ import annotations

from airflow_provider_bento.api.records.columns.plans import Plans
from airflow_provider_bento.api.records.columns.single import scalars, texts
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.values.scalars import scalar, text

KEYS = Keys({"name": text}, scalar)
PLANS = Plans(KEYS, {text: texts, scalar: scalars})


def test_each_check_has_its_judge() -> None:
    """A known key, and any other."""
    assert PLANS(("name", "n")) == [texts, scalars]


def test_keys_that_need_a_closer_look_have_none() -> None:
    """Another spelling of a known one, or no name at all."""
    assert PLANS(("Name", " x", "", "n")) == [None, None, None, scalars]


def test_a_plan_is_made_once() -> None:
    """Rows of a table have the same keys."""
    assert PLANS(("a", "b")) is PLANS(("a", "b"))


def test_a_near_miss_is_noted() -> None:
    """As when rows are parsed one by one."""
    PLANS(("naem",))
    assert KEYS.near_misses["naem"] == "name"

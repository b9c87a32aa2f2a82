"""What a watermark needs, and what it cannot be combined with, is known when the DAG is parsed."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import numpy as np
import pytest

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.bento import (
    WATERMARK,
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
)
from airflow_provider_bento.version_compat import HAS_ASSET_STATE

QUERY: dict[str, Any] = {"task_id": "push", "sql": "SELECT email, changed FROM p", "sql_conn_id": "shop"}
SINCE: dict[str, Any] = {**QUERY, "sql_parameters": {"since": WATERMARK}, "watermark": "changed"}
WHOLE: dict[str, Any] = {**SINCE, "watermark_start": "2026", "checkpoint_path": "/checkpoints"}


def without(name: str) -> dict[str, Any]:
    """Return the arguments but one."""
    return {key: value for key, value in WHOLE.items() if key != name}


def test_the_sentinel_stays_itself() -> None:
    """Copied, pickled; and it is shown by its name."""
    assert copy.deepcopy(WATERMARK) is WATERMARK
    assert pickle.loads(pickle.dumps(WATERMARK)) is WATERMARK
    assert repr(WATERMARK) == str(WATERMARK) == "WATERMARK"


def test_rendering_and_storing_keep_the_sentinel() -> None:
    """Airflow renders sql_parameters, and stores them with the DAG as text."""
    task = BentoBatchSubscribersOperator(**WHOLE)
    task.render_template_fields({"ti": None, "params": {}})
    assert task.sql_parameters == {"since": WATERMARK}
    assert "WATERMARK" in json.dumps(task.sql_parameters, default=str)


@pytest.mark.parametrize("parameters", [{"since": WATERMARK, "n": 1}, [WATERMARK], (1, WATERMARK)])
def test_any_parameter_may_be_the_watermark(parameters: Any) -> None:
    """Named or in order."""
    BentoBatchSubscribersOperator(**{**WHOLE, "sql_parameters": parameters})


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({**QUERY, "sql_parameters": [WATERMARK]}, "WATERMARK in sql_parameters needs watermark"),
        ({**QUERY, "watermark_start": 1}, "watermark_start needs watermark, a column"),
        (without("sql_parameters"), 'needs the query to use it: sql_parameters={"since": WATERMARK}'),
        (without("watermark_start"), "watermark with sql needs watermark_start, the value for the first run"),
        (without("checkpoint_path"), "needs a place from run to run: pass snapshot_path or checkpoint_path"),
        ({**WHOLE, "watermark_start": True}, "watermark_start must be a number, a date, a time or text, not True"),
        ({**WHOLE, "watermark": " "}, "watermark must be the name of a column"),
        (
            {**WHOLE, "snapshot_path": "/s", "when_gone": "untag", "untag": ["x"]},
            "when_gone would take everybody else for gone",
        ),
        (
            {"task_id": "push", "subscribers": [{"email": "a@x.io"}], "watermark": "n", "checkpoint_path": "/c"},
            "watermark needs sql, or a decorated function",
        ),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], words: str) -> None:
    """With the task."""
    with pytest.raises(BentoSetupError, match=r"^push \(BentoBatchSubscribersOperator\): ") as caught:
        BentoBatchSubscribersOperator(**arguments)
    assert words in str(caught.value)


def test_an_array_may_be_a_parameter() -> None:
    """It cannot be compared with anything."""
    BentoBatchSubscribersOperator(**{**WHOLE, "sql_parameters": {"ids": np.array([1, 2]), "since": WATERMARK}})
    BentoBatchSubscribersOperator(**QUERY, sql_parameters=[np.array([1, 2])])


def test_two_runs_do_not_push_at_once() -> None:
    """The older one could end last and send what was read before."""
    assert BentoBatchSubscribersOperator(**WHOLE).max_active_tis_per_dag == 1
    assert BentoBatchSubscribersOperator(**WHOLE, max_active_tis_per_dag=2).max_active_tis_per_dag == 2
    assert BentoBatchSubscribersOperator(**QUERY).max_active_tis_per_dag is None


def test_events_and_emails_need_once_by() -> None:
    """What is read again must not be sent again."""
    with pytest.raises(BentoSetupError, match="watermark needs once_by"):
        BentoBatchEventsOperator(**WHOLE)
    with pytest.raises(BentoSetupError, match="watermark needs once_by"):
        BentoBatchEmailsOperator(**WHOLE, transactional=True)
    BentoBatchEventsOperator(**WHOLE, once_by="details.id", snapshot_path="/s")


def test_other_operators_have_no_watermark() -> None:
    """The sentinel would reach the database."""
    with pytest.raises(BentoSetupError, match="WATERMARK in sql_parameters needs watermark"):
        BentoBatchCommandsOperator(**QUERY, sql_parameters=[WATERMARK])


def test_a_mapped_task_may_expand_what_is_missing() -> None:
    """What is known is validated."""
    known = {key: value for key, value in WHOLE.items() if key != "sql"}
    BentoBatchSubscribersOperator.partial(**known).expand(sql=["SELECT 1"])
    with pytest.raises(BentoSetupError, match="when_gone would take"):
        BentoBatchSubscribersOperator.partial(**known, when_gone="untag", untag=["x"], snapshot_path="/s")


@pytest.mark.skipif(not HAS_ASSET_STATE, reason="assets have no state store before Airflow 3.3")
def test_one_asset_of_bento_is_a_place() -> None:
    """Two are none, because a reader of the DAG could not tell which."""
    from airflow.sdk import Asset

    people, events, other = Asset("bento://site/subscribers"), Asset("bento://site/events"), Asset("s3://b/x")
    BentoBatchSubscribersOperator(**without("checkpoint_path"), outlets=[people, other])
    for outlets in ([people, events], [other], []):
        with pytest.raises(BentoSetupError, match=r"needs a place.* one asset whose URI begins with bento://"):
            BentoBatchSubscribersOperator(**without("checkpoint_path"), outlets=outlets)

"""What users see of an operator: its arguments, Airflow's own attributes, and nothing else."""

from __future__ import annotations

import copy
import inspect
import pydoc
from typing import Any

import pytest

from airflow_provider_bento.operators.bento import (
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
    BentoDataDeletionOperator,
)
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.operators.records_argument import NotGiven
from airflow_provider_bento.version_compat import AirflowFailException, BaseOperator

KINDS: list[Any] = [
    BentoBatchSubscribersOperator,
    BentoBatchEventsOperator,
    BentoBroadcastOperator,
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoDataDeletionOperator,
]
FOR_OPENLINEAGE = {f"get_openlineage_facets_on_{moment}" for moment in ("start", "complete", "failure")}
MUST: dict[str, dict[str, Any]] = {"emails": {"transactional": True}, "deletions": {"allow_deletion": True}}


@pytest.mark.parametrize("kind", KINDS)
def test_help_shows_every_argument_with_its_type(kind: Any) -> None:
    """The signature spells them out; a default that is not a value explains itself."""
    shown = pydoc.plain(pydoc.render_doc(kind))
    for name, parameter in inspect.signature(kind).parameters.items():
        assert f"{name}: '{parameter.annotation}'" in shown
    assert (
        f"{WORDS[kind._endpoint].argument}: 'Any' = <required unless sql= or replay_dead_letters= is passed>" in shown
    )
    assert "retry_policy: 'Any' = <BentoRetryPolicy() on Airflow 3.3 and later>" in shown
    assert "NotGiven" not in shown


def test_defaults_survive_a_copy() -> None:
    """Airflow copies tasks, and they are compared by identity."""
    for default in NotGiven:
        assert copy.deepcopy(default) is default
        assert copy.copy(default) is default


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_public_but_arguments_and_what_airflow_defines(kind: Any) -> None:
    """Of the classes and of the tasks made from them."""
    ours = [base for base in kind.mro() if base.__module__.startswith("airflow_provider_bento.")]
    of_classes = {name for base in ours for name in vars(base)}
    of_tasks = set(vars(kind(task_id="push", **{WORDS[kind._endpoint].argument: []}, **MUST.get(kind._endpoint, {}))))
    airflows = {*dir(BaseOperator), *vars(BaseOperator(task_id="plain")), *FOR_OPENLINEAGE}
    arguments = set(inspect.signature(kind).parameters)
    assert {name for name in of_classes | of_tasks if not name.startswith("_")} - airflows <= arguments
    assert arguments - {"retry_policy", "kwargs"} <= of_tasks


def test_an_argument_that_fails_after_rendering_names_the_task(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    """There are no options then, and the message still names the task and the argument."""
    operator = BentoBatchEventsOperator(task_id="push", events=[], in_doubt="{{ params.doubt }}")  # type: ignore[arg-type]
    operator.render_template_fields({"params": {"doubt": "resnd"}})
    with pytest.raises(AirflowFailException, match=r"^push \(BentoBatchEventsOperator\): in_doubt must be"):
        operator.execute({})
    logged = caplog.text + capsys.readouterr().out  # Airflow 2 and 3 log differently
    assert "What to do: fix what the message below describes, then clear the task." in logged

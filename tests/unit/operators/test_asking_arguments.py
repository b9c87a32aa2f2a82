"""``in_doubt="ask"``, ``ask_timeout`` and ``ask_users``: what is wrong with them is known when the DAG is parsed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from airflow_provider_bento.decorators.bento import bento_events_task
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.asking_options import Asking
from airflow_provider_bento.operators.bento import (
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBatchSubscribersOperator,
    BentoBroadcastOperator,
    BentoDataDeletionOperator,
)

ASKING: list[tuple[Any, dict[str, Any]]] = [
    (BentoBatchEventsOperator, {"events": []}),
    (BentoBroadcastOperator, {"broadcasts": []}),
    (BentoBatchCommandsOperator, {"commands": []}),
    (BentoBatchEmailsOperator, {"emails": [], "transactional": True}),
]
HOUR = timedelta(hours=1)
SLIPS: list[tuple[dict[str, Any], str]] = [
    ({"in_doubt": "hold", "ask_timeout": HOUR}, 'ask_timeout needs in_doubt="ask"'),
    ({"ask_users": ["ann"]}, 'ask_users needs in_doubt="ask"'),
    ({"in_doubt": "ask", "ask_timeout": 3600}, "ask_timeout must be a timedelta of more than 0, or None, not 3600"),
    ({"in_doubt": "ask", "ask_timeout": timedelta()}, "ask_timeout must be a timedelta of more than 0"),
    ({"in_doubt": "ask", "ask_users": "ann"}, "ask_users must be a list of users"),
    ({"in_doubt": "ask", "ask_users": []}, "ask_users must be a list of users"),
    ({"in_doubt": "ask", "ask_users": [1]}, "ask_users must be a list of users"),
    ({"in_doubt": "ask", "ask_users": [{"name": "Ann"}]}, "ask_users must be a list of users"),
    ({"in_doubt": "ask", "ask_users": [{"id": "1", "mail": "x"}]}, "ask_users must be a list of users"),
    ({"in_doubt": "ask", "ask_users": ["{{ params.who }}"]}, "ask_users must be a list of users"),
    ({"in_doubt": "aks"}, "in_doubt must be .* not 'aks' .did you mean 'ask'"),
]


@pytest.mark.parametrize(("kind", "records"), ASKING)
def test_four_operators_ask(kind: Any, records: dict[str, Any]) -> None:
    """The core holds, and the options say how long the question waits and who may answer."""
    users = ["ann", {"id": "7", "name": "Bob"}, {"id": "8"}]
    task = kind(task_id="push", in_doubt="ask", ask_timeout=HOUR, ask_users=users, **records)
    options = task._options()
    assert options.in_doubt == "hold"
    assert options.asking == Asking(HOUR, (("ann", "ann"), ("7", "Bob"), ("8", "8")))


@pytest.mark.parametrize(("slip", "said"), SLIPS, ids=[said[:40] + str(at) for at, (_, said) in enumerate(SLIPS)])
def test_a_slip_is_refused_where_it_is_written(slip: dict[str, Any], said: str) -> None:
    """In operators and in ``partial()``."""
    with pytest.raises(BentoSetupError, match=said):
        BentoBatchEventsOperator(task_id="push", events=[], **slip)
    if "in_doubt" in slip:  # otherwise it may be expanded
        with pytest.raises(BentoSetupError, match=said):
            BentoBatchEventsOperator.partial(task_id="push", **slip)


@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (BentoBatchSubscribersOperator, {"subscribers": []}),
        (BentoDataDeletionOperator, {"emails": [], "allow_deletion": True}),
    ],
)
def test_what_may_be_sent_twice_is_not_asked_about(kind: Any, more: dict[str, Any]) -> None:
    """By constant and by template; these operators have no other argument of asking."""
    with pytest.raises(BentoSetupError, match=r"in_doubt='ask' is not needed for .*: sending them again is harmless"):
        kind(task_id="push", in_doubt="ask", **more)
    task = kind(task_id="push", in_doubt="{{ params.doubt }}", **more)
    task.render_template_fields({"params": {"doubt": "ask"}})
    with pytest.raises(BentoSetupError, match="is not needed"):
        task._options()
    with pytest.raises(BentoSetupError, match="there is no argument ask_timeout"):
        kind(task_id="push", ask_timeout=HOUR, **more)


@pytest.mark.parametrize(("word", "asking"), [("ask", Asking(HOUR)), ("hold", None), ("", None)])
def test_a_template_may_choose_to_ask(word: str, asking: Asking | None) -> None:
    """The other arguments of asking wait for it, and are of no use otherwise."""
    task = BentoBatchEventsOperator(
        task_id="push",
        events=[],
        in_doubt="{{ params.doubt }}",
        ask_timeout=HOUR,  # type: ignore[arg-type]
    )
    task.render_template_fields({"params": {"doubt": word}})
    assert task._options().asking == asking


def test_decorators_take_them_too() -> None:
    """And refuse the same slips."""

    def rows() -> list[dict[str, Any]]:
        return []

    bento_events_task(in_doubt="ask", ask_timeout=HOUR, ask_users=["ann"])(rows)
    with pytest.raises(BentoSetupError, match='ask_timeout needs in_doubt="ask"'):
        bento_events_task(in_doubt="skip", ask_timeout=HOUR)(rows)

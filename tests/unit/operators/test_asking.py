"""A doubt becomes a question, and the answer settles it: with a sandbox, and Airflow's side of the socket faked."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from airflow_provider_bento.operators.asking.question import ARRIVED, MISSING, STOP
from airflow_provider_bento.operators.bento import (
    BentoBatchCommandsOperator,
    BentoBatchEmailsOperator,
    BentoBatchEventsOperator,
    BentoBroadcastOperator,
)
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox
from airflow_provider_bento.version_compat import AirflowFailException, AirflowRescheduleException, TaskAwaitingInput

asks = pytest.mark.skipif(TaskAwaitingInput is None, reason="this Airflow cannot ask")
TIMEOUT = {"error": "The Human-in-the-loop response timeout has passed.", "error_type": "timeout"}


class Supervisor:
    """What a task's process talks to; remembers what it was told."""

    def __init__(self) -> None:
        self.questions: list[Any] = []
        self.broken = False

    def send(self, msg: Any) -> Any:
        """Take a message, of which only questions matter here."""
        if type(msg).__name__ != "CreateHITLDetailPayload":
            return None
        if self.broken:
            raise RuntimeError("422")
        self.questions.append(msg)
        return SimpleNamespace(body=self.questions[0].body)  # Airflow keeps the text of a task's first question


class InProcessSupervisorComms(Supervisor):
    """Named as Airflow's own, with which ``dag.test()`` runs tasks."""


class StateStore(dict[str, Any]):
    """Airflow's accessor of the task's state store, of what the operators use."""

    def set(self, key: str, value: Any, *, retention: Any = None) -> None:
        """Keep it as JSON, as Airflow does."""
        self[key] = json.loads(json.dumps(value))

    def delete(self, key: str) -> None:
        """Forget it."""
        self.pop(key, None)


class Task:
    """A task instance over its tries: the sandbox, the state store and the XComs outlive them."""

    def __init__(self, bento: RunningSandbox, **arguments: Any) -> None:
        self.bento, self.store, self.xcoms = bento, StateStore(), dict[str, Any]()
        self.arguments: dict[str, Any] = {"chunk_size": 3, "in_doubt": "ask"} | arguments
        self.kind: Any = BentoBatchEventsOperator
        self.tries, self.max_tries = 0, 2
        self.retry()

    def retry(self) -> None:
        """Become the next try, with another id."""
        self.tries += 1
        self.ti = SimpleNamespace(
            id=uuid.uuid4(), try_number=self.tries, max_tries=self.max_tries, dag_id="d", run_id="r", task_id="t",
            map_index=-1, xcom_push=self._push, xcom_pull=lambda *, key, **_: self.xcoms[key],
        )  # fmt: skip

    def _push(self, key: str, value: Any) -> None:
        self.xcoms[key] = value

    def _new(self) -> tuple[Any, dict[str, Any]]:
        events = [{"type": "asked", "email": f"p{number}@planted.example"} for number in range(9)]
        operator = self.kind(
            task_id="t", **({"events": events} if self.kind is BentoBatchEventsOperator else {}), **self.arguments
        )
        context = {"ti": self.ti} | ({} if self.store is None else {"task_state_store": self.store})
        operator.render_template_fields(context)
        return operator, context

    def run(self) -> Any:
        """Execute; return the result, or what parks the task."""
        operator, context = self._new()
        return self._ended(lambda: operator.execute(context))

    def answer(self, parked: Any, event: dict[str, Any] | str, *, after: int = 60) -> Any:
        """Resume, as a new process does, so many seconds after the question."""
        user = {"id": "7", "name": "Ann\nB."}
        if isinstance(event, str):
            event = {"chosen_options": [event], "params_input": {}, "responded_by_user": user, "timedout": False}
        operator, context = self._new()
        kwargs = json.loads(json.dumps(parked.kwargs))
        kwargs["asked"]["at"] -= after
        return self._ended(lambda: getattr(operator, parked.method_name)(context, event=event, **kwargs))

    @staticmethod
    def _ended(work: Any) -> Any:
        try:
            return work()
        except BaseException as error:
            if type(error) is TaskAwaitingInput:
                return error
            raise

    @property
    def arrived(self) -> list[int]:
        """How often each event was applied."""
        found = Counter(record["email"] for record in self.bento.control.records("events"))
        return [found[f"p{number}@planted.example"] for number in range(9)]


@pytest.fixture
def bento(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningSandbox]:
    """A sandbox behind the default connection."""
    with running_sandbox() as running:
        extra = {"pacing": "process", "rate_limit": "1000/second"}
        monkeypatch.setenv("AIRFLOW_CONN_BENTO_DEFAULT", json.dumps(running.connection | {"extra": extra}))
        yield running


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Supervisor:
    """What Airflow puts into the process of a task."""
    found = Supervisor()
    if TaskAwaitingInput is not None:
        monkeypatch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", found, raising=False)
    return found


@pytest.fixture
def text(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Any:
    """Return what returns the log; Airflow 2 and 3 log differently."""
    return lambda: caplog.text + capsys.readouterr().out


def held(work: Any) -> None:
    """Check that the doubt about the second chunk is held, for good."""
    with pytest.raises(AirflowFailException, match=r"In doubt: .* positions 3 to 5"):
        work()


def lost(bento: RunningSandbox, *requests: int, applied: bool = True) -> None:
    """Lose the replies to these of the next requests."""
    for nth in requests:
        bento.control.inject("apply_then_reset" if applied else "reset_after_body", "/batch/events", nth=nth)


@asks
def test_a_doubt_parks_the_task_with_a_question(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """Three buttons, none chosen by default, no parameters as Airflow wants none, and who may answer."""
    lost(bento, 2)
    task = Task(bento, ask_timeout=timedelta(hours=1), ask_users=["ann"])
    parked = task.run()
    (question,) = supervisor.questions
    assert parked.timeout == timedelta(hours=1)
    assert (question.ti_id, question.options) == (task.ti.id, [ARRIVED, MISSING, STOP])
    assert (question.defaults, question.multiple, question.params) == (None, False, {})
    assert [user.id for user in question.assigned_users] == ["ann"]
    assert question.subject == "Bento: did 3 events at positions 3 to 5 arrive?"
    assert "planted" not in f"{question}{parked.kwargs}{task.store}{task.xcoms}"
    assert task.xcoms["bento_progress"]["state"] == "asking"


@asks
@pytest.mark.parametrize(("applied", "button", "counts"), [(True, ARRIVED, (6, 3)), (False, MISSING, (9, 0))])
def test_an_answer_settles_the_doubt(
    bento: RunningSandbox,
    supervisor: Supervisor,
    text: Any,
    applied: bool,
    button: str,
    counts: tuple[int, int],
) -> None:
    """In the same try, each event once; the log names who answered, on one line."""
    lost(bento, 2, applied=applied)
    task = Task(bento)
    summary = task.answer(task.run(), button)
    assert (summary["accepted"], summary["skipped"]) == counts
    assert task.arrived == [1] * 9
    assert len(supervisor.questions) == 1
    assert f"Ann B. answered '{button}' for positions 3 to 5" in text()


@asks
@pytest.mark.parametrize(("event", "said"), [(STOP, "Ann B. chose to stop"), (TIMEOUT, "Nobody answered in time")])
def test_stop_and_silence_hold_the_doubt(bento: RunningSandbox, supervisor: Supervisor, event: Any, said: str) -> None:
    """For good, because a retry would only ask again; a person may clear the task, and is asked again."""
    lost(bento, 2)
    task = Task(bento)
    parked = task.run()
    with pytest.raises(AirflowFailException, match=rf"{said}, so the doubt stays held\. In doubt: .* positions 3 to 5"):
        task.answer(parked, event)
    assert task.xcoms["bento_progress"]["state"] == "in_doubt"
    assert task.arrived == [1] * 6 + [0] * 3
    task.retry()
    assert task.answer(task.run(), ARRIVED)["skipped"] == 3
    assert [one.subject for one in supervisor.questions] == [supervisor.questions[0].subject] * 2


@asks
def test_another_doubt_is_never_asked_with_the_text_of_the_first(
    bento: RunningSandbox, supervisor: Supervisor, text: Any
) -> None:
    """Airflow would show that, in this try and in every later one; a person's word in the state store settles it."""
    lost(bento, 1, 2)
    task = Task(bento)
    held(lambda: task.answer(task.run(), ARRIVED))
    assert "This task has asked a person before" in text()
    task.retry()
    held(task.run)
    assert len(supervisor.questions) == 1
    task.store["in_doubt"] = "skip"
    task.retry()
    assert task.run()["skipped"] == 6
    assert task.arrived == [1] * 9


@asks
def test_sent_again_and_lost_again_is_held(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """The word was for one request, however often the answer is delivered."""
    lost(bento, 2, applied=False)
    lost(bento, 3)
    task = Task(bento)
    parked = task.run()
    for _ in range(3):
        held(lambda: task.answer(parked, MISSING))
    task.retry()
    held(lambda: task.answer(parked, MISSING))
    assert task.arrived == [1] * 6 + [0] * 3
    assert len(supervisor.questions) == 1


def settled(task: Task, word: str) -> None:
    """Let a person store a word for the doubt, and the push end; then clear it, so that it sends everything again."""
    task.store["in_doubt"] = word
    task.retry()
    task.run()
    task.max_tries += 1
    task.retry()


@asks
@pytest.mark.parametrize("forgets", [False, True])
def test_a_later_doubt_at_the_same_positions_is_another_one(
    bento: RunningSandbox, supervisor: Supervisor, text: Any, forgets: bool
) -> None:
    """Its text would show when the first records were sent, which a person would find in Bento; so it is held, also if
    Airflow clears the state of tasks that succeed.
    """
    lost(bento, 2)
    task = Task(bento)
    with pytest.raises(AirflowFailException):
        task.answer(task.run(), STOP)
    settled(task, "skip")
    if forgets:
        task.store.clear()
    lost(bento, 2, applied=False)
    held(task.run)
    assert "This task has asked a person before" in text()
    assert task.arrived == [2, 2, 2, 1, 1, 1, 1, 1, 1]


@asks
def test_a_chosen_resend_that_is_lost_again_is_held(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """Whoever stored the word: the text says that the records were not sent again, which is not true any more."""
    lost(bento, 2)
    task = Task(bento)
    task.run()
    task.store["in_doubt"] = {"3": "resend"}  # as if it had been killed right after it stored an answer
    task.retry()
    lost(bento, 1)
    held(task.run)
    assert len(supervisor.questions) == 1


@asks
def test_an_address_as_a_name_is_not_logged(bento: RunningSandbox, supervisor: Supervisor, text: Any) -> None:
    """A user's name may be one."""
    lost(bento, 2)
    task = Task(bento)
    user = {"id": "ann@planted.example", "name": "ann@planted.example"}
    task.answer(task.run(), {"chosen_options": [ARRIVED], "params_input": {}, "responded_by_user": user})
    assert "Somebody answered" in (said := text())
    assert "planted" not in said


@asks
def test_an_answer_within_seconds_is_used_a_little_later(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """The scheduler could still take the resumed process for one that ended; the word waits in the store."""
    lost(bento, 2)
    task = Task(bento)
    parked = task.run()
    with pytest.raises(AirflowRescheduleException):
        task.answer(parked, ARRIVED, after=2)
    assert task.xcoms["bento_progress"]["state"] == "waiting"
    assert task.run()["skipped"] == 3
    assert task.arrived == [1] * 9
    assert len(supervisor.questions) == 1


@asks
def test_an_answer_to_another_attempts_question_is_not_applied(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """The doubt is asked about again, with the same text, because nobody decided."""
    lost(bento, 2)
    task = Task(bento)
    parked = task.run()
    task.retry()
    again = task.answer(parked, ARRIVED)
    assert "in_doubt" not in task.store
    assert task.answer(again, ARRIVED)["skipped"] == 3
    assert len(supervisor.questions) == 2


@asks
def test_an_answer_about_what_is_settled_is_not_applied(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """Somebody stored a word meanwhile, which was used for another attempt."""
    lost(bento, 2)
    task = Task(bento)
    parked = task.run()
    checkpoint = task.store["checkpoint_1"]
    checkpoint["in_flight"] = []
    task.store["checkpoint_1"] = checkpoint | {"cursor": checkpoint["cursor"]}
    task.bento.control.reset()
    assert task.answer(parked, ARRIVED)["skipped"] == 0
    assert "in_doubt" not in task.store
    assert len(supervisor.questions) == 1


@asks
def test_one_question_is_for_all_requests_that_were_under_way(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """They land first; on a busy machine these may be fewer than three."""
    bento.control.inject("apply_then_stall", "/batch/events", count=3, seconds=0.5)
    task = Task(bento, max_in_flight=3)
    parked = task.run()
    bento.control.clear_faults()
    spans = [(one["start"]["position"], one["end"]["position"] - 1) for one in task.store["checkpoint_1"]["in_flight"]]
    assert all(f"{first} to {last}" in supervisor.questions[0].subject for first, last in spans)
    assert task.answer(parked, ARRIVED)["skipped"] == 3 * len(spans)
    assert task.arrived == [1] * 9


def test_without_a_state_store_it_is_held(bento: RunningSandbox, supervisor: Supervisor, text: Any) -> None:
    """Before Airflow 3.3 there is none, and nothing that could ask."""
    lost(bento, 2)
    task = Task(bento)
    task.store = None  # type: ignore[assignment]  # Airflow has none
    held(task.run)
    assert "works as 'hold' here: " in (said := text())
    assert ("this Airflow cannot ask" if TaskAwaitingInput is None else "the run has no task state store") in said
    assert not supervisor.questions


@asks
def test_in_a_test_of_a_dag_it_is_held(bento: RunningSandbox, monkeypatch: pytest.MonkeyPatch, text: Any) -> None:
    """``dag.test()`` would wait for ever."""
    comms = InProcessSupervisorComms()
    monkeypatch.setattr("airflow.sdk.execution_time.task_runner.SUPERVISOR_COMMS", comms, raising=False)
    lost(bento, 2)
    held(Task(bento).run)
    assert "works as 'hold' here: dag.test() and airflow dags test would wait for ever" in text()
    assert not comms.questions


@asks
def test_a_question_that_cannot_be_stored_is_held(bento: RunningSandbox, supervisor: Supervisor, text: Any) -> None:
    """The doubt must not get lost, whatever Airflow answers."""
    supervisor.broken = True
    lost(bento, 2)
    held(Task(bento).run)
    assert "The question could not be stored (RuntimeError), so the doubt is held." in text()


@asks
def test_a_dry_run_asks_nothing(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """It sends nothing that could be in doubt."""
    assert Task(bento, validate_only=True).run()["valid"] == 9
    assert not supervisor.questions


BROADCAST = {
    "subject": "s",
    "content": "c",
    "type": "plain",
    "from": {"email": "a@x.io", "name": "A"},
    "inclusive_tags": "t",
}
MAIL = {"subject": "s", "text_body": "c", "from": "f@x.io"}
OTHERS: list[tuple[Any, str, dict[str, Any]]] = [
    (BentoBroadcastOperator, "/batch/broadcasts", {"broadcasts": [BROADCAST | {"name": f"n{n}"} for n in range(3)]}),
    (
        BentoBatchCommandsOperator,
        "/fetch/commands",
        {"commands": [{"command": "add_tag_via_event", "query": "q", "email": f"p{n}@x.io"} for n in range(3)]},
    ),
    (
        BentoBatchEmailsOperator,
        "/batch/emails",
        {"emails": [MAIL | {"to": f"p{n}@x.io"} for n in range(3)], "transactional": True},
    ),
]


@asks
@pytest.mark.parametrize(("kind", "path", "arguments"), OTHERS)
def test_every_operator_that_asks_continues_with_the_answer(
    bento: RunningSandbox,
    supervisor: Supervisor,
    monkeypatch: pytest.MonkeyPatch,
    kind: Any,
    path: str,
    arguments: dict[str, Any],
) -> None:
    """Broadcasts are looked up first, before the question and after the answer."""
    monkeypatch.setattr("airflow_provider_bento.delivery.sending.sender.LOOK_AGAIN_AFTER", 0.01)
    bento.control.inject("reset_after_body", path)
    task = Task(bento, **arguments)
    task.kind = kind
    summary = task.answer(task.run(), MISSING)
    assert (summary["accepted"], summary["skipped"]) == (3, 0)
    assert len(bento.control.records(summary["endpoint"])) == 3
    assert f"did 3 {summary['endpoint']} at positions 0 to 2 arrive?" in supervisor.questions[0].subject


@asks
def test_an_event_in_doubt_is_asked_about_also_if_it_is_sent_once_in_all_runs(
    bento: RunningSandbox, supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer settles it for later runs, too, and no temporary file is left while nobody has answered."""
    lost(bento, 2)
    task = Task(bento, once_by="email", snapshot_path=str(tmp_path / "sent"))
    (temporary := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    parked = task.run()
    assert list(temporary.iterdir()) == []
    assert task.answer(parked, ARRIVED)["skipped"] == 3
    again = Task(bento, once_by="email", snapshot_path=str(tmp_path / "sent"))
    assert again.run()["accepted"] == 0
    assert task.arrived == [1] * 9


@asks
def test_other_errors_are_not_asked_about(bento: RunningSandbox, supervisor: Supervisor) -> None:
    """A refusal is certain."""
    bento.control.inject("status", "/batch/events", status=422)
    with pytest.raises(AirflowFailException):
        Task(bento).run()
    assert not supervisor.questions

"""Runs all clients against a sandbox of each generation, and collects the results."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from clients import made_in_app, node_sdk, ruby_guides
from clients.accepted import Found
from clients.bento_calls import call_of
from clients.outcomes import Outcome
from clients.recorded_replies import Generation, from_recorded
from clients.recorder import Exchange, Recorder, recording

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

RECORDING: Final = Path(__file__).parent / "recording.json"
AUTHOR: Final = "news@example.com"
RUBY: Final = "Bento's guides in Ruby"
CHECKING: Final = "check"  # the label of requests that look at a method's effect


@dataclass
class Results:
    """The results of one run.

    :param passed: by client: how many of how many passed, and what they are.
    :param wrong: a sentence for each that did not pass.
    :param differences: of replies and values from what is declared or recorded.
    :param calls: by client and call: the methods or scripts that made it.
    """

    passed: dict[str, tuple[int, int, str]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    differences: set[Found] = field(default_factory=set)
    calls: dict[str, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    def recording(self) -> dict[str, dict[str, list[str]]]:
        """Return the calls as recording.json has them."""
        return {client: {call: sorted(calls[call]) for call in sorted(calls)} for client, calls in self.calls.items()}

    def write_recording(self) -> None:
        """Write recording.json."""
        RECORDING.write_text(json.dumps(self.recording(), indent=2) + "\n", encoding="utf-8")

    def not_as_recorded(self) -> list[str]:
        """Return a sentence if the calls are not those of recording.json."""
        if self.recording() == json.loads(RECORDING.read_text()):
            return []
        return [f"the calls are not those of {RECORDING.name}: run make clients ARGS=--write"]

    def judge(self, client: str, outcomes: Iterable[Outcome], noun: str) -> None:
        """Count what passed and keep what did not."""
        outcomes = list(outcomes)
        failed = [outcome for outcome in outcomes if outcome.error is not None]
        self.passed[client] = (len(outcomes) - len(failed), len(outcomes), noun)
        self.wrong += [f"{client}: {one.name}: {one.error}" for one in failed]


class Session:
    """Runs all clients once.

    :param folder: for scripts with keys.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._results = Results()

    def run(self) -> Results:
        """Run every client against the newest generation, and against that of 2021 for its recorded replies."""
        for generation in ("2026", "2021"):
            with (
                running_sandbox(profile=generation, authors=(AUTHOR,)) as sandbox,
                recording(sandbox.url) as recorder,
            ):
                self._all_clients(generation, sandbox, recorder)
        return self._results

    @cached_property
    def _declared(self) -> dict[str, node_sdk.Declared]:
        return node_sdk.declared()

    def _all_clients(self, generation: Generation, sandbox: RunningSandbox, recorder: Recorder) -> None:
        for release in node_sdk.RELEASES:
            if release.generation == generation:
                self._release(release, sandbox, recorder)
        scripts = ruby_guides.run_every_script(recorder.url, sandbox.connection, sandbox.control, self._folder)
        self._results.judge(f"{RUBY}, profile {generation}", scripts, "scripts")
        self._note(RUBY, self._taken(generation, sandbox, recorder))

    def _release(self, release: node_sdk.Release, sandbox: RunningSandbox, recorder: Recorder) -> None:
        declared, known = self._declared[release.package], made_in_app.make(sandbox.control)
        outcomes = list(node_sdk.call_every_method(release, recorder.url, sandbox.connection, known))
        exchanges = self._taken(release.generation, sandbox, recorder)
        self._results.judge(f"{release}, profile {release.generation}", _all_declared(declared, outcomes), "methods")
        self._note(str(release), exchanges)
        if release.types_hold:
            self._results.differences |= set(_from_declared(release, declared, outcomes, exchanges))

    def _taken(self, generation: Generation, sandbox: RunningSandbox, recorder: Recorder) -> list[Exchange]:
        """What one client and the sandbox said to each other; the sandbox is empty after it."""
        exchanges = recorder.taken()
        self._results.differences |= set(_from_recorded(generation, exchanges))
        self._results.wrong += _not_in_journal(sandbox, exchanges)
        sandbox.control.reset()
        return exchanges

    def _note(self, client: str, exchanges: Iterable[Exchange]) -> None:
        for one in exchanges:
            if one.label != CHECKING:
                self._results.calls[client][call_of(one.method, one.path)].add(one.label)


def _all_declared(declared: node_sdk.Declared, outcomes: list[Outcome]) -> Iterator[Outcome]:
    """All declared methods; one that is not called, or not declared, has not passed."""
    called = {outcome.name: outcome for outcome in outcomes}
    for name in sorted(declared.methods.keys() | called.keys()):
        if name not in declared.methods:
            yield Outcome(name, error="the SDK declares no such method: take it out of calls.mjs")
        else:
            yield called.get(name) or Outcome(name, error="never called: add it to calls.mjs")


def _from_declared(
    release: node_sdk.Release, declared: node_sdk.Declared, outcomes: Iterable[Outcome], exchanges: Iterable[Exchange]
) -> Iterator[Found]:
    against = f"declared {release.version}"
    for outcome in outcomes:
        if outcome.error is None and outcome.name in declared.methods:
            yield from (Found(against, outcome.name, *one) for one in declared.against(outcome))
    for exchange in exchanges:
        call = call_of(exchange.method, exchange.path)
        yield from (Found(against, call, *one) for one in declared.status_against(call, exchange))


def _from_recorded(generation: Generation, exchanges: Iterable[Exchange]) -> Iterator[Found]:
    for exchange in exchanges:
        call = call_of(exchange.method, exchange.path)
        yield from (
            Found(f"recorded {generation}", call, *one)
            for one in from_recorded(generation, call, exchange.status, exchange.reply)
        )


def _not_in_journal(sandbox: RunningSandbox, exchanges: Iterable[Exchange]) -> list[str]:
    """The sandbox's own journal has the same requests in the same order, or the recorder cannot be trusted."""
    journal = [(entry["method"], entry["path"], entry["status"]) for entry in sandbox.control.journal()]
    recorded = [(one.method, one.path, one.status) for one in exchanges]
    return [] if journal == recorded else [f"journal and recorder differ: {len(journal)} and {len(recorded)} requests"]

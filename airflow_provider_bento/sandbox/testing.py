"""A running sandbox for the tests of your DAGs, connected to Airflow, with assertions on what arrived.

In a test::

    from airflow_provider_bento.sandbox.testing import bento_sandbox


    def test_customers_reach_bento(bento_sandbox):
        my_dag.test()
        bento_sandbox.assert_arrived(subscribers=["ada@example.com"])

Outside pytest the same name is a context manager: ``with bento_sandbox() as bento: …``. Inside pytest, which does not
allow calling a fixture, use the context manager :class:`BentoSandbox` in your own fixtures.

Messages of failed assertions contain the email addresses of your test data; nothing else here prints them.
Install the extra: ``pip install 'airflow-provider-bento[sandbox]'``. This module does not import Airflow; it only sets
the environment variable from which Airflow reads the connection.

Tested by tests/sandbox/test_testing_sandbox.py.
"""

from __future__ import annotations

import functools
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec

from airflow_provider_bento.sandbox import extra_check  # noqa: F401  (first: it says what is missing)
from airflow_provider_bento.sandbox.control.client import Control
from airflow_provider_bento.sandbox.errors import SandboxNotRunning
from airflow_provider_bento.sandbox.expectations import Expected, Kind, compare, with_addresses
from airflow_provider_bento.sandbox.fault_injection import FaultKind
from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox

__all__ = ["BentoSandbox", "bento_sandbox"]

# A budget of this process alone and wide open: tests neither wait nor take from what a developer's Airflow shares.
_UNPACED: Final[Mapping[str, str]] = {"pacing": "process", "rate_limit": "1000/second", "timeout": "5, 30"}


class BentoSandbox:
    """A sandbox that runs until the end of the block and that Airflow's connection ``conn_id`` points to.

    :param conn_id: the connection whose environment variable is set; its previous value is restored at the end.
    :param extra: the connection's extras; the default turns pacing off, so that tests do not wait. Pass ``{}`` for the
        provider's defaults.
    :param settings: fields of :class:`~airflow_provider_bento.sandbox.settings.Settings`, like
        ``limit="60/minute per ip"``, ``profile="2024"``, ``delay={"events": 120}``; default: no limit, no delays.
    """

    def __init__(
        self, conn_id: str = "bento_default", *, extra: Mapping[str, Any] | None = None, **settings: Any
    ) -> None:
        self.conn_id = conn_id
        self._extra = dict(_UNPACED if extra is None else extra)
        self._settings = settings
        self._stack = ExitStack()
        self._running: RunningSandbox | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._running = stack.enter_context(running_sandbox(**self._settings))
            stack.callback(self._forget, os.environ.get(self.variable))
            os.environ[self.variable] = self.connection_json
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stack.close()

    def _forget(self, before: str | None) -> None:
        self._running = None
        if before is None:
            os.environ.pop(self.variable, None)
        else:
            os.environ[self.variable] = before

    @property
    def _sandbox(self) -> RunningSandbox:
        if self._running is None:
            raise SandboxNotRunning("This sandbox is not running; use it inside its with block.")
        return self._running

    @property
    def url(self) -> str:
        """The address of its page; Bento's API is at ``url + "/api/v1"``."""
        return self._sandbox.url

    @property
    def control(self) -> Control:
        """A client of its control API, for everything else."""
        return self._sandbox.control

    @property
    def variable(self) -> str:
        """The environment variable in which Airflow finds the connection."""
        return f"AIRFLOW_CONN_{self.conn_id.upper()}"

    @property
    def connection(self) -> dict[str, Any]:
        """The connection in Airflow's JSON form."""
        return {**self._sandbox.connection, **({"extra": self._extra} if self._extra else {})}

    @property
    def connection_json(self) -> str:
        """The value of :attr:`variable`, for another process."""
        return msgspec.json.encode(self.connection).decode()

    @property
    def subscribers(self) -> list[dict[str, Any]]:
        """The accepted subscribers, unchanged, in order of arrival."""
        return self.control.records("subscribers")

    @property
    def events(self) -> list[dict[str, Any]]:
        """The accepted events, unchanged, in order of arrival."""
        return self.control.records("events")

    @property
    def broadcasts(self) -> list[dict[str, Any]]:
        """The accepted broadcasts, unchanged, in order of arrival."""
        return self.control.records("broadcasts")

    @property
    def emails(self) -> list[dict[str, Any]]:
        """Emails that would have been sent, one for each recipient.

        Each has ``to``, ``from``, ``subject``, ``html_body``, ``text_body``, ``personalizations`` and ``at``;
        ``{{ name }}`` is filled in from ``personalizations``. Emails that Bento would not have sent to unsubscribed
        people are in ``control.emails(delivered=False)``.
        """
        return self.control.emails(delivered=True)

    @property
    def deletions(self) -> list[dict[str, Any]]:
        """Requests to delete a person: ``email`` (masked), ``email_sha256``, ``requested_at``, ``deleted_at``."""
        return self.control.deletions()

    @property
    def automations(self) -> list[dict[str, Any]]:
        """Automations that would have fired: ``email``, ``trigger``, ``certain``, ``event``, ``time``."""
        return list(self.control.everything("/automations"))

    @property
    def rejects(self) -> list[dict[str, Any]]:
        """Rejected records: ``kind``, ``request``, ``index``, ``reason``, ``record``."""
        return list(self.control.everything("/rejects"))

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Requests to the API: ``method``, ``path``, ``status``, ``records``, ``accepted`` and more."""
        return self.control.journal()

    def person(self, email: str) -> dict[str, Any] | None:
        """Return the current state of a person: ``fields``, ``tags``, ``unsubscribed_at``; ``None``: unknown."""
        found = self.control.everything("/people", email=email.strip())
        return next((one for one in found if one["email"].lower() == email.strip().lower()), None)

    def fail_next(
        self,
        count: int = 1,
        *,
        status: int | None = None,
        kind: FaultKind | None = None,
        path: str = "*",
        **order: Any,
    ) -> None:
        """Inject a fault into the next requests.

        .. code-block:: python

            bento_sandbox.fail_next(3, status=502)
            bento_sandbox.fail_next(kind="apply_then_reset", path="/batch/events")

        :param count: how many requests.
        :param status: the status to reply with instead of applying the request; 500 if ``kind`` is not given either.
        :param kind: the kind of fault, one of :data:`~airflow_provider_bento.sandbox.fault_injection.EXPLAINED`.
        :param path: the endpoint; ``*``: any.
        :param order: further fields of :class:`~airflow_provider_bento.sandbox.fault_injection.Order`.
        :raises SandboxRequestError: the fault does not exist.
        """
        chosen = {} if status is None else {"status": status}
        self.control.inject(kind or "status", path, count=count, **chosen, **order)

    def process_queues(self) -> None:
        """Let everything that waits in a queue take effect now."""
        self.control.drain()

    def advance(self, seconds: float) -> None:
        """Advance the sandbox's time: due records take effect, due broadcasts are sent."""
        self.control.advance(seconds)

    def reset(self) -> None:
        """Delete everything that arrived and all faults."""
        self.control.reset()

    def assert_arrived(
        self,
        *,
        subscribers: Sequence[Expected] | int | None = None,
        events: Sequence[Expected] | int | None = None,
        broadcasts: Sequence[Expected] | int | None = None,
        emails: Sequence[Expected] | int | None = None,
        deletions: Sequence[Expected] | int | None = None,
    ) -> None:
        """Fail unless exactly these records arrived, each once, in any order.

        A record is named by its email (a broadcast by its name, an email by its recipient), or described by some of
        its keys; tags and dates may be written in any equivalent form. A number checks only the count. What is not
        passed is not checked.

        .. code-block:: python

            bento_sandbox.assert_arrived(
                subscribers=["ada@example.com", {"email": "bob@example.com", "plan": "pro", "tags": ["customer"]}],
                events=0,
            )

        :raises AssertionError: they did not; the message lists missing and unexpected records, and the requests.
        """
        given: dict[Kind, Any] = {
            "subscribers": subscribers,
            "events": events,
            "broadcasts": broadcasts,
            "emails": emails,
            "deletions": deletions,
        }
        wanted = {kind: one for kind, one in given.items() if one is not None}
        if not wanted:
            raise TypeError("pass at least one of subscribers=, events=, broadcasts=, emails= and deletions=")
        lines = [line for kind, expected in wanted.items() for line in self._differences(kind, expected)]
        if lines:
            raise AssertionError("\n".join([*lines, *self._circumstances()]))

    def _differences(self, kind: Kind, expected: Sequence[Expected] | int) -> list[str]:
        arrived: Sequence[Mapping[str, Any]] = self.control.records(kind)
        if isinstance(expected, int):
            return [] if len(arrived) == expected else [f"{kind}: {expected} expected, {len(arrived)} arrived"]
        if kind == "deletions":
            arrived = with_addresses(arrived, expected)
        found = compare(kind, expected, arrived).lines()
        return [f"{kind}: {len(expected)} expected, {len(arrived)} arrived", *found] if found else []

    def _circumstances(self) -> list[str]:
        answers = Counter(f"{one['method']} {one['path']} {one['status'] or 'dropped'}" for one in self.requests)
        rejects = Counter(f"{one['kind']}, {one['reason']}" for one in self.rejects)
        faults = sum(one["pending"] for one in self.control.pending_faults())
        return [
            f"requests: {', '.join(f'{count} × {answer}' for answer, count in answers.items()) or 'none'}",
            *(f"rejected: {count} × {reason}" for reason, count in rejects.items()),
            *([f"injected faults that did not occur: {faults}"] if faults else []),
        ]


if TYPE_CHECKING:
    bento_sandbox = BentoSandbox


def __getattr__(name: str) -> Any:
    """Return ``bento_sandbox``: a fixture for pytest, which takes nothing else for one, else the context manager."""
    if name != "bento_sandbox":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _fixture() if "pytest" in sys.modules else BentoSandbox


@functools.cache
def _fixture() -> Any:
    import pytest

    def bento_sandbox() -> Iterator[BentoSandbox]:
        """A sandbox for this test alone; Airflow's connection ``bento_default`` points to it."""
        with BentoSandbox() as running:
            yield running

    return pytest.fixture(bento_sandbox)

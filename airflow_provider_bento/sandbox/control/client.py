"""A client of the control API, for tests and benchmarks; knows HTTP, nothing of the sandbox's inside.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from typing import Any, Final, Self
from urllib.parse import urlencode, urlsplit

import msgspec

from airflow_provider_bento.sandbox.errors import SandboxNotRunning, SandboxRequestError
from airflow_provider_bento.sandbox.fault_injection import FaultKind

_TIMEOUT: Final = 60.0  # seconds


class Control:
    """A client of a running sandbox; keeps one connection alive; not thread-safe.

    :param url: the sandbox's address, without ``/api/v1``.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def get(self, path: str, /, **query: Any) -> Any:
        """Return the JSON of a path below ``/_sandbox``."""
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Any = None) -> Any:
        """Send JSON to a path below ``/_sandbox``; return the JSON of the reply."""
        return self._call("POST", path, {} if body is None else body)

    def raw(self, path: str, /, **query: Any) -> bytes:
        """Return the bytes of a path below ``/_sandbox``, as for a download in JSON Lines."""
        return self._answer("GET", path, query=query)

    def everything(self, path: str, /, **query: Any) -> Iterator[dict[str, Any]]:
        """Read a list to its end."""
        after: int | None = None
        while True:
            page = self.get(path, **query, limit=10_000, **({} if after is None else {"after": after}))
            yield from page["data"]
            after = page["next"]
            if after is None:
                return

    def journal(self, **query: Any) -> list[dict[str, Any]]:
        """Return all requests to the API, in the order of their arrival."""
        return list(self.everything("/journal", **query))

    def records(self, kind: str, /, **query: Any) -> list[Any]:
        """Return all accepted records of a kind as they were sent, in the order in which they took effect."""
        return [row["record"] for row in self.everything("/records", kind=kind, **query)]

    def emails(self, **query: Any) -> list[dict[str, Any]]:
        """Return all emails as their recipients see them, in the order in which they were sent."""
        return list(self.everything("/emails", **query))

    def deletions(self) -> list[dict[str, Any]]:
        """Return all requests to delete a person, with masked addresses."""
        return list(self.everything("/deletions"))

    def add_segment(self, id: str, **segment: Any) -> dict[str, Any]:  # noqa: A002 - the name it has in JSON
        """Create or replace a segment. ``segment`` contains ``name``, ``description``, ``tags``, ``fields``."""
        return self._made("/segments", id=id, **segment)

    def add_sequence(self, name: str, **sequence: Any) -> dict[str, Any]:
        """Create a sequence. ``sequence`` contains ``emails``: a list of mappings with ``subject`` and ``html``."""
        return self._made("/sequences", name=name, **sequence)

    def add_workflow(self, name: str, **workflow: Any) -> dict[str, Any]:
        """Create a workflow. ``workflow`` contains ``status`` (``live`` or ``draft``) and ``emails``."""
        return self._made("/workflows", name=name, **workflow)

    def add_report(self, id: str, name: str, *, data: Any, **report: Any) -> dict[str, Any]:  # noqa: A002
        """Create or replace a report. ``report`` contains ``chart_style`` and ``report_type``."""
        return self._made("/reports", id=id, name=name, data=data, **report)

    def add_response(self, form: str, email: str, **fields: Any) -> dict[str, Any]:
        """Add what one person answered in a form."""
        return self._made("/responses", form=form, email=email, fields=fields)

    def _made(self, path: str, **order: Any) -> dict[str, Any]:
        made: dict[str, Any] = self.post(path, order)["data"]
        return made

    def inject(self, kind: FaultKind, path: str = "*", **order: Any) -> int:
        """Inject a fault; return its number. ``order`` contains fields of ``fault_injection.Order``."""
        return int(self.post("/faults", {"kind": kind, "path": path, **order})["data"][0]["id"])

    def pending_faults(self) -> list[dict[str, Any]]:
        """Return the faults that have not yet occurred as often as requested."""
        pending: list[dict[str, Any]] = self.get("/faults")["pending"]
        return pending

    def clear_faults(self) -> None:
        """Delete all faults."""
        self._call("DELETE", "/faults")

    def set(self, **settings: Any) -> dict[str, Any]:
        """Change settings; return all."""
        changed: dict[str, Any] = self.post("/settings", settings)
        return changed

    def advance(self, seconds: float) -> dict[str, Any]:
        """Advance the sandbox's time."""
        moved: dict[str, Any] = self.post("/clock", {"advance": seconds})
        return moved

    def drain(self) -> dict[str, Any]:
        """Process everything in the queues now."""
        drained: dict[str, Any] = self.post("/clock", {"drain": True})
        return drained

    def stats(self) -> dict[str, Any]:
        """Return all counts."""
        counts: dict[str, Any] = self.get("/stats")
        return counts

    def reset(self) -> None:
        """Delete all data, faults and changed settings."""
        self.post("/reset")

    def _call(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> Any:
        return msgspec.json.decode(self._answer(method, path, body, query))

    def _answer(self, method: str, path: str, body: Any = None, query: dict[str, Any] | None = None) -> bytes:
        wanted = {name: value for name, value in (query or {}).items() if value is not None}
        target = f"/_sandbox{path}{'?' + urlencode(wanted) if wanted else ''}"
        status, answer = self._send(method, target, None if body is None else msgspec.json.encode(body))
        if status >= 400:
            raise SandboxRequestError(f"The sandbox rejected the request: {answer.decode(errors='replace')}", status)
        return answer

    def _send(self, method: str, target: str, body: bytes | None) -> tuple[int, bytes]:
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            return self._exchange(method, target, body, headers)
        except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
            self._connection.close()  # kept alive too long; nothing of the kind happens to a fresh one
        try:
            return self._exchange(method, target, body, headers)
        except OSError as exc:
            raise SandboxNotRunning("The sandbox does not respond; is it running?") from exc

    def _exchange(self, method: str, target: str, body: bytes | None, headers: dict[str, str]) -> tuple[int, bytes]:
        self._connection.request(method, target, body, headers)
        answer = self._connection.getresponse()
        return answer.status, answer.read()

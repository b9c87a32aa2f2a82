"""Every public error, grouped by what the caller can do.

::

    BentoError
    ├── BentoSetupError            fix the connection or the arguments; nothing was sent
    │   └── BentoAccessError       … the keys, the site or the User-Agent were rejected (401, 403)
    ├── BentoRecordError           fix the records: positions, field paths and reasons, never values
    ├── BentoRefusedError          the request was rejected for good; repeating cannot help (400, 404, 422 …)
    ├── BentoRetryLater            nothing was applied; try again after ``retry_after`` seconds
    │   ├── BentoRateLimited       … 429, or our own budget is paused
    │   └── BentoUnreachable       … the request never reached Bento
    ├── BentoOutcomeUnknown        a person decides: it may or may not have been applied
    └── BentoRunStopped            the run stopped; confirmed records stay confirmed
        ├── BentoSourceChanged     … the source or the plan does not match the checkpoint
        ├── BentoSuperseded        … a newer attempt of the same task runs
        ├── BentoInterrupted       … the task was stopped; retried
        ├── BentoStateError        … the checkpoint or the dead letters could not be stored or read; retried
        ├── BentoEmptySource       … the source has no rows, and on_empty is "fail"; retried
        ├── BentoCountMismatch     … the counts do not add up: a bug in this package
        ├── BentoTooManyFailed     … more records failed than ``max_failed`` allows
        ├── BentoOutOfStep         … Bento differs from the source by more than ``tolerate`` allows; retried
        └── BentoTooManyGone       … more people left the source than ``max_gone`` allows; nothing was sent

Branch on the class or on its fields, never on the message. All of them survive pickling.

Tested by tests/unit/delivery/test_run_errors.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

__all__ = [
    "BentoAccessError",
    "BentoCountMismatch",
    "BentoEmptySource",
    "BentoError",
    "BentoInterrupted",
    "BentoOutOfStep",
    "BentoOutcomeUnknown",
    "BentoRateLimited",
    "BentoRecordError",
    "BentoRefusedError",
    "BentoRetryLater",
    "BentoRunStopped",
    "BentoSetupError",
    "BentoSourceChanged",
    "BentoStateError",
    "BentoSuperseded",
    "BentoTooManyFailed",
    "BentoTooManyGone",
    "BentoUnreachable",
    "Recovery",
]

Recovery = Literal["fix_setup", "fix_records", "retry", "decide", "stop"]


class BentoError(Exception):
    """Root of all errors of this package.

    :ivar recovery: what the caller can do; the same for every instance of a class.
    :ivar endpoint: the path that was called, if one was.
    :ivar status: the HTTP status, if there was a reply.
    :ivar positions: first and last position in the source that this concerns, both included.
    :ivar retry_after: seconds that Bento, or our own budget, asks to wait.
    :ivar maybe_applied: whether an attempt at the same request may have been applied, whatever this last error is.
    :ivar advice: what to do, in one short sentence without any data, if more specific than the class.
    """

    recovery: ClassVar[Recovery] = "stop"
    maybe_applied: bool = False
    advice: str = ""

    def __init__(
        self,
        message: str,
        *,
        endpoint: str | None = None,
        status: int | None = None,
        positions: tuple[int, int] | None = None,
        retry_after: float | None = None,
        **evidence: Any,
    ) -> None:
        super().__init__(message)
        self.endpoint = endpoint
        self.status = status
        self.positions = positions
        self.retry_after = retry_after
        for name, value in evidence.items():
            setattr(self, name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        return (_rebuild, (type(self), str(self), dict(self.__dict__)))


def _rebuild(kind: type[BentoError], message: str, evidence: dict[str, Any]) -> BentoError:
    return kind(message, **evidence)


class BentoSetupError(BentoError):
    """Fix the connection or the arguments; nothing was sent.

    :ivar in_form: the same message for the connection form: without the connection's id.
    """

    recovery = "fix_setup"
    in_form: str = ""


class BentoAccessError(BentoSetupError):
    """The keys, the site UUID or the User-Agent were rejected (401, 403)."""


class BentoRecordError(BentoError):
    """Fix the records: each field error names a position, a field path and what to write instead.

    :ivar field_errors: the first 20, each ``(position, field path, what to write instead)``; never a record's value.
    :ivar count: how many there are in all.
    """

    recovery = "fix_records"
    field_errors: tuple[tuple[int, str, str], ...] = ()
    count: int = 0


class BentoRefusedError(BentoError):
    """The request was rejected for good; repeating it cannot help."""

    recovery = "fix_records"


class BentoRetryLater(BentoError):
    """Nothing was applied; trying again after ``retry_after`` seconds is safe for every endpoint."""

    recovery = "retry"


class BentoRateLimited(BentoRetryLater):
    """Bento answered 429, or our own budget is paused for ``retry_after`` seconds.

    :ivar refusals: how many 429s came in a row without one accepted request, if that ended the attempt; else 0.
    """

    refusals: int = 0


class BentoUnreachable(BentoRetryLater):
    """Nothing was applied: the request never left (DNS, refused connection, proxy, TLS), was rejected before any work
    (503 with ``Retry-After``), or only reads and got no usable reply.
    """


class BentoOutcomeUnknown(BentoError):
    """The request may or may not have been applied; repeat it only if repeating is harmless.

    :ivar needs_decision: whether a person has to decide; if false, the next attempt sends the request again.
    :ivar phase: how far the exchange got: ``sending`` (the request was not sent completely), ``waiting`` (no reply),
        ``reading`` (no complete reply) or ``replied`` (a reply that is not understood).
    :ivar keys: names of the reply's keys that were not understood; never values.
    :ivar count: how many records it is about, if they are of one chunk.
    :ivar why: how this attempt came to not knowing; empty: an earlier attempt left it so.
    """

    recovery = "decide"
    needs_decision: bool = True
    phase: str = "replied"
    keys: tuple[str, ...] = ()
    count: int | None = None
    why: str = ""


class BentoRunStopped(BentoError):
    """The run stopped; confirmed records stay confirmed and are not sent again."""


class BentoSourceChanged(BentoRunStopped):
    """The source, the chunk size or the endpoint does not match the checkpoint.

    :ivar changed: names of what changed.
    """

    changed: tuple[str, ...] = ()


class BentoSuperseded(BentoRunStopped):
    """A newer attempt of the same task instance is running; this one must not send."""


class BentoInterrupted(BentoRunStopped):
    """The task was stopped; it ends as failed, with an accurate checkpoint."""

    recovery = "retry"


class BentoStateError(BentoRunStopped):
    """The checkpoint or the dead letters could not be stored or read, so nothing more is sent."""

    recovery = "retry"


class BentoEmptySource(BentoRunStopped):
    """The source has no rows, and ``on_empty`` is "fail"; another attempt reads it again."""

    recovery = "retry"


class BentoCountMismatch(BentoRunStopped):
    """Read is not accepted + invalid + rejected + skipped + in doubt: please report it."""


class BentoTooManyFailed(BentoRunStopped):
    """More records were invalid or rejected than ``max_failed`` allows."""


class BentoOutOfStep(BentoRunStopped):
    """Bento differs from the source by more than ``tolerate`` allows; nothing was changed. Another attempt reads again.

    :ivar sampled: people who were compared.
    :ivar different: people with a tag, a field or a subscription that differs.
    :ivar missing: people whom Bento does not have.
    :ivar by_field: how many people differ in each field.
    """

    recovery = "retry"
    sampled: int = 0
    different: int = 0
    missing: int = 0
    by_field: Mapping[str, int] = MappingProxyType({})


class BentoTooManyGone(BentoRunStopped):
    """More people left the source than ``max_gone`` allows, or all of them; nothing was sent.

    :ivar gone: people who were sent before and are no longer in the source.
    :ivar known: people who were sent before.
    :ivar allowed: most people who may be gone.
    """

    gone: int = 0
    known: int = 0
    allowed: int = 0

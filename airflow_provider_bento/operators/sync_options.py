"""The arguments of a task that sends only the difference: validated together, and as one value.

Tested by tests/unit/operators/test_sync_arguments.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from airflow_provider_bento.operators.arguments import WhenGone

__all__ = ["SyncOptions", "wrong_together"]

_MAX_GONE: Final = 0.05
_OF_SNAPSHOT: Final = ("once_by", "resend_after", "max_gone")
_ANYBODY: Final = "person@example.com"


@dataclass(frozen=True)
class SyncOptions:
    """How only the difference is sent.

    :param snapshot_path: the folder of what was sent.
    :param once_by: the field whose values are sent once; ``None``: people are compared by their whole record.
    :param when_gone: what is done about people who left the source.
    :param untag: the tags that they lose.
    :param max_gone: most people who may be gone: a count, or a fraction below 1.
    :param resend_after: seconds after which unchanged people are sent again.
    :param forget_after: seconds after which values of ``once_by`` are forgotten.
    :param full_refresh: ``True``: everything is sent, as always of dead letters (some are of people who were confirmed
        and differ now); ``"baseline"``: nothing is, and all is taken for confirmed.
    """

    snapshot_path: str
    once_by: str | None
    when_gone: WhenGone
    untag: tuple[str, ...]
    max_gone: float
    resend_after: float | None
    forget_after: float | None
    full_refresh: bool | str

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> SyncOptions | None:
        """Return it from validated arguments; ``None`` if everything is to be sent."""
        path = found.get("snapshot_path")
        if path is None:
            return None
        full = _word(found.get("full_refresh"))
        replays = found.get("replay_dead_letters") is not None and found.get("once_by") is None
        return cls(
            snapshot_path=str(path),
            once_by=found.get("once_by"),
            when_gone=found.get("when_gone", "ignore"),
            untag=tuple(found.get("untag", ())),
            max_gone=_MAX_GONE if found.get("max_gone") is None else found["max_gone"],
            resend_after=_seconds(found.get("resend_after")),
            forget_after=_seconds(found.get("forget_after")),
            full_refresh="baseline" if full == "baseline" else full == "true" or replays,
        )

    @property
    def takes_back(self) -> bool:
        """Whether something is done about people who are gone."""
        return self.when_gone != "ignore" and self.full_refresh != "baseline"


def wrong_together(found: Mapping[str, Any], *, complete: bool) -> Iterator[str]:
    """Yield what is wrong with arguments that are right one by one.

    :param found: name → value; an absent one is not an argument of this operator, or not known yet.
    :param complete: whether these are all arguments, so that an absent one is missing.
    """
    when_gone = found.get("when_gone", "ignore")
    if found.get("snapshot_path") is not None:
        if "once_by" in found and found["once_by"] is None:
            yield "snapshot_path needs once_by, the field by which a record is known"
    elif complete or "snapshot_path" in found:
        yield from _without_snapshot(found, when_gone)
    if found.get("forget_after") is not None and found.get("once_by") is None and (complete or "once_by" in found):
        yield "forget_after needs once_by"
    if when_gone != "ignore" and found.get("replay_dead_letters") is not None:
        yield "when_gone needs a source with everybody, but replay_dead_letters has only a part"
    if _word(found.get("full_refresh")) == "baseline" and found.get("replay_dead_letters") is not None:
        yield "full_refresh='baseline' would note records of replay_dead_letters as confirmed that never were"
    if complete:
        yield from _about_gone(found, when_gone)
    yield from _wrong_tags(found.get("untag"))


def _without_snapshot(found: Mapping[str, Any], when_gone: str) -> Iterator[str]:
    yield from (f"{name} needs snapshot_path" for name in _OF_SNAPSHOT if found.get(name) is not None)
    if when_gone != "ignore":
        yield "when_gone needs snapshot_path, which knows who was sent before"
    if _word(found.get("full_refresh")) != "false":
        yield "full_refresh needs snapshot_path"


def _about_gone(found: Mapping[str, Any], when_gone: str) -> Iterator[str]:
    if when_gone == "untag" and not found.get("untag"):
        yield "when_gone='untag' needs untag, a list of tags"
    if when_gone != "untag" and found.get("untag"):
        yield "untag needs when_gone='untag'"
    if when_gone == "unsubscribe" and found.get("max_gone") is None:
        yield "when_gone='unsubscribe' needs max_gone: say how many people may be unsubscribed, such as 0.01 for 1 %"
    if when_gone == "ignore" and found.get("max_gone") is not None:
        yield "max_gone needs when_gone='untag' or 'unsubscribe'"


def _wrong_tags(untag: Any) -> Iterator[str]:
    """Yield what Bento would not take as tags: nobody would lose them."""
    if not untag:
        return
    from airflow_provider_bento.api.records import parse_subscriber

    row = parse_subscriber({"email": _ANYBODY, "remove_tags": list(untag)})
    if isinstance(row, tuple):
        yield from (f"untag{error.field.removeprefix('remove_tags')} {error.reason}" for error in row)


def _word(full_refresh: Any) -> str:
    return str(full_refresh or False).strip().lower()


def _seconds(period: timedelta | None) -> float | None:
    return None if period is None else period.total_seconds()

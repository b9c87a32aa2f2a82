"""A task that reads only what is new: the value it begins with, and where the next one is kept.

Knows Airflow's context; :mod:`sync.watermark` knows when a watermark may move.

Tested by tests/unit/operators/test_watermark.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Protocol

from airflow_provider_bento.assets.bento import outlets_of_bento
from airflow_provider_bento.operators.watermark.sentinel import WATERMARK

if TYPE_CHECKING:
    import logging

    from airflow_provider_bento.delivery.checkpoint.store import KeyValueStore
    from airflow_provider_bento.delivery.counts import Report
    from airflow_provider_bento.delivery.source import Source
    from airflow_provider_bento.operators.task_run import TaskRun
    from airflow_provider_bento.stores.watermarks import WatermarkStore

__all__ = ["Watermark", "Watermarked", "watermark_of"]

_SINCE: Final = "watermark_since"
_SEEN: Final = "watermark_seen"


class Watermarked(Protocol):
    """What is needed of an operator."""

    watermark: str | None
    watermark_start: Any
    outlets: Any


class Watermark:
    """The watermark of one task in one run.

    The value that a run begins with is the same for all its attempts, although later runs may move the watermark: it is
    kept beside the checkpoint. So is the largest value that an attempt saw, for one that continues after it.

    :param column: the column.
    :param start: the value for the first run.
    :param store: where it is kept from run to run.
    :param of_run: what the attempts of this run share.
    :param log: the task's log.
    :param refresh: whether everything is read again, from ``start``.
    :raises BentoStateError: a store cannot be read.
    """

    def __init__(
        self,
        column: str,
        start: Any,
        *,
        store: WatermarkStore,
        of_run: KeyValueStore,
        log: logging.Logger,
        refresh: bool = False,
    ) -> None:
        self._column = column
        self._store = store
        self._of_run = of_run
        self._log = log
        self._source: Any = None
        self._stored = self._now()
        self.since = self._since(start, refresh=refresh)
        """What the run begins with; ``None``: there is neither a stored value nor a start."""

    def put_into(self, values: Any) -> Any:
        """Return a query's parameters, or a function's arguments, with the value for :data:`WATERMARK`.

        :param values: a dict, list or tuple; only its own values are looked at.
        """
        if isinstance(values, Mapping):
            return {name: self.since if one is WATERMARK else one for name, one in values.items()}
        if isinstance(values, list | tuple):
            return type(values)([self.since if one is WATERMARK else one for one in values])
        return values

    def around(self, source: Source) -> Source:
        """Return the source, watched.

        :param source: the rows, before their columns become fields.
        """
        from airflow_provider_bento.sources.watermarked import WatermarkedSource
        from airflow_provider_bento.sync.watermark import Watch

        self._source = WatermarkedSource(source, self._column, lambda: Watch(self._column, self._stored), self._keep)
        return self._source  # type: ignore[no-any-return]  # it is imported only here

    def interrupted(self) -> None:
        """Keep the largest value that this attempt saw, for the one that continues after it; never raises."""
        from airflow_provider_bento.exceptions import BentoError

        if self._source is not None and self._source.watched:
            try:
                self._keep(self._source.highest)
            except BentoError as error:  # the push has failed already, and for another reason
                self._log.debug("The watermark that was seen could not be kept: %s", error)

    def finish(self, report: Report) -> None:
        """Move the watermark to the largest value that was read, if every record is confirmed.

        :param report: what the push did, which has succeeded.
        :raises BentoSetupError: another run has stored a value that this one cannot be compared with.
        :raises BentoStateError: it cannot be stored; every record has been confirmed.
        """
        if report.dry:
            return
        reason = self._reason_to_stay(report)
        if reason is not None:
            self._log.warning("The watermark of %s stays: %s. The next run reads these rows again.", *reason)
            return
        self._move(self._highest(), read=report.counts.read)

    def _move(self, highest: Any, *, read: int) -> None:
        from airflow_provider_bento.sync.watermark import Watch, to_stored

        stored = self._now()
        if highest is None:
            self._log.info("The watermark of %s stays: %s.", self._column, _without_value(read))
            return
        Watch(self._column, stored).see(highest, 0)
        if stored is not None and highest <= stored:
            self._log.info("The watermark of %s stays: no row is newer.", self._column)
            return
        self._store.set(to_stored(self._column, highest))
        self._log.info("The watermark of %s has moved to the largest value of this run.", self._column)

    def _reason_to_stay(self, report: Report) -> tuple[str, str] | None:
        from airflow_provider_bento.sync.watermark import reason_to_stay

        reason = reason_to_stay(report.counts)
        return None if reason is None else (self._column, reason)

    def _highest(self) -> Any:
        if self._source is not None and self._source.watched:
            return self._source.highest
        return self._read(self._of_run.get(_SEEN))

    def _keep(self, highest: Any) -> None:
        from airflow_provider_bento.sync.watermark import to_stored

        if highest is not None:
            self._of_run.set(_SEEN, to_stored(self._column, highest))

    def _now(self) -> Any:
        return self._read(self._store.get())

    def _read(self, stored: Any) -> Any:
        from airflow_provider_bento.sync.watermark import from_stored

        return from_stored(self._column, stored)

    def _since(self, start: Any, *, refresh: bool) -> Any:
        """Return what the run begins with, and keep for its other attempts whether that is a stored value."""
        from airflow_provider_bento.sync.watermark import to_stored

        kept = self._of_run.get(_SINCE)
        if kept is None:
            begins = None if refresh else self._stored
            self._of_run.set(_SINCE, {"start": True} if begins is None else to_stored(self._column, begins))
        else:
            begins = None if "start" in kept else self._read(kept)
        whence = "watermark_start" if begins is None else "the stored watermark"
        self._log.info("This run reads what is new in %s, from %s on.", self._column, whence)
        return start if begins is None else begins


def watermark_of(
    operator: Watermarked,
    context: Mapping[str, Any],
    log: logging.Logger,
    *,
    checkpoint_path: str | None,
    validate_only: bool,
    full_refresh: bool,
) -> Watermark:
    """Return the watermark of a task that has one.

    :param operator: the task's, with its rendered arguments.
    :param context: Airflow's.
    :param log: the task's log.
    :param checkpoint_path: a folder for files, if the task has one.
    :param validate_only: whether nothing is sent, so that nothing is kept.
    :param full_refresh: whether everything is read again.
    :raises BentoSetupError: there is no place to keep it.
    :raises BentoStateError: a store cannot be read.
    """
    from airflow_provider_bento.delivery.checkpoint.store import MemoryStore
    from airflow_provider_bento.operators.task_run import TaskRun, store_for, text_or_none

    run = TaskRun.of(context)
    lasting = not validate_only and (context.get("task_state_store") is not None or checkpoint_path)
    folder = checkpoint_path or text_or_none(getattr(operator, "snapshot_path", None))
    return Watermark(
        str(operator.watermark),
        operator.watermark_start,
        store=_store(operator, context, run, folder),
        of_run=store_for(context, run, checkpoint_path) if lasting else MemoryStore(),
        log=log,
        refresh=full_refresh,
    )


def _store(operator: Watermarked, context: Mapping[str, Any], run: TaskRun, folder: str | None) -> WatermarkStore:
    from airflow_provider_bento.exceptions import BentoSetupError
    from airflow_provider_bento.stores.watermarks import AssetWatermarks, FileWatermarks

    names = (run.dag_id, run.task_id, str(run.map_index))
    accessors, assets = context.get("asset_state_store"), outlets_of_bento(operator.outlets)
    if accessors is not None and len(assets) == 1:
        return AssetWatermarks(accessors[assets[0]], ".".join(names))
    if folder:
        return FileWatermarks(folder, "/".join(names))
    raise BentoSetupError("A watermark needs a place from run to run: pass snapshot_path or checkpoint_path.")


def _without_value(read: int) -> str:
    if not read:
        return "no row was read"
    return "no value was seen, because all rows have NULL, or an attempt that was killed had read them"

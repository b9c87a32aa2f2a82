"""The three operators: their arguments and what they promise. How they work is in :mod:`.batch`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.links.bento import BentoDashboardLink
from airflow_provider_bento.operators.batch import BentoBatchOperator
from airflow_provider_bento.operators.records import NotGiven

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.chunks import Parse
    from airflow_provider_bento.delivery.ledger import Report

__all__ = ["BentoBatchEventsOperator", "BentoBatchSubscribersOperator", "BentoBroadcastOperator"]

_SHARED_FIELDS = (
    "bento_conn_id",
    "rejects_path",
    "in_doubt",
    "validate_only",
    "checkpoint_path",
    "sql",
    "sql_parameters",
    "dead_letters",
)
_NONE = NotGiven.NOT_GIVEN


class BentoBatchSubscribersOperator(BentoBatchOperator):
    """Creates or updates people in Bento, matched by e-mail; starts no automations.

    Each record is a dict with ``email``; ``first_name``, ``last_name``, ``tags``, ``remove_tags`` have a meaning of
    their own, every other key becomes a custom field. A repeated request changes nothing, so an unknown outcome is
    simply sent again. Bento queues imports: what it accepted appears within minutes.

    .. code-block:: python

        BentoBatchSubscribersOperator(task_id="push", subscribers=read_customers())

    :param subscribers: a list of dicts, another task's result (``.output``, a TaskFlow call, a mapped task's results),
        a template that gives a list or JSON text of one, a path or URI of files (JSON Lines, CSV, Parquet, also
        compressed, folders and patterns), or a dataframe. No Jinja runs inside the records. For a query see ``sql``.
    :param merge_duplicates: merges rows of one e-mail as Bento would (last value wins, tags united) before sending.
    :param isolate_refused: where Bento refuses some of a chunk and reports only how many, find them by sending halves
        again, within the rate limit; default False: all of the chunk are noted as suspects.

    All other arguments: :class:`~airflow_provider_bento.operators.batch.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/subscribers
    """

    endpoint: ClassVar[Endpoint] = "subscribers"
    default_in_flight: ClassVar[int] = 4
    template_fields: Sequence[str] = ("subscribers", *_SHARED_FIELDS)

    def __init__(
        self,
        *,
        subscribers: Any = _NONE,
        merge_duplicates: bool = False,
        isolate_refused: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.subscribers = self.conceal(subscribers)
        self.merge_duplicates = merge_duplicates
        self.isolate_refused = isolate_refused

    def screen(self) -> Callable[[], Parse]:
        """Return the parser of subscribers."""
        from airflow_provider_bento.api.records import parse_subscriber

        return lambda: parse_subscriber


class BentoBatchEventsOperator(BentoBatchOperator):
    """Records events of people in Bento; starts the automations that listen to them.

    Each record is a dict with ``type`` and ``email``, and, where wanted, ``fields``, ``details`` and ``date``. An
    event is never sent twice on a guess: where a request's outcome is unknown the task stops and names the positions,
    unless every event of the chunk is harmless to repeat: a ``$purchase`` with ``details.unique.key`` (Bento counts
    its revenue once), or one with ``details.bypass_workflows`` (it starts nothing). Backfills should set the latter.

    .. code-block:: python

        BentoBatchEventsOperator(task_id="push", events=read_orders())

    :param events: as ``subscribers`` of :class:`BentoBatchSubscribersOperator`.

    All other arguments: :class:`~airflow_provider_bento.operators.batch.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/events
    """

    endpoint: ClassVar[Endpoint] = "events"
    template_fields: Sequence[str] = ("events", *_SHARED_FIELDS)

    def __init__(self, *, events: Any = _NONE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.events = self.conceal(events)

    def screen(self) -> Callable[[], Parse]:
        """Return the parser of events."""
        from airflow_provider_bento.api.records import parse_event

        return lambda: parse_event


class BentoBroadcastOperator(BentoBatchOperator):
    """Creates broadcasts in Bento, as drafts unless the DAG says otherwise twice.

    Each record is a dict with ``name``, ``subject``, ``content``, ``type`` and ``from``. A record with
    ``approved: True`` and ``send_at`` is mailed by Bento without a further human step, and is taken only with
    ``allow_send=True``. Bento does not recognise repeats: where a request's outcome is unknown, the broadcasts are
    looked for by name, and one that would be mailed is never made again on a guess. Names must differ within a run;
    put the run into them: ``"Digest {{ ds }}"``.

    .. code-block:: python

        BentoBroadcastOperator(task_id="draft", broadcasts=[{"name": "Digest {{ ds }}", …}])

    :param broadcasts: as ``subscribers`` of :class:`BentoBatchSubscribersOperator`.
    :param allow_send: allows records with ``approved: True``.
    :param to_everyone: allows records with neither ``inclusive_tags`` nor ``segment_id``.
    :param template_keys: keys of a literal record in which Airflow's Jinja runs; never ``content`` or ``subject``
        unless you mean it: Bento's Liquid looks the same.

    All other arguments: :class:`~airflow_provider_bento.operators.batch.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/broadcasts
    """

    endpoint: ClassVar[Endpoint] = "broadcasts"
    template_fields: Sequence[str] = ("broadcasts", *_SHARED_FIELDS)
    operator_extra_links = (BentoDashboardLink(),)

    def __init__(
        self,
        *,
        broadcasts: Any = _NONE,
        allow_send: bool = False,
        to_everyone: bool = False,
        template_keys: Sequence[str] = ("name", "send_at"),
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.broadcasts = self.conceal(broadcasts)
        self.allow_send = allow_send
        self.to_everyone = to_everyone
        self.template_keys = template_keys

    @property
    def rendered_keys(self) -> Sequence[str]:  # type: ignore[override]  # an argument here, empty for the others
        """Return ``template_keys``."""
        return self.template_keys

    def screen(self) -> Callable[[], Parse]:
        """Return what parses broadcasts under this operator's guards, knowing the names it has seen."""
        from airflow_provider_bento.api.records import broadcast_screen

        return lambda: broadcast_screen(allow_send=self.allow_send, to_everyone=self.to_everyone)

    def after(self, report: Report, context: Any) -> None:
        """Leave the address of what was made for the link on the task's page."""
        url = next((made.dashboard_url for made in report.books.created if made.dashboard_url), None)
        if url and context.get("ti") is not None:
            context["ti"].xcom_push(key=BentoDashboardLink.xcom_key, value=url)

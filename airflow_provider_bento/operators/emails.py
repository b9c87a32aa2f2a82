"""The operator of single emails: its arguments and its guarantees. How it works is in :mod:`.base`.

Tested by tests/unit/operators/test_operators_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Unpack

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.operators.base import SHARED_FIELDS, BentoBatchOperator
from airflow_provider_bento.operators.records_argument import REQUIRED, NotGiven

if TYPE_CHECKING:
    from datetime import timedelta

    from airflow.sdk import XComArg

    from airflow_provider_bento.delivery.push import OnInvalidRecord
    from airflow_provider_bento.delivery.validated_rows import Parse
    from airflow_provider_bento.operators.arguments import (
        Columns,
        FilePath,
        OnEmpty,
        OperatorArguments,
        WhenInDoubt,
    )
    from airflow_provider_bento.sources.files.options import FileOptions

__all__ = ["BentoBatchEmailsOperator"]


class BentoBatchEmailsOperator(BentoBatchOperator):
    """Sends emails to single people, such as receipts and notices, one for each record and each at most once.

    Each record is a dict with ``to``, ``subject``, ``html_body`` or ``text_body``, and optionally ``from``,
    ``personalizations`` (values for Bento's Liquid in the subject and the bodies), ``reply_to``, ``cc`` and ``bcc``.
    Up to 60 travel in one request, all from one sender, which must be an author in Bento. Bento's emails have no
    attachments. Bento sends every copy of an email: if a request's outcome is unknown, it is not sent again. The task
    stops and names the positions, unless ``in_doubt`` says otherwise.

    .. code-block:: python

        BentoBatchEmailsOperator(task_id="push", transactional=True, emails=read_receipts())

    :param emails: a list of dicts, another task's result (``.output``, a TaskFlow call, a mapped task's results), a
        template that renders as a list or JSON text of one, a path or URI of files, or a dataframe; for details
        see ``subscribers`` of :class:`BentoBatchSubscribersOperator`.
    :param transactional: required. ``True``: the emails also go to people who unsubscribed; only for emails that
        people need, such as receipts. ``False``: they do not.
    :param template_keys: keys of a literal record in which Airflow's Jinja runs; default: none, because the subject and
        the bodies may contain Bento's Liquid, which uses the same braces.
    :param once_by: a field of the record, dots nest (``"details.order_id"``), or else a column of the row: an email
        (to the same address) whose value was sent, or may have been sent, by any earlier run is not sent again. Needs
        ``snapshot_path``.
    :param snapshot_path: a folder for what was sent, as keyed hashes; any ObjectStoragePath.
    :param forget_after: a ``timedelta``: values that were sent longer ago are forgotten, so that the folder does not
        grow for ever; default: none is forgotten.
    :param watermark: a column whose largest value is remembered after each run in which every record was confirmed; the
        next run reads only what is newer. For ``sql`` (which takes it as
        :data:`~airflow_provider_bento.operators.bento.WATERMARK` in ``sql_parameters``) and for functions (as the
        argument ``watermark``). See ``docs/how-to/keep-in-step.md``.
    :param watermark_start: the value for the first run; required for ``sql``.

    Records without ``from`` get the sender in the extra ``from`` of the connection.
    :param in_doubt: as of :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`, and ``"ask"``: like
        ``"hold"``, but the task waits, without a worker slot, until a person decides in Airflow's UI (Required
        Actions). Before Airflow 3.3, and in ``dag.test()``, it is ``"hold"``. See ``docs/how-to/answer-a-doubt.md``.
    :param ask_timeout: a ``timedelta`` after which a question without an answer becomes ``"hold"``; default: never.
    :param ask_users: who may answer: a list of users' ids, or of dicts with ``id`` and ``name``; default: everybody
        who may edit tasks.

    All other arguments: :class:`~airflow_provider_bento.operators.base.BentoBatchOperator`.

    .. seealso:: https://bentonow.com/docs/emails
    """

    _endpoint: ClassVar[Endpoint] = "emails"
    template_fields: Sequence[str] = ("emails", "snapshot_path", "watermark_start", *SHARED_FIELDS)

    def __init__(
        self,
        *,
        emails: Any = NotGiven.NOT_GIVEN,
        transactional: bool = REQUIRED,
        template_keys: Sequence[str] = (),
        once_by: str | None = None,
        snapshot_path: FilePath | None = None,
        forget_after: timedelta | None = None,
        watermark: str | None = None,
        watermark_start: Any = None,
        bento_conn_id: str = "bento_default",
        chunk_size: int | None = None,
        max_chunk_bytes: int = contract.MAX_CHUNK_BYTES,
        on_invalid_record: OnInvalidRecord = "fail",
        max_failed: float = 0,
        dead_letters_path: FilePath | None = None,
        on_empty: OnEmpty = "success",
        in_doubt: WhenInDoubt | None = None,
        ask_timeout: timedelta | None = None,
        ask_users: Sequence[str | Mapping[str, str]] | None = None,
        validate_only: bool | str = False,
        checkpoint_path: FilePath | None = None,
        release_slot_after: float | None = 60.0,
        max_in_flight: int | None = None,
        max_attempts: int = 5,
        sql: str | XComArg | None = None,
        sql_conn_id: str | None = None,
        sql_parameters: Any = None,
        resume_key: str | None = None,
        columns: Columns | None = None,
        constants: Mapping[str, Any] | XComArg | str | None = None,
        file_options: FileOptions | None = None,
        replay_dead_letters: FilePath | None = None,
        retry_policy: Any = NotGiven.BENTOS_POLICY,
        **kwargs: Unpack[OperatorArguments],
    ) -> None:
        if snapshot_path is not None or watermark is not None:  # of two runs at once, the older one could end last
            kwargs.setdefault("max_active_tis_per_dag", 1)
        super().__init__(
            records=emails,
            bento_conn_id=bento_conn_id,
            chunk_size=chunk_size,
            max_chunk_bytes=max_chunk_bytes,
            on_invalid_record=on_invalid_record,
            max_failed=max_failed,
            dead_letters_path=dead_letters_path,
            on_empty=on_empty,
            in_doubt=in_doubt,
            validate_only=validate_only,
            checkpoint_path=checkpoint_path,
            release_slot_after=release_slot_after,
            max_in_flight=max_in_flight,
            max_attempts=max_attempts,
            sql=sql,
            sql_conn_id=sql_conn_id,
            sql_parameters=sql_parameters,
            resume_key=resume_key,
            columns=columns,
            constants=constants,
            file_options=file_options,
            replay_dead_letters=replay_dead_letters,
            retry_policy=retry_policy,
            **kwargs,
        )
        self.transactional = transactional
        self.template_keys = template_keys
        self.once_by = once_by
        self.snapshot_path = snapshot_path
        self.forget_after = forget_after
        self.watermark = watermark
        self.watermark_start = watermark_start
        self.ask_timeout = ask_timeout
        self.ask_users = ask_users
        self._accept()

    @property
    def _rendered_keys(self) -> Sequence[str]:  # type: ignore[override]  # an argument here, empty for most
        """Return ``template_keys``."""
        return self.template_keys

    def _new_parser(self) -> Callable[[], Parse]:
        """Return the parser of emails; it knows the connection's sender.

        :raises BentoSetupError: the connection does not exist or is invalid.
        """
        from airflow_provider_bento.api.records import email_parser
        from airflow_provider_bento.hooks.bento import BentoHook

        sender = BentoHook(self.bento_conn_id).settings.sender
        return self._watched_parser(lambda: email_parser(transactional=self.transactional, sender=sender))

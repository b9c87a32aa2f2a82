"""The hook: calls Bento with an Airflow connection. It handles Airflow's part; the core handles Bento's.

Tested by tests/unit/hooks/test_hook_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks.commands import Commands
from airflow_provider_bento.hooks.single_calls import SingleCalls
from airflow_provider_bento.version_compat import AirflowNotFoundException, BaseHook, mask_secret

if TYPE_CHECKING:
    from airflow_provider_bento.api.client import BentoClient
    from airflow_provider_bento.api.receipt import Receipt
    from airflow_provider_bento.connection import Settings
    from airflow_provider_bento.delivery.pacing import Pacer
    from airflow_provider_bento.delivery.request_loop import RequestLoop, Send

T = TypeVar("T")


class BentoHook(Commands, SingleCalls, BaseHook):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """Talks to one Bento site with the keys of an Airflow connection, within its rate limit.

    Every method except ``find_broadcasts`` sends one request. It is repeated only if repeating is harmless or if
    Bento certainly has not processed it. If Bento accepts none of the records, ``BentoRefusedError`` is raised; if it
    accepts some, a warning is logged and the receipt has the counts. For lists of any length use the operators, which
    split, count and resume.

    .. code-block:: python

        hook = BentoHook()
        hook.add_tag("ann@example.com", "vip")
        person = hook.get_subscriber(email="ann@example.com")

    :param bento_conn_id: id of a connection of type ``bento``.
    :param connections: the maximum number of concurrent requests.
    :param stopped: returns whether the task is stopping; nothing more is sent then.

    .. seealso:: https://bentonow.com/docs
    """

    conn_name_attr = "bento_conn_id"
    default_conn_name = "bento_default"
    conn_type = "bento"
    hook_name = "Bento"

    def __init__(
        self,
        bento_conn_id: str = default_conn_name,
        *,
        connections: int = 1,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        super().__init__()
        self.bento_conn_id = bento_conn_id
        self._connections = connections
        self._stopped = stopped

    @classmethod
    def get_connection_form_widgets(cls) -> dict[str, Any]:
        """Return the extra fields of the form, for Airflow before 3.2."""
        from airflow_provider_bento.connection.form import get_connection_form_widgets

        return get_connection_form_widgets()

    @classmethod
    def get_ui_field_behaviour(cls) -> dict[str, Any]:
        """Return labels and placeholders of the form, for Airflow before 3.2."""
        from airflow_provider_bento.connection.form import get_ui_field_behaviour

        return get_ui_field_behaviour()

    @cached_property
    def settings(self) -> Settings:
        """The checked settings of the connection.

        :raises BentoSetupError: the connection does not exist, or a setting is missing or invalid; the message
            explains where to set it.
        """
        return self._read_settings()

    def _read_settings(self, warn: Callable[[str], None] | None = None) -> Settings:
        from airflow_provider_bento.connection import parse_connection, secrets_of

        settings = parse_connection(self._found_connection(), warn)
        for secret in secrets_of(settings):
            mask_secret(secret)
        return settings

    def _found_connection(self) -> Any:
        try:
            return self.get_connection(self.bento_conn_id)
        except AirflowNotFoundException:
            from airflow_provider_bento.connection.attributes import not_found

            raise not_found(self.bento_conn_id) from None

    @cached_property
    def pacer(self) -> Pacer:
        """The rate-limit budget of this connection's site, shared by all its callers."""
        from airflow_provider_bento.delivery.pacing.factory import make_pacer

        settings = self.settings
        key = (settings.base_url, settings.site_uuid.casefold())
        return make_pacer(settings.pacing, key=key, rates=settings.rate_limit)

    def get_conn(self) -> BentoClient:
        """Return the client; the same one each time."""
        return self._client

    @cached_property
    def _client(self) -> BentoClient:
        return self._new_client(self.settings.connect_timeout, self.settings.read_timeout)

    def _new_client(self, connect_timeout: float, read_timeout: float) -> BentoClient:
        from airflow_provider_bento.api.client import BentoClient

        settings = self.settings
        return BentoClient(
            settings.base_url,
            settings.publishable_key,
            settings.secret_key,
            settings.site_uuid,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            connections=self._connections,
            stopped=self._stopped,
        )

    def test_connection(self) -> tuple[bool, str]:
        """Read the site's tags once, without retries, and report whether it worked.

        :returns: whether it works, and a sentence without any key.
        """
        from airflow_provider_bento.hooks.check_connection import check_connection

        doubts = list[str]()

        def new_client(connect_timeout: float, read_timeout: float) -> BentoClient:
            self.settings = self._read_settings(doubts.append)
            return self._new_client(connect_timeout, read_timeout)

        return check_connection(new_client, lambda: self.settings.base_url, doubts)

    def request_loop(self, send: Send[T], **options: Any) -> RequestLoop[T]:
        """Return a loop that calls ``send`` within this connection's budget and repeats it only if that is safe.

        :param options: of :class:`~airflow_provider_bento.delivery.request_loop.RequestLoop`, such as ``stopped``.
        """
        from airflow_provider_bento.delivery.clock import SystemClock
        from airflow_provider_bento.delivery.request_loop import RequestLoop

        options = {"stopped": self._stopped, **options}
        clock = options.pop("clock", None) or SystemClock()
        return RequestLoop(send, self.pacer, clock, connect=self._client.open, **options)

    def import_subscribers(self, subscribers: Sequence[Mapping[str, Any]]) -> Receipt:
        """Create or update up to 1000 people by email; starts no automations (POST /batch/subscribers)."""
        from airflow_provider_bento.api.records import parse_subscriber

        return self._batch(contract.BATCH_SUBSCRIBERS, subscribers, parse_subscriber)

    def send_events(self, events: Sequence[Mapping[str, Any]]) -> Receipt:
        """Record up to 1000 events; starts the automations triggered by them (POST /batch/events)."""
        from airflow_provider_bento.api.records import parse_event

        return self._batch(contract.BATCH_EVENTS, events, parse_event)

    def create_broadcasts(
        self, broadcasts: Sequence[Mapping[str, Any]], *, allow_send: bool = False, to_everyone: bool = False
    ) -> Receipt:
        """Create up to 100 broadcasts, as drafts unless a record has ``approved: true`` and ``allow_send`` is true.

        :param allow_send: allows records with ``approved: true``, which are sent without further human action.
        :param to_everyone: allows records without ``inclusive_tags`` and ``segment_id``.
        """
        from airflow_provider_bento.api.records import broadcast_parser

        parse = broadcast_parser(allow_send=allow_send, to_everyone=to_everyone)
        return self._batch(contract.BATCH_BROADCASTS, broadcasts, parse)

    def _batch(self, call: contract.Call, rows: Sequence[Any], parse: Callable[[Any], Any]) -> Receipt:
        from airflow_provider_bento.delivery.single_request import one_batch

        request, idempotent = one_batch(call, rows, parse)
        return self._counted(call, self.request_loop(self._client.send_batch).run(request, idempotent=idempotent))

    def _counted(self, call: contract.Call, receipt: Receipt) -> Receipt:
        """Return the receipt, after a warning about what Bento rejected, because most callers ignore the receipt."""
        from airflow_provider_bento.exceptions import BentoRefusedError

        if receipt.rejected:
            reasons = "; ".join(dict.fromkeys(failure.reason for failure in receipt.failures)) or "no reason given"
            words = f"{call.path}: Bento rejected {receipt.rejected} of {receipt.sent} ({reasons})."
            if not receipt.accepted:
                raise BentoRefusedError(words, endpoint=call.path, receipt=receipt)
            self.log.warning("%s The rest were accepted; do not resend the whole batch.", words)
        return receipt

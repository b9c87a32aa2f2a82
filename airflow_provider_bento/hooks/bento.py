"""The hook: calls Bento with an Airflow connection. It handles Airflow's part; the core handles Bento's.

Tested by tests/unit/hooks/test_hook_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow_provider_bento.hooks.batches import Batches
from airflow_provider_bento.hooks.broadcasts import Broadcasts
from airflow_provider_bento.hooks.commands import Commands
from airflow_provider_bento.hooks.emails import Emails
from airflow_provider_bento.hooks.experimental import Experimental
from airflow_provider_bento.hooks.people import People
from airflow_provider_bento.hooks.sequences import Sequences
from airflow_provider_bento.hooks.site_contents import SiteContents
from airflow_provider_bento.hooks.stats import Stats
from airflow_provider_bento.hooks.tags_and_fields import TagsAndFields
from airflow_provider_bento.version_compat import AirflowNotFoundException, BaseHook, mask_secret

if TYPE_CHECKING:
    from airflow_provider_bento.api.client import BentoClient
    from airflow_provider_bento.connection import Settings
    from airflow_provider_bento.delivery.pacing import Pacer
    from airflow_provider_bento.delivery.request_loop import RequestLoop, Send

T = TypeVar("T")


class BentoHook(
    Batches,
    Commands,
    Emails,
    People,
    TagsAndFields,
    Broadcasts,
    Sequences,
    SiteContents,
    Stats,
    Experimental,
    BaseHook,  # type: ignore[misc]  # Airflow is not followed by the type checker
):
    """Talks to one Bento site with the keys of an Airflow connection, within its rate limit.

    A method sends one request, except those that find, iterate or look first. A request is repeated only if repeating
    is harmless or if Bento certainly has not processed it. If Bento accepts none of the records, ``BentoRefusedError``
    is raised; if it accepts some, a warning is logged and the receipt has the counts. For lists of any length use the
    operators, which split, count and resume.

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
        """Return the extra fields of the form, for Airflow before 3.2; none without Flask-AppBuilder."""
        from airflow_provider_bento.connection.form import get_connection_form_widgets

        try:
            return get_connection_form_widgets()
        except ImportError:  # if it is raised, Airflow 3.0 leaves out the labels and placeholders as well
            return {}

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
        from airflow_provider_bento.delivery.request_loop import RequestLoop

        options = {"stopped": self._stopped, **options}
        clock = options.pop("clock", None) or self.clock
        return RequestLoop(send, self.pacer, clock, connect=self._client.open, **options)

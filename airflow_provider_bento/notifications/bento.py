"""The notifier for Airflow's callbacks, and the backend for ``[email] email_backend``.

Tested by tests/unit/notifications/test_notifier.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.notifications.alerts import PATIENCE, Alert, check_patience, send_alert
from airflow_provider_bento.notifications.email_backend import send_email
from airflow_provider_bento.notifications.templates import HTML_CONTENT, SUBJECT
from airflow_provider_bento.version_compat import AirflowNotFoundException, BaseNotifier, mask_secret

if TYPE_CHECKING:
    from airflow_provider_bento.connection import Settings
    from airflow_provider_bento.hooks.bento import BentoHook

__all__ = ["BentoEmailNotifier", "send_bento_email_notification", "send_email"]


class BentoEmailNotifier(BaseNotifier):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """Emails people by Bento if a task or a DAG fails, succeeds or is late: for callbacks and deadline alerts.

    Sends one request (POST /batch/emails) with a transactional email for each recipient, at most once: if the outcome
    is unknown, an error is raised and nothing is repeated. An error never contains an address.

    .. code-block:: python

        PythonOperator(task_id="load", python_callable=load, on_failure_callback=BentoEmailNotifier())

    :param to: addresses as a list, or as text with commas or semicolons; at most 60. None: the extra ``alerts_to`` of
        the connection. Airflow sends the arguments of a deadline alert to OpenLineage, so leave it out there.
    :param subject: one line.
    :param html_content: the body.
    :param from_email: the address of an author in Bento; None: the extra ``from`` of the connection.
    :param personalizations: values for Bento's Liquid in subject and body: a flat dict.
    :param bento_conn_id: id of a connection of type ``bento``.
    :param patience: seconds to wait for the rate limit, in all; if it takes longer, the email is not sent.
    :param context: what Airflow passes to the callback of a deadline alert.
    :raises BentoSetupError: ``patience`` is not a number of seconds from 0 on.

    Jinja runs in the first five arguments. Liquid in them must be escaped: ``{% raw %}{{ visitor.first_name }}{% endraw
    %}``.

    .. seealso:: https://airflow.apache.org/docs/apache-airflow/stable/howto/notifications.html
    """

    template_fields: Sequence[str] = ("to", "from_email", "subject", "html_content", "personalizations")

    def __init__(
        self,
        *,
        to: str | Iterable[str] | None = None,
        subject: str = SUBJECT,
        html_content: str = HTML_CONTENT,
        from_email: str | None = None,
        personalizations: Mapping[str, Any] | None = None,
        bento_conn_id: str = "bento_default",
        patience: float = PATIENCE,
        context: Any = None,
    ) -> None:
        check_patience(patience)
        super().__init__(**({} if context is None else {"context": context}))  # Airflow 2.11 knows no context here
        self.to = to
        self.subject = subject
        self.html_content = html_content
        self.from_email = from_email
        self.personalizations = personalizations
        self.bento_conn_id = bento_conn_id
        self.patience = patience

    def __call__(self, *args: Any) -> None:
        """Render a copy and send it: one notifier may be the callback of many tasks, and rendering is irreversible.

        :param args: the context of the callback.
        """
        super(BentoEmailNotifier, copy(self)).__call__(*args)

    def notify(self, context: Any) -> None:  # noqa: ARG002  (the templates have read it)
        """Send the email; called by Airflow after it has rendered the templates.

        :raises BentoError: it was not sent, or it is unknown whether it was sent.
        """
        self._send(self._hook())

    async def async_notify(self, context: Any) -> None:  # noqa: ARG002  (the templates have read it)
        """Send the email from a thread, so that the triggerer's other work continues meanwhile.

        :raises BentoError: it was not sent, or it is unknown whether it was sent.
        """
        hook = self._hook()
        if hasattr(hook, "aget_connection"):  # from 3.1 on
            hook.settings = await self._settings(hook)
        await asyncio.to_thread(self._send, hook)

    def _update_context(self, context: Any) -> Any:
        """Return the context without the recipients: Airflow 3 logs it if the callback of a deadline alert fails."""
        return context

    def _hook(self) -> BentoHook:
        from airflow_provider_bento.hooks.bento import BentoHook

        return BentoHook(self.bento_conn_id)

    async def _settings(self, hook: BentoHook) -> Settings:
        """Return the settings; reading the connection in the usual way would block the triggerer's loop."""
        from airflow_provider_bento.connection import parse_connection, secrets_of
        from airflow_provider_bento.connection.attributes import not_found

        try:
            settings = parse_connection(await hook.aget_connection(self.bento_conn_id))
        except AirflowNotFoundException:
            raise not_found(self.bento_conn_id) from None
        for secret in secrets_of(settings):
            mask_secret(secret)
        return settings

    def _send(self, hook: BentoHook) -> None:
        alert = Alert(
            to=self.to,
            subject=self.subject,
            html_content=self.html_content,
            from_email=self.from_email,
            personalizations=self.personalizations,
        )
        send_alert(hook, alert, self.patience)


def send_bento_email_notification(**kwargs: Any) -> BentoEmailNotifier:
    """Return a :class:`BentoEmailNotifier`; the name follows those of Airflow's other providers."""
    return BentoEmailNotifier(**kwargs)

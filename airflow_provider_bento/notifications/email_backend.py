"""Airflow's ``[email] email_backend``: sends what Airflow itself mails, such as ``email_on_failure``.

Tested by tests/unit/notifications/test_email_backend.py.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from email.utils import parseaddr
from typing import Any, Final

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.notifications.alerts import Alert, send_alert

__all__ = ["send_email"]

_log = logging.getLogger(__name__)
_CONNECTION: Final = "bento_default"
_NOT_SET: Final = frozenset({None, "", "smtp_default", "airflow@airflow"})
"""What Airflow passes for ``email_conn_id`` and ``from_email`` if they are not set."""


def send_email(  # noqa: PLR0917  (the signature is Airflow's)
    to: str | Iterable[str],
    subject: str,
    html_content: str,
    files: list[str] | None = None,
    dryrun: bool = False,  # noqa: FBT001, FBT002  (Airflow's)
    cc: str | Iterable[str] | None = None,
    bcc: str | Iterable[str] | None = None,
    mime_subtype: str = "mixed",  # noqa: ARG001  (Airflow passes it)
    mime_charset: str = "utf-8",  # noqa: ARG001  (Airflow passes it)
    conn_id: str | None = None,
    from_email: str | None = None,
    custom_headers: Mapping[str, Any] | None = None,
    **kwargs: Any,  # noqa: ARG001  (Airflow passes it)
) -> None:
    """Send an email by Bento, as a transactional one, at most once; the signature is that of Airflow's own backends.

    :param to: addresses as text with commas or semicolons, or as a list; at most 60, each gets an email of its own.
    :param files: must be empty: Bento's emails have no attachments.
    :param dryrun: nothing is sent.
    :param cc: sent with the first recipient's email; so is ``bcc``.
    :param conn_id: ``[email] email_conn_id``; Airflow's default ``smtp_default`` means ``bento_default``.
    :param from_email: ``[email] from_email``, with or without a display name; if it is not set, the connection's
        ``from``.
    :param custom_headers: ignored with a warning: Bento sends none.
    :raises BentoError: it was not sent, or it is unknown whether it was sent.
    """
    if files:
        raise BentoSetupError(
            "Bento's emails have no attachments, so the email was not sent. Put the files where the recipients can "
            "download them, and link to them in html_content."
        )
    if dryrun:
        return
    if custom_headers:
        _log.warning("Bento sends no custom headers; left out of an email: %s.", len(custom_headers))
    from airflow_provider_bento.hooks.bento import BentoHook

    alert = Alert(
        to=_given(to),
        subject=subject,
        html_content=html_content,
        from_email=_bare(from_email),
        cc=_given(cc),
        bcc=_given(bcc),
    )
    send_alert(BentoHook(_CONNECTION if conn_id in _NOT_SET else str(conn_id)), alert)


def _bare(from_email: str | None) -> str | None:
    """Return the address without its display name; Airflow allows both forms in its settings."""
    return None if from_email in _NOT_SET else parseaddr(str(from_email))[1] or from_email


def _given(addresses: str | Iterable[str] | None) -> Any:
    return (addresses or "") if addresses is None or isinstance(addresses, str) else list(addresses)

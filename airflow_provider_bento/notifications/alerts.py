"""One alert to one email for each recipient, and all of them in one request; knows no template and no context.

Tested by tests/unit/notifications/test_alerts.py.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.api.contract import BATCH_EMAILS
from airflow_provider_bento.exceptions import BentoRefusedError, BentoSetupError

if TYPE_CHECKING:
    from airflow_provider_bento.api.receipt import Receipt
    from airflow_provider_bento.connection import Settings
    from airflow_provider_bento.hooks.bento import BentoHook

__all__ = ["PATIENCE", "Alert", "check_patience", "send_alert"]

PATIENCE: Final = 30.0
"""Seconds that an alert waits for the rate limit by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An email to some people; its ``repr`` shows none of it.

    :param to: addresses as a list, or as text with commas or semicolons; ``None``: the connection's ``alerts_to``.
    :param subject: one line; line breaks become blanks.
    :param html_content: the body.
    :param from_email: the sender's bare address; ``None``: the connection's ``from``.
    :param personalizations: values for the Liquid of subject and body, the same for all recipients.
    :param cc: addresses like ``to``, sent with the first recipient's email only; so are those of ``bcc``.
    """

    to: Any
    subject: str
    html_content: str
    from_email: str | None = None
    personalizations: Mapping[str, Any] | None = None
    cc: Any = None
    bcc: Any = None

    def __repr__(self) -> str:
        return "Alert()"

    def emails(self, settings: Settings, conn_id: str) -> list[dict[str, Any]]:
        """Return the records of POST /batch/emails, one for each recipient.

        :raises BentoSetupError: no recipient, an invalid one, or more than one request takes; no sender.
        """
        given: dict[str, Any] = {
            "from": self.from_email or settings.sender,
            "subject": " ".join(_text(self.subject).split()),
            "html_body": _text(self.html_content),
            "personalizations": self.personalizations,
        }
        if not given["from"]:
            raise BentoSetupError(
                "The email has no sender, so it was not sent. Set from_email, or the extra from of connection "
                f"{conn_id!r}, to the address of an author in Bento."
            )
        shared = {name: value for name, value in given.items() if value}
        emails: list[dict[str, Any]] = [{"to": address, **shared} for address in self._recipients(settings, conn_id)]
        copies = {name: _addresses(name, value) for name, value in (("cc", self.cc), ("bcc", self.bcc)) if value}
        emails[0].update(copies)
        return emails

    def _recipients(self, settings: Settings, conn_id: str) -> tuple[str, ...]:
        found = settings.alerts_to if self.to is None else _addresses("to", self.to)
        if not found:
            raise BentoSetupError(
                "The email has no recipient, so it was not sent. Set to, or the extra alerts_to of connection "
                f"{conn_id!r}."
            )
        if len(found) > BATCH_EMAILS.max_records:
            raise BentoSetupError(
                f"The email has {len(found)} recipients, but one request takes {BATCH_EMAILS.max_records}. It was not "
                "sent. Send it to a mailing list, or use an operator."
            )
        return found


def check_patience(patience: Any) -> None:
    """Raise unless it is a number of seconds.

    :raises BentoSetupError: it is no number, negative, or not finite.
    """
    number = isinstance(patience, int | float) and not isinstance(patience, bool)
    if not number or not 0 <= patience < math.inf:
        raise BentoSetupError("patience must be a number of seconds from 0 on, like 30.")


def send_alert(hook: BentoHook, alert: Alert, patience: float = PATIENCE) -> Receipt:
    """Send an alert in one request, at most once.

    :param patience: seconds to wait for the rate limit, in all.
    :raises BentoSetupError: the connection, the sender or the recipients cannot be used; nothing was sent.
    :raises BentoRateLimited: the rate limit asks to wait for longer than ``patience``; nothing was sent.
    :raises BentoRefusedError: Bento rejected the email to some or all recipients; the others get it.
    :raises BentoOutcomeUnknown: it may or may not have been sent, and is not sent again.
    """
    from airflow_provider_bento.delivery.clock import SystemClock
    from airflow_provider_bento.notifications.patience import PatientPacer

    emails = alert.emails(hook.settings, hook.bento_conn_id)
    hook.pacer = PatientPacer(hook.pacer, patience, SystemClock())
    receipt = hook.send_emails(emails, transactional=True, give_up_after=patience)
    if receipt.rejected:
        reasons = "; ".join(dict.fromkeys(failure.reason for failure in receipt.failures)) or "no reason given"
        raise BentoRefusedError(
            f"Bento rejected the email to {receipt.rejected} of {receipt.sent} recipients ({reasons}). It was sent to "
            "the others and is not sent again. Check the recipients in Bento.",
            endpoint=BATCH_EMAILS.path,
            receipt=receipt,
        )
    return receipt


def _text(value: Any) -> str:
    """Return what a template rendered as text: a DAG that renders native objects makes a number of ``{{ 5 }}``."""
    return "" if value is None else str(value)


def _addresses(name: str, value: Any) -> tuple[str, ...]:
    from airflow_provider_bento.connection.emails import address_list

    try:
        return address_list(value)
    except BentoSetupError as error:
        raise BentoSetupError(f"The email was not sent, because {name} cannot be used: {error}") from None

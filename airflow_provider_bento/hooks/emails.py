"""The hook's emails: up to 60 in one request, from one sender. Does not import Airflow.

Tested by tests/unit/hooks/test_emails.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from airflow_provider_bento.api.field_error import FieldError
    from airflow_provider_bento.api.receipt import Receipt
    from airflow_provider_bento.api.records import Email


class Emails(Calls):
    """Emails to single people."""

    def send_emails(self, emails: Sequence[Mapping[str, Any]], *, transactional: bool, **options: Any) -> Receipt:
        """Send up to 60 emails, each ``{"to": …, "subject": …, "html_body": …}`` (POST /batch/emails; docs: emails).

        A request whose outcome is unknown is never repeated, because each repeat mails the people again.

        :param emails: records as in :doc:`/records`; without ``from`` the connection's sender is used. All must have
            the same sender, because Bento rejects the whole request if one sender is not an approved author.
        :param transactional: whether the emails also go to people who unsubscribed: only for emails that a person
            asked for, such as receipts.
        :param options: as for :meth:`request_loop`, such as ``give_up_after``.
        :raises BentoRecordError: an invalid record, another sender, or more than 60; nothing was sent.
        :raises BentoRefusedError: the sender is not an approved author, or Bento accepted none of the emails.
        :raises BentoOutcomeUnknown: the emails may or may not have been sent.
        """
        from airflow_provider_bento.api.records import email_parser

        transactional = arguments.truth("send_emails", "transactional", transactional)
        parse = email_parser(transactional=transactional, sender=self.settings.sender)
        return self._batch(contract.BATCH_EMAILS, emails, _of_one_sender(parse), **options)


def _of_one_sender(
    parse: Callable[[Any], Email | tuple[FieldError, ...]],
) -> Callable[[Any], Email | tuple[FieldError, ...]]:
    """Return the parser, which now also refuses emails from another sender than the first one's."""
    from airflow_provider_bento.api.field_error import FieldError

    senders = list[str]()

    def parse_one(row: Any) -> Email | tuple[FieldError, ...]:
        found = parse(row)
        if isinstance(found, tuple):
            return found
        senders.append(found.sender)
        if found.sender == senders[0]:
            return found
        return (FieldError("from", "differs from the first email's: one request has one sender; call once for each"),)

    return parse_one

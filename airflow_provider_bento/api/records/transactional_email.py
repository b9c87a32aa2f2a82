"""A row of POST /batch/emails: one email to one person (docs: emails).

Tested by tests/unit/api/records/test_email_rows.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.invalid import InvalidValue, invalid
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.parse import ENCODE, Record, read
from airflow_provider_bento.api.records.values.email_and_tags import comparable, email
from airflow_provider_bento.api.records.values.fields import checked, ruled
from airflow_provider_bento.api.records.values.scalars import filled_text, line, scalar, truth


class Email(Record, frozen=True, gc=False):
    """One email.

    :param email: the recipient's address.
    :param sender: the sender's address, as addresses are compared: all emails of one request have the same.
    :param idempotent: always false: each repeat mails the person again.
    """

    email: str
    sender: str
    idempotent: bool = False

    @property
    def group(self) -> str:
        """The sender: if Bento does not know it as an author, it rejects the whole request."""
        return self.sender


def email_parser(*, transactional: bool, sender: str | None = None) -> Callable[[Any], Email | tuple[FieldError, ...]]:
    """Return what turns a row into an email, or into all its field errors.

    :param transactional: whether the emails also go to people who unsubscribed; a row that says otherwise is invalid.
    :param sender: the sender of rows without ``from``.
    """

    def build(row: Any) -> Email:
        found = ruled(row, _KEYS, _required(sender), lambda wire: _rules(wire, transactional=transactional))
        wire = {**found, "from": found.get("from", sender), "transactional": transactional}
        return Email(ENCODE(wire), wire["to"], comparable(wire["from"]))

    return lambda row: read(row, build)


def _required(sender: str | None) -> dict[str, str]:
    own = {} if sender else {"from": _NO_SENDER}
    return {"to": "is missing: the recipient's address", **own, "subject": "is missing"}


def _rules(wire: dict[str, Any], *, transactional: bool) -> list[FieldError]:
    field_errors = []
    if "html_body" not in wire and "text_body" not in wire:
        field_errors.append(FieldError("html_body", "is missing: an email needs html_body, text_body or both"))
    if wire.get("transactional", transactional) != transactional:
        wanted = f"differs from transactional={transactional}: omit it, or send these emails from a separate task"
        field_errors.append(FieldError("transactional", wanted))
    return field_errors


def _addresses(value: Any) -> str | None:
    """Return addresses as the comma string that Bento reads."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple):
        raise invalid("must be an address, a list of addresses, or addresses with commas between them")
    errors = InvalidValue()
    found = list[str]()
    for one in given:
        try:
            found.append(email(one))
        except InvalidValue as error:
            errors = errors.add(error.field_errors)
    if errors.field_errors:
        raise errors
    return ",".join(found) or None


def _personalizations(value: Any) -> dict[str, Any]:
    return checked(value, _PERSONALIZATIONS)


def _no_attachments(value: Any) -> Any:  # noqa: ARG001  (no value will do)
    raise invalid(
        "is not possible: Bento's emails have no attachments. Put the file where the recipient can "
        "download it, and link to it"
    )


_NO_SENDER: Final = "is missing: set it, or the extra `from` of the connection, to the address of an author in Bento"
_PERSONALIZATIONS: Final = Keys({}, scalar)
_KEYS: Final = Keys(
    {
        "to": email,
        "from": email,
        "subject": line,
        "html_body": filled_text,
        "text_body": filled_text,
        "transactional": truth,
        "personalizations": _personalizations,
        "reply_to": email,
        "cc": _addresses,
        "bcc": _addresses,
    },
    None,
    dict.fromkeys(("attachments", "attachment", "files"), _no_attachments),
)

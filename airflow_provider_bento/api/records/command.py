"""A command of POST /fetch/commands: one change of one person (docs: subscribers).

Tested by tests/unit/hooks/test_commands.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.command_order import CommandOrder
from airflow_provider_bento.api.records.invalid import Check, InvalidValue, invalid
from airflow_provider_bento.api.records.keys import Keys
from airflow_provider_bento.api.records.parse import ENCODE, Record, read
from airflow_provider_bento.api.records.purchase import is_text
from airflow_provider_bento.api.records.reserved import FIELDS
from airflow_provider_bento.api.records.values.email_and_tags import email, only_tag
from airflow_provider_bento.api.records.values.fields import checked, ruled
from airflow_provider_bento.api.records.values.scalars import line, text


class Command(Record, frozen=True, gc=False):
    """One change of one person.

    :param verb: what is done.
    :param email: the person's address.
    """

    verb: str
    email: str

    @property
    def idempotent(self) -> bool:
        """Whether the verb ends in the same state each time and starts no automations."""
        return self.verb in contract.REPEATABLE_COMMANDS


def parse_command(row: Any) -> Command | tuple[FieldError, ...]:
    """Return the row as a command, or all its field errors.

    :param row: any mapping with ``command``, ``email`` and, depending on the verb, ``query``; never changed.
    """
    return read(row, lambda row: _command(_wire(row)))


def command_parser() -> Callable[[Any], Command | tuple[FieldError, ...]]:
    """Return a parser for one reading of a source: of one person, it refuses commands whose order matters."""
    order = CommandOrder()

    def build(row: Any) -> Command:
        wire = _wire(row)
        if (reason := order.add(wire)) is not None:
            raise InvalidValue(FieldError("command", reason))
        return _command(wire)

    return lambda row: read(row, build)


def _command(wire: dict[str, Any]) -> Command:
    return Command(ENCODE(wire), wire["command"], wire["email"])


def _wire(row: Any) -> dict[str, Any]:
    return ruled(row, _KEYS, _REQUIRED, _query_errors)


def _query_errors(command: dict[str, Any]) -> list[FieldError]:
    """Return the errors of the query; a valid one is replaced by what is sent."""
    check = _QUERIES.get(command.get("command", ""))
    if check is None:
        return []
    try:
        command["query"] = check(command.get("query"))
    except InvalidValue as invalid_value:
        return InvalidValue().take("query", invalid_value).field_errors
    return []


def _verb(value: Any) -> str:
    found = text(value)
    if found in _VERBS:
        return found
    raise invalid(f"must be one of {', '.join(_VERBS)}")


def _field(query: Any) -> dict[str, Any]:
    wanted = "must be {'key': the field's name, 'value': what it is set to}"
    if not isinstance(query, Mapping) or query.keys() != {"key", "value"} or not is_text(query["key"]):
        raise invalid(wanted)
    for key, value in checked({query["key"]: query["value"]}, FIELDS).items():
        return {"key": key, "value": value}
    raise invalid(wanted)


def _field_name(query: Any) -> str:
    if query is None:
        raise invalid("must be the name of the field")
    return line(query)


def _as_given(query: Any) -> Any:
    return query


_VERBS: Final = get_args(contract.CommandVerb)
_KEYS: Final = Keys({"command": _verb, "email": email, "query": _as_given}, None)
_REQUIRED: Final = {"command": f"must be one of {', '.join(_VERBS)}", "email": "is missing: the person to change"}
_QUERIES: Final[Mapping[str, Check]] = {
    "add_tag": only_tag,
    "add_tag_via_event": only_tag,
    "remove_tag": only_tag,
    "add_field": _field,
    "remove_field": _field_name,
    "change_email": email,
}

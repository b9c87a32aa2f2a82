"""Rows to one request, all checked before it is built; for the hook's own methods. Knows no Airflow."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, get_args

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.api.records.addresses import email
from airflow_provider_bento.api.records.flaws import Flawed
from airflow_provider_bento.api.records.purchase import is_text
from airflow_provider_bento.delivery.accounts import FaultCount
from airflow_provider_bento.delivery.chunks import Bad, validated
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.survey import bad_records
from airflow_provider_bento.delivery.values import Mark, Row
from airflow_provider_bento.exceptions import BentoSetupError

_NOTHING_SENT = "Nothing was sent."
_VERBS = get_args(contract.CommandVerb)


def one_batch(call: contract.Call, rows: Iterable[Any], parse: Callable[[Any], Any]) -> tuple[wire.Request, bool]:
    """Return the request for all rows, and whether it is harmless to repeat.

    :raises BentoRecordError: a bad row, or more rows than one request may have; nothing was sent.
    :raises BentoSetupError: no list of rows.
    """
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise BentoSetupError(f"{call.wrapper} must be a list of dicts, not {type(rows).__name__}. {_NOTHING_SENT}")
    rows = list(rows)
    items = list(validated(ListSource(rows).rows(Mark()), parse, max_bytes=contract.MAX_CHUNK_BYTES))
    bads = [item for item in items if isinstance(item, Bad)]
    _refuse(bads, call, len(rows))
    goods = [item for item in items if not isinstance(item, Bad)]
    return wire.batch(call, [good.body for good in goods]), all(good.record.harmless_to_repeat for good in goods)


def command_batch(commands: Sequence[Mapping[str, Any]]) -> wire.Request:
    """Return the request for all commands.

    :raises BentoRecordError: an unknown verb or key, no e-mail, or more than 100.
    """
    import msgspec

    bads = [
        Bad(Row(position, command), faults)
        for position, command in enumerate(commands)
        if (faults := _command_faults(command))
    ]
    _refuse(bads, contract.RUN_COMMANDS, len(commands))
    trimmed = [{**command, "email": command["email"].strip()} for command in commands]
    return wire.batch(contract.RUN_COMMANDS, [msgspec.json.encode(command) for command in trimmed])


def _command_faults(command: Any) -> tuple[Fault, ...]:
    if not isinstance(command, Mapping):
        return (Fault("", "must be a dict with command, email and query"),)
    faults = []
    if not command.keys() <= set(_KEYS):  # a key that somebody got wrong may be a person's address
        faults.append(Fault("", f"may have the keys {', '.join(_KEYS)} and no other"))
    verb, query = str(command.get("command")), command.get("query")
    if verb not in _VERBS:
        faults.append(Fault("command", f"must be one of {', '.join(_VERBS)}"))
    faults += _address_faults("email", command.get("email"))
    if verb == "change_email":
        faults += _address_faults("query", query)
    elif verb == "add_field":
        faults += _field_faults(query)
    elif verb in _NAMING and not is_text(query):
        faults.append(Fault("query", f"must be the name of the {_NAMING[verb]}"))
    return tuple(faults)


def _address_faults(field: str, value: Any) -> list[Fault]:
    try:
        email(value)
    except Flawed:
        return [Fault(field, "must be one e-mail address, like ann@example.com")]
    return []


def _field_faults(query: Any) -> list[Fault]:
    if not isinstance(query, Mapping) or query.keys() != {"key", "value"} or not is_text(query["key"]):
        return [Fault("query", "must be {'key': the field's name, 'value': what it is set to}")]
    value = query["value"]
    plain = isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value))
    return [] if plain else [Fault("query.value", "must be text, a finite number, True or False")]


_KEYS = ("command", "email", "query")
_NAMING: Mapping[str, str] = {
    "add_tag": "tag",
    "add_tag_via_event": "tag",
    "remove_tag": "tag",
    "remove_field": "field",
}


def _refuse(bads: Sequence[Bad], call: contract.Call, count: int) -> None:
    if not 1 <= count <= call.max_records:
        fault = Fault("", f"one request takes 1 to {call.max_records} records; use the operators for more")
        bads = [Bad(Row(0, None), (fault,))]
    if bads:
        faults = FaultCount()
        for bad in bads:
            faults.add(bad)
        raise bad_records(faults, _NOTHING_SENT)

"""Rows to one request, all checked before it is built; for the hook's own methods. Knows no Airflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, get_args

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.faults import Fault
from airflow_provider_bento.delivery.accounts import FaultCount
from airflow_provider_bento.delivery.chunks import Bad, validated
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.survey import bad_records
from airflow_provider_bento.delivery.values import Mark, Row

_NOTHING_SENT = "Nothing was sent."
_VERBS = get_args(contract.CommandVerb)


def one_batch(call: contract.Call, rows: Sequence[Any], parse: Callable[[Any], Any]) -> tuple[wire.Request, bool]:
    """Return the request for all rows, and whether it is harmless to repeat.

    :raises BentoRecordError: a bad row, or more rows than one request may have; nothing was sent.
    """
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
    return wire.batch(contract.RUN_COMMANDS, [msgspec.json.encode(dict(command)) for command in commands])


def _command_faults(command: Any) -> tuple[Fault, ...]:
    if not isinstance(command, Mapping):
        return (Fault("", "must be a dict with command, email and query"),)
    faults = [Fault(str(key)[:40], "is not a key of a command") for key in command if key not in _KEYS]
    if command.get("command") not in _VERBS:
        faults.append(Fault("command", f"must be one of {', '.join(_VERBS)}"))
    if not isinstance(command.get("email"), str) or "@" not in command["email"]:
        faults.append(Fault("email", "must be an e-mail address"))
    return tuple(faults)


_KEYS = ("command", "email", "query")


def _refuse(bads: Sequence[Bad], call: contract.Call, count: int) -> None:
    if not 1 <= count <= call.max_records:
        fault = Fault("", f"one request takes 1 to {call.max_records} records; use the operators for more")
        bads = [Bad(Row(0, None), (fault,))]
    if bads:
        faults = FaultCount()
        for bad in bads:
            faults.add(bad)
        raise bad_records(faults, _NOTHING_SENT)

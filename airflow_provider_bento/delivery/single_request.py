"""Rows to one request, all checked before it is built; for the hook's own methods. Knows no Airflow.

Tested by tests/unit/hooks/test_hook_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, get_args

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.field_error import FieldError
from airflow_provider_bento.api.records.command import Command, parse_command
from airflow_provider_bento.api.records.near_misses import NearMisses
from airflow_provider_bento.delivery.problems import InvalidRecords, invalid_records
from airflow_provider_bento.delivery.source import ListSource
from airflow_provider_bento.delivery.validated_rows import InvalidRow, ValidRow, ValidRows
from airflow_provider_bento.delivery.validation import validated_rows
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.exceptions import BentoSetupError

_NOTHING_SENT = "Nothing was sent."
_ENDPOINTS: Final = {contract.BATCH[endpoint]: endpoint for endpoint in get_args(contract.Endpoint)}


def one_batch(call: contract.Call, rows: Iterable[Any], parse: Callable[[Any], Any]) -> tuple[wire.Request, bool]:
    """Return the request for all rows, and whether it is idempotent.

    :raises BentoRecordError: an invalid row, or more rows than one request may have; nothing was sent.
    :raises BentoSetupError: ``rows`` is not a list of rows.
    """
    if isinstance(rows, str | bytes | Mapping) or not isinstance(rows, Iterable):
        raise BentoSetupError(f"{call.wrapper} must be a list of dicts, not {type(rows).__name__}. {_NOTHING_SENT}")
    rows = list(rows)
    watched = NearMisses().watch(parse, _ENDPOINTS[call])
    items = list(
        validated_rows(ListSource(rows), Cursor(), watched, call.max_records, max_bytes=contract.MAX_CHUNK_BYTES)
    )
    _refuse([item for item in items if isinstance(item, InvalidRow)], call, len(rows))
    parts = [ValidRows.of([item]) if isinstance(item, ValidRow) else item for item in items]
    valid = ValidRows.joined([part for part in parts if isinstance(part, ValidRows)])
    return wire.batch_of_lines(call, len(valid), valid.lines), all(valid.idempotent)


def command_batch(commands: Sequence[Mapping[str, Any]]) -> wire.Request:
    """Return the request for all commands, with addresses checked like those of records and one tag per command.

    :raises BentoRecordError: an unknown verb or key, no email, a query that the verb cannot mean, or more than 100.
    """
    read_commands = [parse_command(command) for command in commands]
    invalid = [
        InvalidRow(Row(position, commands[position]), found)
        for position, found in enumerate(read_commands)
        if isinstance(found, tuple)
    ]
    _refuse(invalid, contract.RUN_COMMANDS, len(commands))
    return wire.batch(contract.RUN_COMMANDS, [found.encode() for found in read_commands if isinstance(found, Command)])


def _refuse(invalid: Sequence[InvalidRow], call: contract.Call, count: int) -> None:
    if not 1 <= count <= call.max_records:
        field_error = FieldError("", f"one request takes 1 to {call.max_records} records; use the operators for more")
        invalid = [InvalidRow(Row(0, None), (field_error,))]
    if invalid:
        found = InvalidRecords()
        for row in invalid:
            found.add(row)
        raise invalid_records(found, _NOTHING_SENT, alternative=" and call again")

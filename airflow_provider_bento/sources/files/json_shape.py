"""What a JSON file is as a whole, by its beginning: one list, one record per line, or something unsupported.

Tested by tests/unit/sources/files/test_json_files.py.
"""

from __future__ import annotations

import json
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping
from typing import IO, Any, Final, Literal

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["shape_of"]

_LOOK: Final = 1 << 16  # bytes
_WRAPPED: Final = re.compile(r'\{\s*"([^"\\]*)"\s*:\s*\[\s*\{')
_DECODER: Final = json.JSONDecoder()


def shape_of(stream: IO[bytes], name: str, *, lines_only: bool) -> Literal["list", "lines"]:
    """Return how a file is to be read; the stream is left after the bytes that were read.

    :param stream: the file's bytes, at their beginning.
    :param name: the file's name, for errors.
    :param lines_only: whether the author, or the name, says that it is JSON Lines.
    :raises BentoSetupError: it is neither; says what to change.
    """
    raw = stream.read(_LOOK)
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        raise BentoSetupError(f'{name} is UTF-16. Write it as UTF-8, or pass file_options={{"encoding": "utf-16"}}.')
    while raw.startswith(BOM_UTF8):
        raw = raw.removeprefix(BOM_UTF8)
    text = raw.decode("utf-8", "replace").lstrip()
    if text.startswith("["):
        if lines_only:
            raise BentoSetupError(
                f"{name} is one JSON list, not JSON Lines (one record per line, without brackets). To read the list, "
                'pass file_options={"format": "json"}.'
            )
        return "list"
    if text.startswith("{"):
        _check_objects(text, name, whole=len(raw) < _LOOK and not stream.read(1), lines_only=lines_only)
    return "lines"


def _check_objects(text: str, name: str, *, whole: bool, lines_only: bool) -> None:
    """Reject what is JSON but not JSON Lines; a broken line is an invalid row, reported later."""
    first, _, rest = text.partition("\n")
    data, end = _first_value(text)
    alone = whole and not rest.strip()
    if data is None:
        wraps = _WRAPPED.match(text)
        surely = not first.rstrip().endswith("}") if rest else not lines_only  # a first line may be as long as that
        if wraps and not whole and surely:
            raise BentoSetupError(_wrapping(name, wraps.group(1), one_line=not rest))
        if first.strip() == "{" and not whole:
            raise BentoSetupError(_one_line_each(name, "contains an object of many lines"))
    elif "\n" in text[:end]:
        several = text[end:].strip()
        key = None if several or not whole else _list_key(data)
        words = "contains objects of several lines" if several else "is one JSON object of several lines"
        raise BentoSetupError(_one_line_each(name, words) if key is None else _wrapping(name, key))
    elif alone and text[end:].strip().startswith("{"):
        raise BentoSetupError(_one_line_each(name, "contains JSON objects without line feeds between them"))
    elif alone and not lines_only and (key := _list_key(data)) is not None:
        raise BentoSetupError(_wrapping(name, key, one_line=True))


def _first_value(text: str) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text)
    except (ValueError, RecursionError):
        return None, 0


def _list_key(data: Mapping[str, Any]) -> str | None:
    """Return the one key below which an object has a list of objects; ``None``: it is no wrapper."""
    lists = [key for key, value in data.items() if isinstance(value, list) and value and isinstance(value[0], dict)]
    return lists[0] if len(lists) == 1 else None


def _one_line_each(name: str, what: str) -> str:
    return f"{name} {what}. Write JSON Lines (one record per line), or one list of records: [{{…}}, {{…}}]."


def _wrapping(name: str, key: str, *, one_line: bool = False) -> str:
    # A key that is no identifier may be anybody's.
    where, path = (f"below {key!r}", key) if key.isidentifier() else ("inside it", "key")
    itself = 'pass file_options={"format": "jsonl"}' if one_line else "put it in brackets: [{…}]"
    return (
        f"{name} is a single JSON object whose records are a list {where}. Write only the list, or JSON Lines (jq "
        f"-c '.{path}[]' converts it). If the object is itself the record, {itself}."
    )

"""How files are to be read: the options, each of which is validated before a file is opened.

Knows the options and what each may be; loads no library, because DAG files are parsed all the time.

Tested by tests/unit/sources/files/test_source.py.
"""

from __future__ import annotations

import codecs
import difflib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypedDict, cast, get_args

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["CSV_ONLY", "FileFormat", "FileOptions", "checked_file_options"]

FileFormat = Literal["jsonl", "json", "csv", "parquet"]


class FileOptions(TypedDict, total=False):
    r"""How files are read; the same for each file of a folder or a pattern, compressed or not.

    :ivar format: ``jsonl``, ``json`` (one list, or JSON Lines), ``csv`` or ``parquet``; default: by the extension.
    :ivar encoding: of CSV and JSON, as Python names it: ``cp1252``, ``latin-1``, ``utf-16``; default UTF-8.
    :ivar delimiter: of CSV, one character; default: what the header shows (comma, semicolon, tab or ``|``).
    :ivar quote: of CSV, one character; default ``"``; empty text: quotes are ordinary characters.
    :ivar null: words that mean no value in CSV, besides ``\N``, which always does.
    :ivar header: names of the columns of CSV files whose first line is already a row.
    :ivar keep_empty: whether an empty CSV field is empty text; default: it is left out of the record.
    :ivar trim: whether blanks around the values of CSV are removed; default ``True``.
    """

    format: FileFormat
    encoding: str
    delimiter: str
    quote: str
    null: str | Sequence[str]
    header: Sequence[str]
    keep_empty: bool
    trim: bool


CSV_ONLY: Final = ("delimiter", "quote", "null", "header", "keep_empty", "trim")
"""Options that have no effect on other files."""


def checked_file_options(options: object) -> FileOptions:
    """Return the validated options, with lists for tuples and without those that are ``None``.

    :param options: what the author passed; ``None``: nothing.
    :raises BentoSetupError: an option is unknown or invalid; names it and the accepted values.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise BentoSetupError(
            f'file_options is of type {type(options).__name__}. Pass a dict, like {{"delimiter": ";"}}; known options: '
            f"{', '.join(_WANTED)}."
        )
    for key in options:
        if key not in _WANTED:
            raise BentoSetupError(_unknown(key))
    checked = {key: _validated(key, value) for key, value in options.items() if value is not None}
    _check_together(checked)
    return cast("FileOptions", checked)


def _unknown(key: object) -> str:
    near = difflib.get_close_matches(str(key).lower(), (*_WANTED, *_ALSO_CALLED), n=1)
    meant = f"did you mean {_ALSO_CALLED.get(near[0], near[0])}?" if near else f"known options: {', '.join(_WANTED)}."
    return f"file_options has {str(key)[:40]!r}, which is not an option: {meant}"


def _validated(key: str, value: Any) -> Any:
    right, words = _WANTED[key]
    try:
        fits = right(value)
    except Exception:  # noqa: BLE001 - foreign objects may raise anything
        fits = False
    if not fits:
        raise BentoSetupError(f"file_options: {key} must be {words}; it is {_shown(value)}.")
    return list(value) if isinstance(value, list | tuple) else value


def _check_together(options: Mapping[str, Any]) -> None:
    kind = options.get("format")
    alone = [key for key in (*CSV_ONLY, "encoding") if key in options]
    foreign = [key for key in alone if kind == "parquet" or (kind in ("json", "jsonl") and key != "encoding")]
    if foreign:
        raise BentoSetupError(f"file_options: {foreign[0]} has no effect with format {kind!r}. Omit one of them.")
    if options.get("delimiter") is not None and options.get("delimiter") == options.get("quote", '"'):
        raise BentoSetupError("file_options: delimiter and quote must be different characters.")


def _shown(value: Any) -> str:
    """Return a value's kind; of short text and flags, which an author wrote, the value."""
    if value is True or value is False or (isinstance(value, str) and len(value) <= 20):
        return repr(value)
    return f"of type {type(value).__name__}"


def _is_one(value: Any) -> bool:
    return isinstance(value, str) and len(value) == 1 and value not in "\r\n\x00\ufeff"


def _is_encoding(value: Any) -> bool:
    try:  # not every codec is of text: base64 is none
        return isinstance(value, str) and codecs.lookup(value).name != "undefined" and "".encode(value) is not None
    except (LookupError, ValueError):
        return False


def _are_names(value: Any) -> bool:
    if not isinstance(value, list | tuple) or not value:
        return False
    return all(isinstance(name, str) and name.strip() for name in value)


def _are_words(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list | tuple) and all(isinstance(word, str) for word in value))


_WANTED: Final[dict[str, tuple[Callable[[Any], bool], str]]] = {
    "format": (lambda value: value in get_args(FileFormat), f"one of {', '.join(get_args(FileFormat))}"),
    "encoding": (_is_encoding, "the name of a text encoding, like 'cp1252', 'latin-1' or 'utf-16'"),
    "delimiter": (
        lambda value: _is_one(value) and value not in '" ',
        "one character, like ';', but not a quote or space",
    ),
    "quote": (lambda value: value == "" or (_is_one(value) and value != " "), "one character, or '' for none"),
    "null": (_are_words, "a list of words, like ['NULL']"),
    "header": (_are_names, "a list of column names, none of them empty"),
    "keep_empty": (lambda value: isinstance(value, bool), "True or False"),
    "trim": (lambda value: isinstance(value, bool), "True or False"),
}

_ALSO_CALLED: Final = {
    "sep": "delimiter",
    "separator": "delimiter",
    "field_delimiter": "delimiter",
    "quotechar": "quote",
    "quote_char": "quote",
    "charset": "encoding",
    "codec": "encoding",
    "na_values": "null",
    "null_values": "null",
    "nulls": "null",
    "null_if": "null",
    "names": "header",
    "columns": "header",
    "fieldnames": "header",
    "header_names": "header",
    "file_format": "format",
    "type": "format",
    "strip": "trim",
}

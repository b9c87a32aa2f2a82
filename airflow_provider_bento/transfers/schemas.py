"""The columns of each kind of file that the transfer writes: their names, order and types, in one table.

The names are stable: a column may be added at the end, none is renamed or removed.

Tested by tests/unit/transfers/test_schemas.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

__all__ = ["SCHEMAS", "WHAT", "Column", "FileFormat", "Kind", "What", "schema_tables"]

What = Literal["broadcasts", "form_responses", "tags", "fields", "segments", "sequences", "subscribers"]
"""What can be exported."""

WHAT: Final[tuple[What, ...]] = get_args(What)

FileFormat = Literal["jsonl", "parquet"]
"""How a file is written."""

Kind = Literal["text", "time", "number", "boolean", "json"]
"""The type of a column.

``time``: ISO 8601 in UTC with milliseconds in JSON Lines, ``timestamp[ms, UTC]`` in Parquet. ``json``: nested in JSON
Lines, its JSON text in Parquet.
"""

_IN_JSON: Final[dict[Kind, str]] = {
    "text": "string",
    "time": "string, ISO 8601",
    "number": "number",
    "boolean": "boolean",
    "json": "object or list",
}
_IN_PARQUET: Final[dict[Kind, str]] = {
    "text": "string",
    "time": "timestamp[ms, UTC]",
    "number": "double",
    "boolean": "bool",
    "json": "string (JSON)",
}


@dataclass(frozen=True)
class Column:
    """A column; every one may be null, because Bento's replies differ.

    :param name: its name in the file.
    :param kind: its type.
    :param meaning: for the documentation.
    :param attribute: the attribute of the hook's result that it contains, dots nest; default: its name.
    :param is_mapping: whether the attribute has pairs of name and value, which are written as an object.
    """

    name: str
    kind: Kind
    meaning: str
    attribute: str = ""
    is_mapping: bool = False

    @property
    def source(self) -> str:
        """The attribute that it contains."""
        return self.attribute or self.name


_ID: Final = Column("id", "text", "Bento's id")
_CREATED: Final = Column("created_at", "time", "when it was created")

SCHEMAS: Final[dict[What, tuple[Column, ...]]] = {
    "broadcasts": (
        _ID,
        Column("name", "text", "its name"),
        Column("status", "text", "`draft`, `scheduled`, `sending`, `sent`, `paused` or `canceled`", "state"),
        _CREATED,
        Column("send_at", "time", "when it is, or was, due"),
        Column("sent_final_batch_at", "time", "when the last email was sent"),
        Column("subject", "text", "the subject of the email", "template.subject"),
        Column("open_rate", "number", "the open rate as Bento reports it, such as 12.3"),
        Column("url", "text", "its address"),
        Column("stats", "json", "all that Bento counts of it, `open_rate` included", is_mapping=True),
    ),
    "form_responses": (
        _ID,
        Column("form_id", "text", "the form: the filter's `form_id`"),
        Column("email", "text", "who submitted it"),
        Column("submitted_at", "time", "when it was submitted", "at"),
        Column("fields", "json", "what was entered"),
        Column("url", "text", "the page with the form"),
    ),
    "tags": (
        _ID,
        Column("name", "text", "its name"),
        Column("discarded_at", "time", "when it was deleted; Bento keeps deleted tags in the list"),
    ),
    "fields": (
        _ID,
        Column("key", "text", "the field's key in records"),
        Column("name", "text", "the name that Bento shows"),
        Column("whitelisted", "boolean", "whether it is whitelisted"),
    ),
    "segments": (
        _ID,
        Column("name", "text", "its name"),
        Column("description", "text", "its description"),
        _CREATED,
        Column("updated_at", "time", "when it was changed"),
    ),
    "sequences": (
        _ID,
        Column("name", "text", "its name"),
        _CREATED,
        Column("emails", "json", "id and subject of each of its emails", "templates"),
    ),
    "subscribers": (
        _ID,
        Column("uuid", "text", "Bento's visitor id"),
        Column("email", "text", "the address"),
        Column("unsubscribed_at", "time", "when the person unsubscribed; null: subscribed"),
        Column("tag_ids", "json", "ids of the person's tags; their names are in an export of `tags`"),
        Column("fields", "json", "custom fields"),
        Column("url", "text", "the person's page in Bento"),
    ),
}


def schema_tables() -> str:
    """Return the schemas as tables in Markdown, one for each kind of file."""
    parts = []
    for what, columns in SCHEMAS.items():
        rows = [f"| `{one.name}` | {_IN_JSON[one.kind]} | {_IN_PARQUET[one.kind]} | {one.meaning} |" for one in columns]
        header = ["| column | JSON Lines | Parquet | content |", "|---|---|---|---|"]
        parts.append("\n".join([f"### `{what}`", "", *header, *rows]))
    return "\n\n".join(parts) + "\n"

"""The one table of the connection's fields, and what is generated from it: Airflow's forms and docs/connection.md.

Airflow 3.2 and later build the form from plain data in the provider info, earlier versions ask the hook class; see
https://airflow.apache.org/docs/apache-airflow/stable/howto/connection.html. This module does not check values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from airflow_provider_bento.api.contract import BASE_URL, CONNECT_TIMEOUT, DEFAULT_RATE_LIMIT, READ_TIMEOUT

__all__ = [
    "CONN_TYPE",
    "FIELDS",
    "Field",
    "conn_fields",
    "get_connection_form_widgets",
    "get_ui_field_behaviour",
    "settings_table",
    "ui_field_behaviour",
]

CONN_TYPE: Final = "bento"


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of the connection.

    :param name: our name for it, and its key if it is stored among the extras.
    :param label: what the form calls it.
    :param help: one or two sentences for the person who fills in the form.
    :param store: the connection's attribute that stores it, or ``extra``.
    :param required: whether the connection is unusable without it.
    :param default: what an empty field means, as text; ``None``: nothing.
    :param placeholder: what an empty field shows (Airflow 3 shows none for extras).
    :param examples: values to propose.
    """

    name: str
    label: str
    help: str
    store: Literal["login", "password", "schema", "host", "port", "extra"]
    required: bool = False
    default: str | None = None
    placeholder: str = ""
    examples: tuple[str, ...] = ()


FIELDS: Final = (
    Field(
        "publishable_key",
        "Publishable key",
        "The publishable API key of the site.",
        "login",
        required=True,
        placeholder="pk_… (required)",
    ),
    Field(
        "secret_key",
        "Secret key",
        "The secret API key of the site; stored encrypted and masked in logs.",
        "password",
        required=True,
        placeholder="sk_… (required)",
    ),
    Field(
        "site_uuid",
        "Site UUID",
        "The site that receives the records; the extra `site_uuid` is read as well.",
        "schema",
        required=True,
        placeholder="like 06ef3ada3b32a7f7dac762f5a788724d (required)",
    ),
    Field(
        "base_url",
        "Base URL",
        "Base URL of the Bento API. Plain HTTP is allowed for localhost only.",
        "host",
        default=BASE_URL,
        placeholder=f"{BASE_URL} (if empty)",
    ),
    Field(
        "port",
        "Port",
        "Leave empty unless the base URL has no port of its own. Airflow 3.3.1 and 3.3.2 cannot test a connection "
        "without a port; enter 0 there.",
        "port",
        placeholder="0, if the Test button reports Bad Request",
    ),
    Field(
        "rate_limit",
        "Rate limit",
        "Requests that Bento allows for each family of endpoints: a number, a slash, then second, minute, hour, day or "
        "a number of seconds like 20s. Separate several limits with commas: 100/minute, 500/hour.",
        "extra",
        default=DEFAULT_RATE_LIMIT,
        examples=(DEFAULT_RATE_LIMIT, "60/minute", "100/minute, 500/hour"),
    ),
    Field(
        "timeout",
        "Time-out",
        f"Seconds to wait for a reply, or two numbers: seconds to connect and seconds to wait "
        f"({CONNECT_TIMEOUT:g}, {READ_TIMEOUT:g}).",
        "extra",
        default=f"{READ_TIMEOUT:g}",
        examples=(f"{READ_TIMEOUT:g}", f"{CONNECT_TIMEOUT:g}, {READ_TIMEOUT:g}"),
    ),
    Field(
        "pacing",
        "Pacing",
        "Where requests are counted: auto (shared by the processes of one user on one machine), process (not shared), "
        "or redis://host:6379/0 or rediss://… (shared by users and machines). Visible to everyone who can view "
        "connections. If the URL needs a password, use a Redis user restricted to these keys.",
        "extra",
        default="auto",
        examples=("auto", "process", "redis://redis:6379/0"),
    ),
    Field(
        "from",
        "From",
        "Sender of emails that name no sender: the address of an author in Bento, without a display name.",
        "extra",
        examples=("alerts@example.com",),
    ),
    Field(
        "alerts_to",
        "Alerts to",
        "Recipients of alerts that name no recipient, with commas between them. Visible to everyone who can view "
        "connections.",
        "extra",
        examples=("ann@example.com, bob@example.com",),
    ),
)

# The raw extras are hidden on Airflow 2 only: each has a field of its own there.
_HIDDEN = ("extra",)


def conn_fields() -> dict[str, dict[str, Any]]:
    """``conn-fields`` of the provider info: the extras as JSON schemas (Airflow 3.2 and later)."""
    return {one.name: {"label": one.label, "description": one.help, "schema": _schema(one)} for one in _extras()}


def ui_field_behaviour() -> dict[str, Any]:
    """``ui-field-behaviour`` of the provider info: labels and placeholders of the standard fields (3.2 and later)."""
    return {name.replace("_", "-"): value for name, value in get_ui_field_behaviour().items()}


def get_ui_field_behaviour() -> dict[str, Any]:
    """Return the same for the hook method of this name (Airflow 2.11, 3.0, 3.1)."""
    standard = [one for one in FIELDS if one.store != "extra"]
    return {
        "hidden_fields": list(_HIDDEN),
        "relabeling": {one.store: one.label for one in standard},
        "placeholders": {one.store: one.placeholder for one in standard if one.placeholder},
    }


def get_connection_form_widgets() -> dict[str, Any]:
    """Return the extras as form fields, for the hook method of this name (Airflow 2.11, 3.0, 3.1).

    :raises ImportError: wtforms or Flask-AppBuilder is not installed; later versions of Airflow need neither.
    """
    from flask_appbuilder.fieldwidgets import BS3TextFieldWidget
    from wtforms import StringField

    return {
        one.name: StringField(one.label, widget=BS3TextFieldWidget(), description=one.help, default=one.default)
        for one in _extras()
    }


def settings_table() -> str:
    """Return the table of the connection's fields in Markdown."""
    rows = [_row("Field", "Stored as", "Required", "If empty", "Meaning"), _row(*["---"] * 5)]
    for one in FIELDS:
        stored = f"extra `{one.name}`" if one.store == "extra" else f"`{one.store}`"
        rows.append(_row(one.label, stored, "yes" if one.required else "no", _code(one.default), one.help))
    return "\n".join(rows) + "\n"


def _extras() -> list[Field]:
    return [one for one in FIELDS if one.store == "extra"]


def _schema(one: Field) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": ["string", "null"]}  # "null": otherwise the form insists on a value
    if one.default is not None:
        schema["default"] = one.default
    if one.examples:
        schema["examples"] = list(one.examples)
    return schema


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str | None) -> str:
    return f"`{text}`" if text else ""

"""E-mail addresses and lists of tags: the two kinds of text that Bento reads in its own way."""

from __future__ import annotations

import re
from typing import Any, Final

from airflow_provider_bento.api.records.flaws import Flawed, flaw, kind_of
from airflow_provider_bento.api.records.objects import elements
from airflow_provider_bento.api.records.scalars import line

# WHATWG HTML, "valid e-mail address". The local part is possessive: it can never give back a letter that is no "@".
_LABEL: Final = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL: Final = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]++@{_LABEL}(?:\.{_LABEL})*")


def email(value: Any) -> str:
    """Return one address, trimmed, its case kept."""
    if not isinstance(value, str):
        raise flaw(f"must be an e-mail address as text, not {kind_of(value)}")
    trimmed = str.__str__(value).strip()
    if _EMAIL.fullmatch(trimmed):
        return trimmed
    if trimmed.isascii():
        raise flaw("must be one e-mail address, like ann@example.com, without a display name")
    raise flaw(
        "must be an e-mail address in ASCII: write an international domain as xn--…, remove invisible characters"
    )


def tags(value: Any) -> str | None:
    """Return tags as Bento's comma string; ``None`` where there is none.

    In text, tags stand between commas, and nothing between two commas is no tag. In a list ``None`` is left out, an
    empty item is a fault, and so is a comma: Bento would read two tags.
    """
    if isinstance(value, str):
        return ",".join([line(part) for part in str.split(value, ",") if part and not part.isspace()]) or None
    if not isinstance(value, list | tuple):
        raise flaw(f"must be a list of tags, or text with commas between them, not {kind_of(value)}")
    names: list[str] = []
    flawed: Flawed | None = None
    for index, item in enumerate(value if type(value) is list else elements(value)):
        if item is None:
            continue
        try:
            names.append(_tag(item))
        except Exception as error:  # noqa: BLE001  (foreign objects may raise anything; the item is at fault)
            flawed = (flawed or Flawed()).take(f"[{index}]", error)
    if flawed:
        raise flawed
    return ",".join(names) or None


def _tag(value: Any) -> str:
    name = line(value)
    if "," in name:
        raise flaw("must not hold a comma, which Bento reads as two tags: list them one by one")
    return name

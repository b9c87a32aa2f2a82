"""How a value differs from a schema, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator, ValidationError

_KINDS: Final = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


class Difference(NamedTuple):
    """One field that is not as it was declared or recorded.

    :param field: from the value's top, like ``data[].attributes.site_id``; ``.`` is the value itself.
    :param what: ``missing``, ``more``, or what is there and what should be.
    """

    field: str
    what: str


def differences(value: Any, schema: Mapping[str, Any]) -> set[Difference]:
    """Return every field of a value that a JSON schema does not allow, and every field that it misses."""
    return {found for error in Draft202012Validator(schema).iter_errors(value) for found in _named(error)}


def _named(error: ValidationError) -> Iterator[Difference]:
    above = list(error.absolute_path)
    if error.validator == "required":
        yield from (
            Difference(_path([*above, name]), "missing") for name in error.validator_value if name not in error.instance
        )
    elif error.validator == "additionalProperties" and error.validator_value is False:
        more = error.instance.keys() - error.schema.get("properties", {}).keys()
        yield from (Difference(_path([*above, name]), "more") for name in more)
    else:
        yield Difference(_path(above), f"{_shown(error)}, not {_wanted(error)}")


def _path(parts: list[str | int]) -> str:
    path = "".join("[]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".") or "."


def _shown(error: ValidationError) -> str:
    if error.validator in {"const", "enum"}:
        return repr(error.instance)
    return "null" if error.instance is None else _KINDS[type(error.instance)]


def _wanted(error: ValidationError) -> str:
    wanted = error.validator_value
    if error.validator == "type":
        return " or ".join([wanted] if isinstance(wanted, str) else wanted)
    return f"one of {', '.join(map(repr, wanted))}" if error.validator == "enum" else repr(wanted)


def schema_of(shape: Any) -> dict[str, Any]:
    """Return the JSON schema of a shape in short.

    A shape is a type's name or several, as in ``string|null``, a word, as in ``=tags``, ``any``, a list of one shape,
    or an object of shapes by name, in which ``*`` stands for any name.
    """
    if isinstance(shape, list):
        return {"type": "array", "items": schema_of(shape[0])}
    if isinstance(shape, dict):
        named = {name: schema_of(inner) for name, inner in shape.items() if name != "*"}
        others = schema_of(shape["*"]) if "*" in shape else False
        return {"type": "object", "properties": named, "required": list(named), "additionalProperties": others}
    if shape == "any":
        return {}
    if shape.startswith("="):
        return {"const": shape[1:]}
    return {"type": shape.split("|")}

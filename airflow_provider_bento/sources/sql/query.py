"""The text of a query: checks that it is one SELECT, whether it is ordered, and asks for the rows after a key.

Tested by tests/unit/sources/sql/test_source.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["after_key", "checked", "counting", "is_ordered", "without_rows"]

# Databases in which a name between double quotes is a text; not all of their hooks say so.
_QUOTES: Final = {"mysql": "`{}`", "gcpbigquery": "`{}`", "databricks": "`{}`", "hiveserver2": "`{}`"}


def checked(sql: str) -> str:
    """Return the query without the semicolons, comments and blanks at its end.

    :raises BentoSetupError: it is not one SELECT.
    """
    if not isinstance(sql, str) or not sql.strip():
        raise BentoSetupError("sql must be the text of a single SELECT.")
    statements = [(found, text) for found in _parsed(sql) if (text := _without_end(found))]
    if len(statements) != 1:
        raise BentoSetupError(f"sql must be a single SELECT, not {counted(len(statements), 'statements')}.")
    ((statement, text),) = statements
    kind = statement.get_type()
    if kind not in ("SELECT", "UNKNOWN"):  # UNKNOWN: VALUES, TABLE, and statements of a single database
        raise BentoSetupError(f"sql must be a single SELECT, not {kind}; run other statements in an upstream task.")
    return text


def _without_end(statement: Any) -> str:
    """Return a statement's text without the semicolons, comments and blanks at its end; empty: there is no more."""
    from sqlparse.tokens import Comment, Punctuation

    tokens = list(statement.flatten())  # the last tokens of a condition or an alias include what follows it
    while tokens and (tokens[-1].is_whitespace or tokens[-1].ttype in Comment or tokens[-1].match(Punctuation, ";")):
        tokens.pop()
    return "".join(map(str, tokens)).strip()


def is_ordered(sql: str) -> bool:
    """Whether the query itself, not a part of it in brackets, has an ORDER BY."""
    (statement,) = _parsed(sql)
    return any(token.is_keyword and token.normalized.split() == ["ORDER", "BY"] for token in statement.tokens)


def after_key(hook: Any, sql: str, parameters: Any, key: str, value: Any) -> tuple[str, Any]:
    """Return the query and its parameters for the rows whose key is greater than ``value``, in the key's order.

    :param hook: knows the placeholder and how names are quoted.
    :param value: ``None``: from the first row on.
    """
    wrapped, parameters, column = _wrapped(hook, "*", (sql, parameters), key, value)
    return f"{wrapped} ORDER BY {column}", parameters


def counting(hook: Any, sql: str, parameters: Any, key: str | None = None, value: Any = None) -> tuple[str, Any]:
    """Return the query and its parameters for how many rows there are.

    :param value: only those whose key is greater; ``None``: all of them.
    """
    wrapped, parameters, _ = _wrapped(hook, "COUNT(*)", (sql, parameters), key or "", value)
    return wrapped, parameters


def without_rows(hook: Any, sql: str, parameters: Any) -> tuple[str, Any]:
    """Return a query and its parameters that has the same columns, and no rows."""
    wrapped, parameters, _ = _wrapped(hook, "*", (sql, parameters), "", None)
    return f"{wrapped} WHERE 1 = 0", parameters


def _wrapped(hook: Any, what: str, query: tuple[str, Any], key: str, value: Any) -> tuple[str, Any, str]:
    """Return the query around the author's own, its parameters, and the key as a column of it."""
    sql, parameters = query
    # named as a column of the wrapped query: some databases take an unknown quoted name alone for a text
    column = f"bento_rows.{_quoted(hook, key)}"
    # a line feed before the bracket, since the query may end with a comment
    wrapped = f"SELECT {what} FROM (\n{sql}\n) bento_rows"  # noqa: S608 - the author's own; the value is a parameter
    # drivers interpret % only if there are parameters; the author has doubled it for parameters of their own
    if "%" in hook.placeholder and (parameters or value is not None):
        column = column.replace("%", "%%")
        wrapped = wrapped if parameters else wrapped.replace("%", "%%")
    if value is None:
        return wrapped, parameters, column
    marker, parameters = _with(parameters, hook.placeholder, value)
    # a key that is NULL would be lost silently if NULLs come last; selected, it is seen and rejected
    return f"{wrapped} WHERE ({column} > {marker} OR {column} IS NULL)", parameters, column


def _with(parameters: Any, placeholder: str, value: Any) -> tuple[str, Any]:
    if isinstance(parameters, Mapping) and parameters:
        marker = "%(bento_after)s" if "%" in placeholder else ":bento_after"
        return marker, {**parameters, "bento_after": value}
    return placeholder, (*(parameters or ()), value)


def _quoted(hook: Any, name: str) -> str:
    form = _QUOTES.get(getattr(hook, "conn_type", ""), "") or getattr(hook, "escape_word_format", '"{}"')
    closing = form[-1]
    return str(form).format(name.replace(closing, closing * 2))


def _parsed(sql: str) -> tuple[Any, ...]:
    try:
        import sqlparse
    except ImportError as error:
        raise BentoSetupError("Queries need apache-airflow-providers-common-sql: install it.") from error
    parsed: tuple[Any, ...] = sqlparse.parse(sql)
    return parsed

"""A database's error about a query, shown without values: which errors concern the query, and what is blanked.

A database's message may contain row values, so only errors about the query itself keep their text. Those can contain
nothing but names of the database and parts of the query; of these, literals and parameters are blanked. Pure.

Tested by tests/unit/sources/sql/test_source.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

__all__ = ["blanked_statement", "describe_error", "is_about_query", "state_of"]

LONGEST: Final = 600
"""Characters of a message or a statement that are shown."""

# SQL standard and drivers: syntax or access rule, feature not supported, no such catalog, no such schema
_ABOUT_QUERY: Final = ("42", "0A", "3D", "3F")

# MySQL's drivers without SQLSTATE: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
_MYSQL: Final = frozenset(
    {1044, 1046, 1049, 1051, 1052, 1054, 1055, 1056, 1060, 1064, 1066, 1109, 1110, 1111, 1140, 1142, 1143, 1146, 1149}
    | {1221, 1222, 1241, 1247, 1248, 1305, 1318, 1327, 1370, 1582, 1630, 3065}
)
_ORACLE: Final = range(900, 1000)  # ORA-00900 to 00999: statement, identifier, table or view
_TRINO: Final = frozenset(
    {"SYNTAX_ERROR", "COLUMN_NOT_FOUND", "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND", "AMBIGUOUS_NAME"}
    | {"TYPE_MISMATCH", "FUNCTION_NOT_FOUND", "MISSING_GROUP_BY", "EXPRESSION_NOT_AGGREGATE", "PERMISSION_DENIED"}
)
# by name, and not those that inherit from them: DuckDB's InvalidInputException contains row values
_CLASSES: Final = frozenset({"ProgrammingError", "ParserException", "BinderException", "CatalogException"})
_MYSQL_CLAUSES: Final = frozenset(
    {"field list", "where clause", "order clause", "on clause", "having clause", "group statement", "from clause"}
)

_ADDRESS: Final = re.compile(r"\S*@\S*")
_QUOTED: Final = re.compile(r'"([^"]*)"|`([^`]*)`|\'([^\']*)\'')
_REST: Final = re.compile(r"'.*'|'.*$", re.DOTALL)
_UNCLEAR: Final = re.compile(r"'.*'|['\"].*$", re.DOTALL)
_PLAIN: Final = re.compile(r"\b(?:line|position|character|column) \d+\b|\b[a-z]+n't\b|\bORA-\d+", re.IGNORECASE)
_NUMBER: Final = re.compile(r"(?<![\w.])[-+]?\d[\w.]*")
_WORD: Final = re.compile(r"[^\W\d][\w$]*")
_PRIVATE: Final = 0xE000  # letters of no alphabet, which replace the kept words meanwhile


def state_of(error: BaseException) -> str:
    """Return the error's SQLSTATE; empty: the driver reports none."""
    states = (getattr(error, "sqlstate", None), getattr(error, "pgcode", None), *error.args[:1])
    fit = (state for state in states if isinstance(state, str) and re.fullmatch(r"[0-9A-Z]{5}", state))
    return next(fit, "")


def is_about_query(error: BaseException) -> bool:
    """Whether the error is about the query's own words, so that its message contains no value of a row."""
    if state := state_of(error):
        return state.startswith(_ABOUT_QUERY)
    if type(error).__module__ == "sqlite3":
        return getattr(error, "sqlite_errorname", "") == "SQLITE_ERROR"  # none: Python's own, about a row's value
    number = error.args[0] if error.args else None
    if type(error).__module__.partition(".")[0] in ("MySQLdb", "pymysql"):
        return number in _MYSQL
    if (code := getattr(number, "code", None)) is not None:
        return code in _ORACLE
    return type(error).__name__ in _CLASSES or getattr(error, "error_name", None) in _TRINO


def describe_error(error: BaseException, sql: str, parameters: Any, *, quoted_names: bool) -> str:
    """Return the database's message on one line: with the names in the query, and no other quoted text.

    :param error: one that :func:`is_about_query`.
    :param quoted_names: whether words between double quotes are always a name in this database, never a text.
    """
    names, literals = _words(sql, quoted_names)
    text = _message_of(error)
    for value in sorted({*literals, *_values(parameters)}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", "?", text) if value.strip() else text
    kept: list[str] = []

    def keep(words: str) -> str:
        kept.append(words)
        return chr(_PRIVATE + len(kept) - 1)

    def quoted(match: re.Match[str]) -> str:
        if _is_known(match[0][1:-1], names):
            return keep(match[0])
        return match[0] if match[0].startswith("'") else "?"  # MySQL nests them: the outermost go, below

    text = "".join(letter if letter.isprintable() and ord(letter) < _PRIVATE else " " for letter in text)
    text = _QUOTED.sub(quoted, _PLAIN.sub(lambda match: keep(match[0]), _ADDRESS.sub("?", text)))
    text = _NUMBER.sub("?", _REST.sub("?", text))
    for index, words in enumerate(kept):
        text = text.replace(chr(_PRIVATE + index), words)
    return _short(text).rstrip(". ")


def _is_known(words: str, names: frozenset[str]) -> bool:
    """Whether the words between quotes are a name of the query's own, dotted or not, or a clause as MySQL calls it."""
    if words in _MYSQL_CLAUSES:
        return True
    return re.fullmatch(r"[^\W\d][\w$]*(\.[^\W\d][\w$]*)*", words) is not None and names.issuperset(
        words.casefold().split(".")
    )


def blanked_statement(sql: str, *, quoted_names: bool) -> str:
    """Return a statement on one line, without its comments, texts and numbers.

    :param quoted_names: whether words between double quotes are always a name in this database, never a text.
    """
    from sqlparse.tokens import Comment

    tokens = list(_tokens(sql, quoted_names))
    if not _is_understood(tokens):  # everything within quotes goes
        return _short(_ADDRESS.sub("?", _NUMBER.sub("?", _UNCLEAR.sub("?", sql))))
    shown = [" " if token.ttype in Comment else "?" if is_value else str(token) for token, is_value in tokens]
    return _short(_ADDRESS.sub("?", "".join(shown)))


def _is_understood(tokens: Iterable[tuple[Any, bool]]) -> bool:
    """Whether it is clear where the texts of a query end: in ``'O'Brien'``, as templates write it, it is not."""
    from sqlparse.tokens import Error, String

    text_before = False
    for token, _ in tokens:
        if token.ttype in Error or (text_before and _WORD.match(str(token))):
            return False
        text_before = token.ttype in String.Single
    return True


def _tokens(sql: str, quoted_names: bool) -> Iterator[tuple[Any, bool]]:  # noqa: FBT001  (a fact of the database)
    """Yield the query's tokens, and whether each is, or may be, a value: a text, a number, a comment."""
    import sqlparse
    from sqlparse.tokens import Comment, Comparison, Literal, String

    last: Any = None
    in_list = False
    statements: Any = sqlparse.parse(sql)
    for token in (token for statement in statements for token in statement.flatten()):
        words = str(token)
        if words == "(" and str(last).upper() == "IN":
            in_list = True
        in_list = in_list and words != ")"
        if token.ttype in String.Symbol:
            compared = in_list or (last is not None and last.ttype in Comparison)
            is_name = str(last) == "." or (quoted_names and not compared)
            yield token, not (is_name and re.fullmatch(r"\W[^\W\d][\w$ %]*\W", words))
        else:
            yield token, token.ttype in Literal or token.ttype in Comment
        if not token.is_whitespace and token.ttype not in Comment:
            last = token


def _words(sql: str, quoted_names: bool) -> tuple[frozenset[str], set[str]]:  # noqa: FBT001  (a fact of the database)
    """Return the names that a query uses, in small letters, and what its values contain."""
    names, values = set[str](), set[str]()
    tokens = list(_tokens(sql, quoted_names))
    for token, is_value in tokens:
        if is_value:
            values.add(str(token).strip("'\"$"))
        else:
            names.update(_WORD.findall(str(token).casefold()))
    return frozenset(names if _is_understood(tokens) else ()), values


def _values(parameters: Any) -> Iterator[str]:
    values = parameters.values() if isinstance(parameters, Mapping) else parameters or ()
    for value in values:
        yield from map(str, value if isinstance(value, list | tuple | set | frozenset) else (value,))


def _message_of(error: BaseException) -> str:
    """Return the message, without hints, and without the excerpt of the query that drivers add below it."""
    primary = getattr(getattr(error, "diag", None), "message_primary", None)
    parts = [part.decode("utf-8", "replace") if isinstance(part, bytes) else part for part in reversed(error.args)]
    code = getattr(parts[-1], "message", "") if parts else ""  # Oracle's
    message = str(primary or next((part for part in parts if isinstance(part, str)), code))
    return re.split(r"\n\s*(?:LINE \d|\^|DETAIL|HINT|CONTEXT)", message, maxsplit=1)[0]


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"

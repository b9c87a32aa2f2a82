"""Queries on SQLite: a real shop, keys that would lose rows, statements that are none, databases that fail."""

from __future__ import annotations

import itertools
import logging
import sqlite3
import types
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from hypothesis import given
from hypothesis.strategies import characters, text
from memory import peak_bytes

from airflow_provider_bento.delivery.source import size_of
from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoError, BentoRetryLater, BentoSetupError
from airflow_provider_bento.sources.sql.errors import blanked_statement, describe_error, is_about_query
from airflow_provider_bento.sources.sql.query import after_key, checked, is_ordered
from airflow_provider_bento.sources.sql.resume_key import KeyGuard, key_of
from airflow_provider_bento.sources.sql.source import SqlSource

CHINOOK = Path(__file__).parents[5] / "shared" / "data" / "chinook.sqlite"


class _Hook(SqliteHook):
    """Airflow's hook on a file, without a connection in Airflow."""

    connection_extra = types.MappingProxyType({})

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def get_conn(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.path}?mode=ro", uri=True)


@pytest.fixture
def chinook() -> _Hook:
    """Return the hook of the music shop's database, read where it lies."""
    if not CHINOOK.exists():
        pytest.skip("the Chinook database is not beside this checkout: queries over real input are NOT tested")
    return _Hook(CHINOOK)


@pytest.fixture
def shop(tmp_path: Path) -> Callable[..., _Hook]:
    """Return what makes a database of one table."""

    def make(*statements: str) -> _Hook:
        path = tmp_path / "shop.sqlite"
        with sqlite3.connect(path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return _Hook(path)

    return make


def rows(hook: Any, sql: str, after: Cursor | None = None, **arguments: Any) -> list[Any]:
    """Return the rows of a query."""
    return list(SqlSource(sql, hook=hook, **arguments).rows(after or Cursor()))


def test_customers_of_a_real_shop(chinook: _Hook) -> None:
    """All of them, by key, with their accents and NULLs, and behind every one of them again."""
    sql = "SELECT CustomerId, Email, FirstName, Company FROM Customer;  "
    found = rows(chinook, sql, resume_key="CustomerId")
    assert len(found) == 59
    assert found[0].data["FirstName"] == "Luís"
    assert found[1].data["Company"] is None
    for done, row in enumerate(found, 1):
        assert rows(chinook, sql, row.after, resume_key="CustomerId") == found[done:]


def test_invoice_lines_of_a_real_shop_by_order(chinook: _Hook) -> None:
    """A join of two thousand rows with parameters, ordered, resumed by reading again."""
    sql = """
        WITH lines AS (SELECT * FROM InvoiceLine JOIN Invoice USING (InvoiceId))
        SELECT InvoiceLineId, Total, BillingCity FROM lines WHERE Total > ? ORDER BY InvoiceLineId
    """
    found = rows(chinook, sql, parameters=(1,))
    assert len(found) > 2000
    middle = found[1000].after
    assert rows(chinook, sql, middle, parameters=(1,)) == found[1001:]


def test_a_key_takes_up_what_came_later(shop: Callable[..., _Hook]) -> None:
    """Rows that were added or changed behind the mark are read; those before it are not read again."""
    hook = shop("CREATE TABLE t (id INTEGER, x)", "INSERT INTO t VALUES (1, 'a'), (2, 'b'), (5, 'c')")
    cursor = rows(hook, "SELECT * FROM t", resume_key="id")[1].after
    shop("INSERT INTO t VALUES (0, 'old'), (3, 'new')", "UPDATE t SET x = 'C' WHERE id = 5")
    later = rows(hook, "SELECT * FROM t", cursor, resume_key="id")
    assert [(row.position, row.data) for row in later] == [(2, {"id": 3, "x": "new"}), (3, {"id": 5, "x": "C"})]


def test_a_key_that_became_null_is_not_passed_over(shop: Callable[..., _Hook]) -> None:
    """Nothing is greater than NULL, so a resume would never ask for such a row."""
    hook = shop("CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1), (2)")
    cursor = rows(hook, "SELECT * FROM t", resume_key="id")[0].after
    shop("INSERT INTO t VALUES (NULL)")
    with pytest.raises(BentoSetupError, match="is NULL in the row at position 1"):
        rows(hook, "SELECT * FROM t", cursor, resume_key="id")


BAD_KEYS: list[tuple[str, str, str]] = [
    ("(1), (2), (2)", "id", "not unique: the row at position 2"),
    ("('a'), ('A')", "id", "not unique: the row at position 1"),
    ("('e '), ('é')", "id", "not unique"),
    ("(NULL), (1)", "id", "NULL in the row at position 0"),
    ("(1.5)", "id", "is a float"),
    ("(x'00')", "id", "is a bytes"),
    ("('ann@example.com')", "id", "without personal data"),
    ("(1)", "other", "resume_key 'other' is not among the selected columns: id. Add other to the SELECT"),
]


@pytest.mark.parametrize(("values", "key", "words"), BAD_KEYS, ids=range(len(BAD_KEYS)))
def test_keys_that_could_lose_rows_or_name_people(
    shop: Callable[..., _Hook], values: str, key: str, words: str
) -> None:
    """Each is refused where it shows, without its value."""
    hook = shop("CREATE TABLE t (id)", f"INSERT INTO t VALUES {values}")
    with pytest.raises(BentoSetupError, match=words) as caught:
        rows(hook, "SELECT * FROM t", resume_key=key)
    assert "ann" not in str(caught.value)


def test_the_first_row_of_a_resume_is_compared_too(shop: Callable[..., _Hook]) -> None:
    """A key that the database takes for greater than itself (rounded, or of another kind) does not come twice."""
    guard = KeyGuard("id", ["datetime", "2026-01-01T00:00:00.123457"])
    with pytest.raises(BentoSetupError, match="not unique"):
        guard.token({"id": datetime(2026, 1, 1, 0, 0, 0, 123457)}, 7)  # noqa: DTZ001 - as a driver gives it


@pytest.mark.parametrize(
    "key",
    [
        0,
        -5,
        2**80,
        "",
        "a'b\"c",
        Decimal("1.10"),
        date(2026, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
        UUID(int=9),
    ],
    ids=str,
)
def test_keys_survive_a_checkpoint(key: Any) -> None:
    """They come back from JSON as they were, of the same kind."""
    token = msgspec.json.decode(msgspec.json.encode(KeyGuard("id").token({"id": key}, 0)))
    assert (key_of(token), type(key_of(token))) == (key, type(key))


@pytest.mark.parametrize("name", ["id", "Order", 'a"b', "100%", "é x", "select"])
@pytest.mark.parametrize("parameters", [None, (0,), {"least": 0}])
def test_odd_names_and_every_kind_of_parameters(shop: Callable[..., _Hook], name: str, parameters: Any) -> None:
    """The key is quoted as the database wants it, and its value is a parameter among the author's own."""
    quoted = '"{}"'.format(name.replace('"', '""'))
    where = {None: "", tuple: f"WHERE {quoted} > ?", dict: f"WHERE {quoted} > :least"}[
        parameters if parameters is None else type(parameters)
    ]
    hook = shop(f"CREATE TABLE t ({quoted} INTEGER)", "INSERT INTO t VALUES (3), (1), (2)")
    sql = f"SELECT {quoted} FROM t {where}"
    found = rows(hook, sql, parameters=parameters, resume_key=name)
    assert [row.data[name] for row in found] == [1, 2, 3]
    assert rows(hook, sql, found[0].after, parameters=parameters, resume_key=name) == found[1:]


def test_percent_signs_are_doubled_only_where_the_driver_reads_them() -> None:
    """`LIKE 'a%'` stays itself when our parameter is the first one."""
    hook = types.SimpleNamespace(placeholder="%s", conn_type="postgres", escape_word_format='"{}"')
    sql = "SELECT id FROM t WHERE x LIKE 'a%'"
    assert after_key(hook, sql, None, "id", None)[0].count("%") == 1
    text, parameters = after_key(hook, sql, None, "id", 5)
    assert text % parameters == (
        "SELECT * FROM (\nSELECT id FROM t WHERE x LIKE 'a%'\n) bento_rows"
        ' WHERE (bento_rows."id" > 5 OR bento_rows."id" IS NULL) ORDER BY bento_rows."id"'
    )
    assert "%(bento_after)s" in after_key(hook, sql, {"a": 1}, "id", 5)[0]


def test_names_are_quoted_as_mysql_wants_them() -> None:
    """Between double quotes MySQL reads a text, and `'id' > 5` would end the run early."""
    hook = types.SimpleNamespace(placeholder="%s", conn_type="mysql", escape_word_format='"{}"')
    assert "bento_rows.`a``b` > %s" in after_key(hook, "SELECT 1", None, "a`b", 5)[0]


NO_SELECT: list[tuple[Any, str]] = [
    ("", "text of a single SELECT"),
    (" ; ", "text of a single SELECT|0 statements"),
    (None, "text of a single SELECT"),
    ("SELECT 1; SELECT 2", "2 statements"),
    ("DELETE FROM t", "not DELETE"),
    ("UPDATE t SET x = 1", "not UPDATE"),
    ("DROP TABLE t", "not DROP"),
    ("INSERT INTO t SELECT 1", "not INSERT"),
    ("WITH x AS (SELECT 1) DELETE FROM t", "not DELETE"),
]


@pytest.mark.parametrize(("sql", "words"), NO_SELECT, ids=range(len(NO_SELECT)))
def test_what_is_no_query(sql: Any, words: str) -> None:
    """A source reads; other statements have their own operators."""
    with pytest.raises(BentoSetupError, match=words):
        SqlSource(sql, conn_id="x")


@pytest.mark.parametrize(
    ("sql", "ordered"),
    [
        ("SELECT 1 ORDER BY 1", True),
        ("select 1 order\n by x -- done\n", True),
        ("WITH x AS (SELECT 1 ORDER BY 1) SELECT * FROM x", False),
        ("SELECT * FROM (SELECT 1 ORDER BY 1) x", False),
        ("SELECT row_number() OVER (ORDER BY x) FROM t", False),
        ("SELECT 'ORDER BY' FROM t -- ORDER BY x", False),
        ("SELECT * FROM t ORDER BY x LIMIT 5", True),
        ("SELECT * FROM t UNION SELECT * FROM u ORDER BY 1", True),
    ],
)
def test_only_an_order_of_the_whole_counts(sql: str, ordered: bool) -> None:
    """Not one in brackets, in a window, in a text or in a comment."""
    assert is_ordered(checked(sql)) is ordered


def test_comments_are_no_statements() -> None:
    """Before the query, behind it, and behind its semicolon."""
    for sql in ("-- a\nSELECT 1", "SELECT 1; -- done", "SELECT 1 /* x; y */;\n/* z */", "SELECT 1; /* x */ ;"):
        assert "SELECT 1" in checked(sql)
        assert ";" not in checked(sql)
    for end in ("; -- done", " -- a\n; -- b", " /* a */ ; /* b */", ";;"):
        for query in ("SELECT 1 FROM t WHERE x = ';'", "SELECT x FROM t AS u"):
            assert checked(query + end) == query


def test_a_query_without_order_says_so(shop: Callable[..., _Hook], caplog: pytest.LogCaptureFixture) -> None:
    """It runs, and one line tells what a retry will need."""
    hook = shop("CREATE TABLE t (id)", "INSERT INTO t VALUES (1)")
    with caplog.at_level(logging.WARNING):
        assert len(rows(hook, "SELECT * FROM t")) == 1
        assert len(rows(hook, "SELECT * FROM t ORDER BY id")) == 1
        assert len(rows(hook, "SELECT * FROM t", resume_key="id")) == 1
    assert Counter("neither a resume_key nor an ORDER BY" in record.message for record in caplog.records) == {True: 1}


@pytest.mark.parametrize("arguments", [{}, {"conn_id": "a", "hook": object()}])
def test_one_database(arguments: dict[str, Any]) -> None:
    """Neither none nor two."""
    with pytest.raises(BentoSetupError, match="sql_conn_id"):
        SqlSource("SELECT 1", **arguments)


def test_a_connection_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not defined, of a type without a provider, or not of a database; each says what to do."""
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_FILES", '{"conn_type": "fs"}')
    monkeypatch.setenv("AIRFLOW_CONN_SHOP_ODD", '{"conn_type": "odd_base"}')
    wanted = {
        "nowhere": "connection 'nowhere' in sql_conn_id does not exist .* Add it under Admin > Connections",
        "shop_odd": "is of type 'odd_base', for which no hook is installed .* Install the Airflow provider",
        "shop_files": "'shop_files' uses FSHook, which is not an SQL hook",
    }
    for conn_id, words in wanted.items():
        with pytest.raises(BentoSetupError, match=words) as caught:
            list(SqlSource("SELECT 1", conn_id=conn_id).rows(Cursor()))
        assert caught.value.__cause__ is None


def test_two_columns_of_one_name(shop: Callable[..., _Hook]) -> None:
    """One of them would be lost."""
    with pytest.raises(BentoSetupError, match="two columns with the same name: 'id'"):
        rows(shop("CREATE TABLE t (id)", "INSERT INTO t VALUES (1)"), "SELECT id, id FROM t")


class _Failing:
    """A hook whose database fails in one way."""

    placeholder = "%s"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_conn(self) -> Any:
        raise self.error


class OperationalError(Exception):
    """As DB-API drivers call it."""


class DataError(Exception):
    """As DB-API drivers call it; its text holds a value."""


class ProgrammingError(Exception):
    """As DB-API drivers call it."""


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (OperationalError("server closed the connection"), BentoRetryLater),
        (ConnectionRefusedError(111, "refused"), BentoRetryLater),
        (TimeoutError(), BentoRetryLater),
        (ProgrammingError("no such column idd"), BentoSetupError),
        (DataError("invalid input: ann@example.com"), BentoSetupError),
    ],
    ids=lambda value: getattr(value, "__name__", type(value).__name__),
)
def test_failures_of_a_database(error: Exception, kind: type[BentoError]) -> None:
    """What may pass is worth a retry; a message that may hold values is not shown, not even as the cause."""
    with pytest.raises(BentoError) as caught:
        rows(_Failing(error), "SELECT 1")
    assert type(caught.value) is kind
    assert "ann@" not in f"{caught.value}{caught.value.__dict__}"
    assert (caught.value.__suppress_context__, caught.value.__cause__) == (True, None)


def test_a_refused_query_says_why_and_what_was_run(shop: Callable[..., _Hook]) -> None:
    """The database's own sentence, and the statement without its texts, numbers and comments."""
    hook = shop("CREATE TABLE t (id, email)")
    sql = "SELECT nope FROM t WHERE email = 'ann@example.com' AND id > 1234 -- for Ann"
    with pytest.raises(BentoSetupError) as caught:
        rows(hook, sql)
    assert str(caught.value) == (
        "The database rejected the query (OperationalError): no such column: nope. The statement was: "
        "SELECT nope FROM t WHERE email = ? AND id > ?"
    )


@pytest.mark.parametrize(
    ("sql", "key", "words"),
    [
        ("SELECT email FROM t", "id", "resume_key 'id' is not among the selected columns: email. Add id to the SELECT"),
        ("SELECT email FROM t WHERE id > 0", "id", "is not among the selected columns: email"),
        ("SELECT id AS 'Id' FROM t", "id", "Spell it as the database does: resume_key='Id'"),
        ("SELECT nope FROM t", "id", "no such column: nope"),
        ("SELECT nope FROM t", "nope", "no such column: nope"),
        ("SELECT * FROM nowhere", "id", "no such table: nowhere"),
        ("SELECT * FROMM t", "id", 'near ".": syntax error|near "FROMM": syntax error|near "t": syntax error'),
    ],
)
def test_a_key_is_told_from_a_wrong_query(shop: Callable[..., _Hook], sql: str, key: str, words: str) -> None:
    """A key that is not selected is named, with the columns that are; else the database's own words stand."""
    hook = shop("CREATE TABLE t (id, email)", "INSERT INTO t VALUES (1, 'ann@example.com')")
    with pytest.raises(BentoSetupError, match=words):
        rows(hook, sql, resume_key=key)


class _Alone(_Hook):
    """A database that takes no query as part of another one, as SQL Server takes none with an ORDER BY."""

    def get_conn(self) -> sqlite3.Connection:
        class SlowCursor(sqlite3.Cursor):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                return super().execute(sql.replace(") bento_rows", ") bento_rows nonsense"), *parameters)

        class Connection(sqlite3.Connection):
            def cursor(self, *_: Any) -> sqlite3.Cursor:  # type: ignore[override]
                return super().cursor(SlowCursor)

        return sqlite3.connect(self.path, factory=Connection)


def test_a_database_that_takes_the_query_only_alone(shop: Callable[..., _Hook]) -> None:
    """The message says what of the query stands in the way; a key that is missing is told all the same."""
    path = shop("CREATE TABLE t (id)").path
    with pytest.raises(BentoSetupError, match=r"accepts the query alone.*remove its ORDER BY or WITH"):
        rows(_Alone(path), "SELECT id FROM t ORDER BY id", resume_key="id")
    with pytest.raises(BentoSetupError, match="'nope' is not among the selected columns: id"):
        rows(_Alone(path), "SELECT id FROM t ORDER BY id", resume_key="nope")
    with pytest.raises(BentoSetupError, match="rejected the query"):
        rows(_Alone(path), "SELECT nope FROM t", resume_key="id")


def test_a_value_that_sqlite_cannot_read_is_not_shown(shop: Callable[..., _Hook]) -> None:
    """Python's message holds it."""
    hook = shop("CREATE TABLE t (id, x TEXT)", "INSERT INTO t VALUES (1, CAST(x'616e6eff' AS TEXT))")
    with pytest.raises(BentoSetupError, match="is not shown because it may contain row values") as caught:
        rows(hook, "SELECT x FROM t ORDER BY id")
    assert "ann" not in f"{caught.value}{caught.value.__cause__}"


class _Said(Exception):
    """An error of a driver."""


SAID: list[tuple[tuple[Any, ...], str]] = [
    (("Unknown column 'nope' in 'field list'",), "Unknown column 'nope' in 'field list'"),
    (("near 'WHERE email = 'ann@x.io' AND name='O'Brien'' at line 1",), "near ? at line 1"),
    (("column \"nope\" does not exist\nLINE 1: SELECT nope WHERE 'Ann'",), 'column "nope" does not exist'),
    (('syntax error at or near "Brien"',), "syntax error at or near ?"),
    (("invalid input 'Ann Smith', 4711, bob@x.io",), "invalid input ?, ?, ?"),
    (
        ("error line 1 at position 7\ninvalid identifier 'NOPE'",),
        "error line 1 at position 7 invalid identifier 'NOPE'",
    ),
    ((207, b"Invalid column name 'nope'.DB-Lib error"), "Invalid column name 'nope'.DB-Lib error"),
    (('relation "crm.t" does not exist',), 'relation "crm.t" does not exist'),
    (("Table 'crm.t' doesn't exist",), "Table 'crm.t' doesn't exist"),
    (("no such function: secret",), "no such function: ?"),
    ((), ""),
]


@pytest.mark.parametrize(("arguments", "words"), SAID, ids=range(len(SAID)))
def test_what_a_database_says_without_values(arguments: tuple[Any, ...], words: str) -> None:
    """Names of the query stay; what is quoted and no such name, numbers, addresses and parameters go."""
    sql = "SELECT nope FROM crm.t WHERE name = 'O''Brien' AND x = %s AND email = 'ann@x.io'"
    assert describe_error(_Said(*arguments), sql, ("secret",), quoted_names=True) == words


SQLSTATES = [("42703", True), ("42P01", True), ("0A000", True), ("3F000", True), ("22P02", False), ("08006", False)]


@pytest.mark.parametrize(("state", "about"), SQLSTATES)
def test_a_state_tells_whether_the_words_may_be_shown(state: str, about: bool) -> None:
    """As an attribute of any name, or as pyodbc's first argument; it counts more than the class."""
    for error in (ProgrammingError("x"), OperationalError("x")):
        error.pgcode = state  # type: ignore[attr-defined]
        assert is_about_query(error) is about
    assert is_about_query(ProgrammingError(state, "[Microsoft] x")) is about


def test_some_databases_tell_by_words_of_their_own() -> None:
    """Oracle by its code, Trino by a name, DuckDB by a class; other errors of theirs may hold a value."""
    oracle = types.SimpleNamespace(code=904, message='ORA-00904: "NOPE": invalid identifier')
    for code, about in ((904, True), (942, True), (1722, False), (1, False)):
        oracle.code = code
        assert is_about_query(OperationalError(oracle)) is about
    assert describe_error(OperationalError(oracle), "SELECT nope FROM t", None, quoted_names=True) == (
        'ORA-00904: "NOPE": invalid identifier'
    )
    for name, about in (("COLUMN_NOT_FOUND", True), ("INVALID_CAST_ARGUMENT", False)):
        trino = OperationalError("x")
        trino.error_name = name  # type: ignore[attr-defined]
        assert is_about_query(trino) is about
    for base, name, about in ((ProgrammingError, "BinderException", True), (ProgrammingError, "InvalidInput", False)):
        assert is_about_query(type(name, (base,), {})("x")) is about


def test_mysql_tells_by_number() -> None:
    """Its drivers call an unknown column operational, as they do a lost connection."""
    kind = type("OperationalError", (Exception,), {"__module__": "MySQLdb"})
    assert is_about_query(kind(1054, "Unknown column"))
    assert not is_about_query(kind(2006, "gone away"))


STATEMENTS = [
    ("SELECT \"Order\", 'x' FROM t -- c\n WHERE n = 5", 'SELECT "Order", ? FROM t WHERE n = ?'),
    ("SELECT $$ann$$, E'it''s', N'x', 0x1F, 1e5", "SELECT ?, E?, N?, ?, ?"),
    ('SELECT "ann@x.io", `a`, [b c]', "SELECT ?, `a`, [b c]"),
    ("SELECT 'open", "SELECT ?"),
    ("SELECT * FROM t WHERE x = %s AND y = :y AND z = ?", "SELECT * FROM t WHERE x = %s AND y = :y AND z = ?"),
    ("SELECT a FROM t WHERE n = 'O'Brien'", "SELECT a FROM t WHERE n = ?"),
    ("SELECT a FROM t WHERE n = 'O'Brien and D'Arcy'", "SELECT a FROM t WHERE n = ?"),
    ("SELECT a FROM t WHERE n = \"O'Brien", "SELECT a FROM t WHERE n = ?"),
]


@pytest.mark.parametrize(("sql", "shown"), STATEMENTS, ids=range(len(STATEMENTS)))
def test_a_statement_without_its_values(sql: str, shown: str) -> None:
    """On one line; a quotation that never ends is blanked to its end."""
    assert blanked_statement(sql, quoted_names=True) == shown


@pytest.mark.parametrize("name", ["O'Brien", "O'Brien and D'Arcy"])
def test_a_quote_in_a_value_that_was_rendered_shows_no_part_of_it(name: str) -> None:
    """The database is told half a text, and quotes the other half as if it were the query's own word."""
    sql = f"SELECT a FROM t WHERE n = '{name}'"
    assert describe_error(_Said('near "Brien": syntax error'), sql, None, quoted_names=True) == "near ?: syntax error"


def test_what_stands_in_double_quotes_may_be_a_text() -> None:
    """In some databases always; where it is compared with something, it may be a slip in the others."""
    sql = 'SELECT "Order", t."Id" FROM t WHERE a = "Ann Smith" AND b LIKE "Oslo" AND c IN ("Bob", "Eve") AND "k" > 1'
    assert blanked_statement(sql, quoted_names=False) == (
        'SELECT ?, t."Id" FROM t WHERE a = ? AND b LIKE ? AND c IN (?, ?) AND ? > ?'
    )
    assert blanked_statement(sql, quoted_names=True) == (
        'SELECT "Order", t."Id" FROM t WHERE a = ? AND b LIKE ? AND c IN (?, ?) AND "k" > ?'
    )
    assert (
        describe_error(_Said('column "Ann Smith" does not exist'), sql, None, quoted_names=True)
        == "column ? does not exist"
    )
    assert (
        describe_error(_Said('column "bob" does not exist'), sql, None, quoted_names=True) == "column ? does not exist"
    )


@given(text(alphabet=characters(exclude_categories=["Cs"])), text(alphabet="abc'\"`$ %()", max_size=20))
def test_no_literal_is_ever_shown(secret: str, around: str) -> None:
    """Whatever a text holds, the statement shows none of it, and neither does a message that repeats it."""
    marked = f"{secret}Zq7Zq"
    sql = f"SELECT a FROM t WHERE x = '{marked.replace(chr(39), chr(39) * 2)}'"
    said = _Said(f"{around}near \"{marked}\" and '{marked}'")
    for quoted_names in (False, True):
        assert "Zq7Zq" not in blanked_statement(sql, quoted_names=quoted_names)
        assert "Zq7Zq" not in describe_error(said, sql, ([marked],), quoted_names=quoted_names)


def test_rows_are_counted_after_the_mark(shop: Callable[..., _Hook]) -> None:
    """By key or by order, with parameters; a query that the database cannot count has no size."""
    hook = shop("CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1), (2), (3), (4)")
    for arguments in ({"resume_key": "id"}, {}):
        source = SqlSource("SELECT id FROM t WHERE id > ? ORDER BY id", hook=hook, parameters=(1,), **arguments)  # type: ignore[arg-type]
        found = list(source.rows(Cursor()))
        assert [source.size(after) for after in (Cursor(), found[0].after, found[2].after)] == [3, 2, 0]
    assert SqlSource("SELECT nope FROM t", hook=hook).size(Cursor()) is None
    assert SqlSource("SELECT id FROM t", hook=hook, count=False).size(Cursor()) is None
    assert size_of(SqlSource("SELECT 1", conn_id="nowhere"), Cursor()) is None


def test_a_query_that_is_slow_to_begin_is_not_run_once_more(shop: Callable[..., _Hook]) -> None:
    """Counting it could cost as much as it did."""
    hook = shop("CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1)")
    for seconds, size in ((5.0, 1), (5.1, None)):
        now = itertools.cycle([0.0, seconds])
        clock = types.SimpleNamespace(monotonic=lambda now=now: next(now))
        source = SqlSource("SELECT id FROM t ORDER BY id", hook=hook, clock=clock)  # type: ignore[arg-type]
        list(source.rows(Cursor()))
        assert source.size(Cursor()) == size


def test_a_connection_that_is_being_read_is_left_alone(shop: Callable[..., _Hook]) -> None:
    """A hook may have but one; closing it would end the reading."""
    path = shop("CREATE TABLE t (id INTEGER)", "INSERT INTO t VALUES (1), (2)").path
    only = sqlite3.connect(path)
    source = SqlSource(
        "SELECT id FROM t", hook=types.SimpleNamespace(placeholder="?", get_conn=lambda: only), resume_key="id"
    )
    reading = source.rows(Cursor())
    next(reading)
    assert source.size(Cursor()) is None
    assert len(list(reading)) == 1


def test_a_locked_database_is_worth_a_retry(tmp_path: Path) -> None:
    """SQLite's one kind of error says both; its name tells them apart."""
    path = tmp_path / "shop.sqlite"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("CREATE TABLE t (id)")
    writer.execute("BEGIN EXCLUSIVE")

    class Impatient(_Hook):
        def get_conn(self) -> sqlite3.Connection:
            return sqlite3.connect(self.path, timeout=0)

    with pytest.raises(BentoRetryLater):
        rows(Impatient(path), "SELECT * FROM t")
    writer.close()


def test_identity_knows_query_parameters_connection_and_key() -> None:
    """Each of them changes it."""
    sources = [
        SqlSource("SELECT 1", conn_id="a"),
        SqlSource("SELECT 2", conn_id="a"),
        SqlSource("SELECT 1", conn_id="b"),
        SqlSource("SELECT 1", conn_id="a", parameters=[1]),
        SqlSource("SELECT 1", conn_id="a", resume_key="id"),
    ]
    assert len({source.identity() for source in sources}) == len(sources)
    assert SqlSource(" SELECT 1 ; ", conn_id="a").identity() == sources[0].identity()


@pytest.mark.slow
def test_memory_is_flat(shop: Callable[..., _Hook]) -> None:
    """Thirty thousand rows take what a thousand take."""
    count = "WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < 30000) "
    hook = shop(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x)", "INSERT INTO t " + count + "SELECT id, hex(zeroblob(100)) FROM n"
    )

    def read() -> None:
        assert sum(1 for _ in SqlSource("SELECT * FROM t", hook=hook, resume_key="id").rows(Cursor())) == 30_000
        assert sum(1 for _ in SqlSource("SELECT * FROM t ORDER BY id", hook=hook).rows(Cursor())) == 30_000

    assert peak_bytes(read) < 2_000_000

"""Queries on a real PostgreSQL: what only a server shows: cursors on its side, its types, its failures."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.common.compat.sdk import BaseHook
from memory import peak_bytes

from airflow_provider_bento.delivery.values import Cursor
from airflow_provider_bento.exceptions import BentoRetryLater, BentoSetupError
from airflow_provider_bento.sources.sql.source import SqlSource


def _psycopg2(hook: Any) -> Any:
    import psycopg2

    return psycopg2.connect(host=hook.connection.host, user="airflow", dbname="postgres")


def _psycopg2_autocommit(hook: Any) -> Any:
    connection = _psycopg2(hook)
    connection.autocommit = True
    return connection


def _psycopg2_dicts(hook: Any) -> Any:
    import psycopg2
    from psycopg2.extras import RealDictConnection

    return psycopg2.connect(
        host=hook.connection.host, user="airflow", dbname="postgres", connection_factory=RealDictConnection
    )


def _psycopg3(hook: Any) -> Any:
    psycopg = pytest.importorskip("psycopg", reason="psycopg 3 is not installed")

    return psycopg.connect(host=hook.connection.host, user="airflow", dbname="postgres")


def _psycopg3_autocommit(hook: Any) -> Any:
    psycopg = pytest.importorskip("psycopg", reason="psycopg 3 is not installed")

    return psycopg.connect(host=hook.connection.host, user="airflow", dbname="postgres", autocommit=True)


CONNECTS: dict[str, Callable[[Any], Any]] = {
    "Airflow's hook": lambda hook: hook.get_conn(),
    "psycopg2": _psycopg2,
    "psycopg2, autocommit": _psycopg2_autocommit,
    "psycopg2, dicts": _psycopg2_dicts,
    "psycopg 3": _psycopg3,
    "psycopg 3, autocommit": _psycopg3_autocommit,
}


@pytest.fixture(params=list(CONNECTS))
def hook(request: pytest.FixtureRequest, postgres: str) -> Any:
    """Return a hook for each driver and mode that people have."""
    real = BaseHook.get_connection(postgres).get_hook()
    connect = CONNECTS[request.param]
    return types.SimpleNamespace(placeholder="%s", conn_type="postgres", get_conn=lambda: connect(real), real=real)


MANY = "SELECT n AS id, repeat('x', 300) AS text FROM generate_series(1, 100000) n"


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [{"resume_key": "id"}, {}], ids=["by key", "by order"])
def test_rows_stay_in_the_server_until_they_are_sent(hook: Any, arguments: dict[str, str]) -> None:
    """Thirty megabytes of a result are read within two; given up early, the rest is not fetched."""
    source = SqlSource(MANY if arguments else f"{MANY} ORDER BY id", hook=hook, **arguments)

    def read() -> None:
        assert [row.data["id"] for row, _ in zip(source.rows(Cursor()), range(20_000), strict=False)][-1] == 20_000

    assert peak_bytes(read) < 6_000_000


def test_a_resume_asks_the_server_for_the_rest_only(hook: Any) -> None:
    """Keys of every kind that may be one, with the author's own parameters and percent signs."""
    sql = """
        SELECT n AS id, ('2026-01-01'::timestamptz + n * interval '1 microsecond') AS at, n * 1.5 AS "Exact %%",
               md5(n::text)::uuid AS uid, 'k' || to_char(n, '000') AS "text", date '2026-01-01' + n AS day
        FROM generate_series(1, 50) n WHERE n > %s AND 'a%%' LIKE 'a%%'
    """
    for key in ("id", "at", "Exact %", "uid", "text", "day"):
        source = SqlSource(sql, hook=hook, parameters=(3,), resume_key=key)
        found = list(source.rows(Cursor()))
        assert len(found) == 47
        assert list(source.rows(found[20].after)) == found[21:]


def test_no_rows_and_no_columns_yet(hook: Any) -> None:
    """A result without rows is an empty source."""
    assert list(SqlSource("SELECT 1 AS id WHERE false", hook=hook, resume_key="id").rows(Cursor())) == []


def test_what_the_server_refuses(hook: Any) -> None:
    """A wrong query tells its SQLSTATE; a value that it could not read is not shown."""
    for sql, state in (("SELECT nothing FROM nowhere", "42P01"), ("SELECT 'ann@example.com'::int AS id", "22P02")):
        with pytest.raises(BentoSetupError, match=state) as caught:
            list(SqlSource(sql, hook=hook).rows(Cursor()))
        assert "ann@" not in f"{caught.value}{caught.value.__cause__}"


REFUSED = [
    ("SELECT nope FROM people", None, 'SQLSTATE 42703): column "nope" does not exist. The statement was: WITH people'),
    ("SELECT email FROM people WHERE email = 'ann@example.com' AND", None, "syntax error at end of input. "),
    (
        "SELECT email FROM people",
        "id",
        "resume_key 'id' is not among the selected columns: email. Add id to the SELECT",
    ),
    ("SELECT email FROM people WHERE id > %s", "id", "is not among the selected columns: email"),
    ("SELECT id AS \"Id\" FROM people WHERE email LIKE 'a%%' AND id > %s", "id", "resume_key='Id'"),
    ("SELECT nope FROM people", "nope", 'column "nope" does not exist'),
    ("SELECT 'ann@example.com'::int AS id FROM people", "id", "SQLSTATE 22P02). The message is not shown"),
]


@pytest.mark.parametrize(("sql", "key", "words"), REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_says_what_the_server_said(hook: Any, sql: str, key: str | None, words: str) -> None:
    """With the statement; a key that is not selected is named, whatever the server's language is."""
    percent = "%%" if "%s" in sql else "%"
    with_people = f"WITH people AS (SELECT 5 AS id, 'ann@example.com'::text AS email WHERE 'a' LIKE 'a{percent}') {sql}"
    source = SqlSource(with_people, hook=hook, resume_key=key, parameters=(0,) if "%s" in sql else None)
    with pytest.raises(BentoSetupError) as caught:
        list(source.rows(Cursor()))
    assert words in str(caught.value)
    assert "ann@" not in f"{caught.value}{caught.value.__cause__}"


def test_rows_are_counted_while_they_are_read(hook: Any) -> None:
    """In a connection of their own: the reading goes on."""
    arguments: dict[str, Any]
    for arguments in ({"resume_key": "id"}, {}):
        source = SqlSource("SELECT n AS id FROM generate_series(1, 3000) n ORDER BY n", hook=hook, **arguments)
        reading = source.rows(Cursor())
        first = next(reading)
        assert source.size(first.after) == 2999
        assert len(list(reading)) == 2999


def test_a_server_that_goes_away_in_the_middle(hook: Any) -> None:
    """The run stops where it is, and may be retried."""
    rows = SqlSource(f"{MANY} ORDER BY id", hook=hook).rows(Cursor())
    next(rows)
    hook.real.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    with pytest.raises(BentoRetryLater):
        list(rows)


def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: Any) -> None:
    """Nothing listens: worth a retry."""
    folder = tmp_path_factory.mktemp("no")
    monkeypatch.setenv("AIRFLOW_CONN_NO_PG", f'{{"conn_type": "postgres", "host": "{folder}", "schema": "x"}}')
    pytest.importorskip("airflow.providers.postgres")
    with pytest.raises(BentoRetryLater):
        list(SqlSource("SELECT 1", conn_id="no_pg").rows(Cursor()))


def test_rows_without_a_key_are_refused_by_every_attempt(hook: Any) -> None:
    """They come last here, and a resume asks for what is greater than the last key."""
    query = "SELECT nullif(n, 3) AS id FROM generate_series(1, 3) n"
    source = SqlSource(query, hook=hook, resume_key="id")
    read = source.rows(Cursor())
    first = next(read)
    for rest in (read, source.rows(first.after)):
        with pytest.raises(BentoSetupError, match="is NULL in the row at position 2"):
            list(rest)

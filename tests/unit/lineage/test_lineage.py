"""What OpenLineage learns of a push, asked as Airflow's OpenLineage provider asks; it contains no person."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("airflow.providers.openlineage", reason="Airflow's OpenLineage provider is not installed")

from airflow.providers.sqlite.hooks.sqlite import SqliteHook
from openlineage.client.serde import Serde

from airflow_provider_bento.assets.bento import create_asset
from airflow_provider_bento.lineage.inputs import file_dataset, names_files, shown_query, tables_of
from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator
from airflow_provider_bento.sandbox.in_thread import RunningSandbox
from airflow_provider_bento.version_compat import AirflowFailException

PEOPLE = [{"email": "ann@planted.example"}, {"email": "bob@planted.example"}, {"email": "planted"}]


def shown(lineage: Any) -> dict[str, Any]:
    """Return inputs, outputs and job facets as they travel."""
    found: dict[str, Any] = json.loads(Serde.to_json(lineage))
    return {name: found.get(name, []) for name in ("inputs", "outputs", "job_facets")}


def names(datasets: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return namespace and name of each."""
    return [(one["namespace"], one["name"]) for one in datasets]


def rows_of(lineage: dict[str, Any]) -> int:
    """Return the row count of the only output."""
    [output] = lineage["outputs"]
    return int(output["outputFacets"]["outputStatistics"]["rowCount"])


def test_a_push_has_the_site_and_what_was_accepted(bento: RunningSandbox) -> None:
    """Before it runs, only its outlets are known."""
    site = bento.connection["schema"]
    outlet = create_asset(site_uuid=site, noun="subscribers")
    task = BentoBatchSubscribersOperator(
        task_id="push", subscribers=PEOPLE, on_invalid_record="drop", max_failed=1, outlets=[outlet]
    )
    before = shown(task.get_openlineage_facets_on_start())
    assert names(before["outputs"]) == [(f"bento://{site}", "subscribers")]
    assert "outputFacets" not in before["outputs"][0]
    task.execute({})
    after = shown(task.get_openlineage_facets_on_complete(None))
    assert names(after["outputs"]) == [(f"bento://{site}", "subscribers")]
    assert rows_of(after) == 2
    assert "planted" not in json.dumps([before, after])


def test_a_push_that_failed_says_how_far_it_came(bento: RunningSandbox) -> None:
    """Rows that Bento had accepted before; no message."""
    bento.control.inject("status", "/batch/subscribers", nth=2, status=400)
    task = BentoBatchSubscribersOperator(task_id="push", subscribers=PEOPLE[:2], chunk_size=1, max_in_flight=1)
    with pytest.raises(AirflowFailException):
        task.execute({})
    lineage = shown(task.get_openlineage_facets_on_failure(None))
    assert rows_of(lineage) == 1
    assert "planted" not in json.dumps(lineage)


def test_a_trial_run_changed_no_row(bento: RunningSandbox) -> None:
    """With ``validate_only`` the count is 0."""
    task = BentoBatchSubscribersOperator(task_id="push", subscribers=PEOPLE[:2], validate_only=True)
    task.execute({})
    assert rows_of(shown(task.get_openlineage_facets_on_complete(None))) == 0


def test_a_query_is_shown_without_its_parameters(
    bento: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the fields that ``columns`` names; addresses in literals and comments are hidden."""
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": str(tmp_path / "shop.sqlite")}))
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as database:
        database.execute("CREATE TABLE people (mail TEXT, plan TEXT)")
        database.execute("INSERT INTO people VALUES ('ann@planted.example', 'pro')")
        database.commit()
    task = BentoBatchSubscribersOperator(
        task_id="push",
        sql="SELECT mail, plan FROM people -- for bob@planted.example\n"
        "WHERE mail = :mail AND mail <> 'eve@planted.example' ORDER BY mail",
        sql_conn_id="shop",
        sql_parameters={"mail": "ann@planted.example"},
        columns={"email": "mail", "plan": "plan"},
    )
    task.execute({})
    lineage = shown(task.get_openlineage_facets_on_complete(None))
    query = lineage["job_facets"]["sql"]["query"]
    assert " ".join(query.split()) == "SELECT mail, plan FROM people WHERE mail = :mail AND mail <> '…' ORDER BY mail"
    fields = lineage["outputs"][0]["facets"]["schema"]["fields"]
    assert [one["name"] for one in fields] == ["email", "plan"]
    assert rows_of(lineage) == 1
    assert "planted" not in json.dumps(lineage)


class KnownDatabase(SqliteHook):
    """A database whose hook knows its name in OpenLineage, as those of the large ones do."""

    def get_openlineage_database_info(self, connection: Any) -> Any:
        """Return where it is."""
        from airflow.providers.openlineage.sqlparser import DatabaseInfo

        return DatabaseInfo(scheme="shop", authority="db.example:5432", database="crm")

    def get_openlineage_default_schema(self) -> str:
        """Return the schema of names without one."""
        return "public"


def test_tables_are_inputs_if_the_hook_knows_their_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the query alone is shown; a query that nobody can parse does no harm."""
    monkeypatch.setenv("AIRFLOW_CONN_SHOP", json.dumps({"conn_type": "sqlite", "host": ":memory:"}))
    sql = "SELECT p.mail FROM people p JOIN sales.orders o ON o.id = p.id"
    assert tables_of(sql, "shop") == []
    assert tables_of(sql, "no_such_connection") == []
    monkeypatch.setattr("airflow_provider_bento.sources.sql.cursor.hook_of", lambda _: KnownDatabase("shop"))
    tables = sorted((one.namespace, one.name) for one in tables_of(sql, "shop"))
    assert tables == [("shop://db.example:5432", "crm.public.people"), ("shop://db.example:5432", "crm.sales.orders")]
    assert tables_of("SELECT FROM WHERE (", "shop") == []


@pytest.mark.parametrize(
    ("path", "namespace", "name"),
    [
        ("s3://aws_conn@exports/crm/people.csv", "s3://exports", "crm/people.csv"),
        ("gs://exports/crm/*.jsonl.gz", "gs://exports", "crm/*.jsonl.gz"),
        ("/data/people.csv", "file", "/data/people.csv"),
        ("file:///data/people.csv", "file", "/data/people.csv"),
        (Path("/data/people"), "file", "/data/people"),
        ("s3://exports/ann@planted.example/people.csv", "s3://exports", "…/people.csv"),
        ("s3://exports/ann%40planted.example/people.csv", "s3://exports", "…/people.csv"),
    ],
)
def test_files_are_inputs_as_openlineage_names_them(path: Any, namespace: str, name: str) -> None:
    """Without the connection that a URI names, and without an address."""
    assert names_files(path)
    found = file_dataset(path)
    assert (found.namespace, found.name) == (namespace, name)


@pytest.mark.parametrize("value", ['[{"email": "a@x.io"}]', "", "\n", [{"email": "a@x.io"}], None, {"a": 1}])
def test_records_are_no_files(value: Any) -> None:
    """Neither as a list nor as text."""
    assert not names_files(value)


def test_a_file_is_the_input_of_its_push(bento: RunningSandbox, tmp_path: Path) -> None:
    """Rendered, on start as well; and so is a file of dead letters."""
    path = tmp_path / "people.jsonl"
    path.write_text(json.dumps(PEOPLE[0]))
    task = BentoBatchSubscribersOperator(task_id="push", subscribers=str(path))
    task.render_template_fields({"ti": None, "params": {}})
    lineage = shown(task.get_openlineage_facets_on_start())
    assert names(lineage["inputs"]) == [("file", str(path))]
    replay = BentoBatchEventsOperator(task_id="again", replay_dead_letters="s3://lake/dead.jsonl")
    assert names(shown(replay.get_openlineage_facets_on_start())["inputs"]) == [("s3://lake", "dead.jsonl")]


def test_operators_of_databases_stay_readable() -> None:
    """An address is hidden; PostgreSQL's operators and SQL Server's parameters are none."""
    kept = "SELECT a FROM t WHERE tags @> ARRAY['x'] AND b <@ c AND d = @day AND e LIKE '%@example.com'"
    assert shown_query(kept).startswith("SELECT a FROM t WHERE tags @> ARRAY['x'] AND b <@ c AND d = @day")
    assert shown_query("SELECT a FROM t WHERE e = 'Ann <ann@planted.example>'") == (
        "SELECT a FROM t WHERE e = 'Ann <…>'"
    )

"""A shop's database straight to Bento: one task per query, no task in between.

Rows stream from the database in chunks, so memory stays flat however many there are; ``resume_key`` lets a retry
continue after the last row that Bento confirmed. ``columns`` maps fields to columns; dots nest.

It reads the Airflow connection ``bento_example_shop``, a SQLite database in which the first task creates a small shop.
"""

from __future__ import annotations

from contextlib import closing

from airflow.sdk import Param, dag, task

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator

SMALL_SHOP = """
DROP TABLE IF EXISTS customer;
DROP TABLE IF EXISTS invoice;
CREATE TABLE customer (id INTEGER PRIMARY KEY, first_name TEXT, email TEXT, city TEXT);
INSERT INTO customer VALUES (1, 'Ann', 'ann@sql.example', 'Ghent'), (2, 'Bo', 'bo@sql.example', NULL);
CREATE TABLE invoice (id INTEGER PRIMARY KEY, customer_id INTEGER, day TEXT, cents INTEGER);
INSERT INTO invoice VALUES (10, 1, '2026-03-01', 1999), (11, 2, '2026-03-02', 500), (12, 1, '2026-03-05', 20);
"""


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "since": Param(
            "2026-01-01",
            type="string",
            format="date",
            title="Since",
            description="Invoices of this day and later are pushed; customers always.",
        )
    },
    doc_md=__doc__,
)
def bento_sql() -> None:
    """Make the shop, push its customers, push its invoices."""

    @task
    def make_shop() -> None:
        """Fill the database."""
        from airflow.providers.sqlite.hooks.sqlite import SqliteHook

        with closing(SqliteHook("bento_example_shop").get_conn()) as shop:
            shop.executescript(SMALL_SHOP)

    # [START sql]
    customers = BentoBatchSubscribersOperator(
        task_id="push_customers",
        sql="SELECT id, first_name, email, city FROM customer",
        sql_conn_id="bento_example_shop",
        resume_key="id",
        columns={"email": "email", "first_name": "first_name", "city": "city", "customer_id": "id"},
        constants={"tags": "customer"},
    )
    invoices = BentoBatchEventsOperator(
        task_id="push_invoices",
        sql="SELECT i.id, i.day, i.cents, c.email FROM invoice i JOIN customer c ON c.id = customer_id WHERE day >= ?",
        sql_parameters=["{{ params.since }}"],
        sql_conn_id="bento_example_shop",
        resume_key="id",
        columns={
            "email": "email",
            "date": "day",
            "details.unique.key": "id",
            "details.value.amount": "cents",
        },
        constants={"type": "$purchase", "details.value.currency": "EUR"},
    )
    # [END sql]
    make_shop() >> [customers, invoices]


bento_sql()

"""Customers and purchases of a shop, from its database through XCom to Bento.

Customers become subscribers; invoices become ``$purchase`` events, whose amount is a whole number of cents and whose
unique key lets Bento count the revenue of an invoice once, however often it is sent.

If no database is specified, the example creates a small one, with the tables of the Chinook sample database.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from typing import Any

from airflow.sdk import Param, dag, get_current_context, task

from airflow_provider_bento.operators.bento import BentoBatchEventsOperator, BentoBatchSubscribersOperator

SMALL_SHOP = """
CREATE TABLE Customer (CustomerId INTEGER, FirstName TEXT, LastName TEXT, Country TEXT, Email TEXT);
INSERT INTO Customer VALUES
    (1, 'Luís', 'Gonçalves', 'Brazil', 'luis@shop.example'), (2, 'Leonie', 'Köhler', 'Germany', 'leonie@shop.example'),
    (3, 'François', 'Tremblay', 'Canada', 'francois@shop.example'), (4, 'Bjørn', 'Hansen', NULL, 'bjorn@shop.example');
CREATE TABLE Invoice (InvoiceId INTEGER, CustomerId INTEGER, InvoiceDate TEXT, Total NUMERIC);
INSERT INTO Invoice VALUES
    (1, 2, '2026-01-01 00:00:00', 1.98), (2, 4, '2026-01-02 00:00:00', 3.96), (3, 1, '2026-01-03 08:30:00', 19.99),
    (4, 2, '2026-02-11 00:00:00', 8.91), (5, 3, '2026-02-16 12:00:00', 0.99);
CREATE TABLE InvoiceLine (InvoiceLineId INTEGER, InvoiceId INTEGER, TrackId INTEGER, UnitPrice NUMERIC, Quantity INT);
INSERT INTO InvoiceLine VALUES
    (1, 1, 2, 0.99, 1), (2, 1, 4, 0.99, 1), (3, 2, 6, 1.98, 2), (4, 3, 8, 19.99, 1), (5, 4, 9, 2.97, 3),
    (6, 5, 7, 0.99, 1);
"""


def query(sql: str) -> list[dict[str, Any]]:
    """Return the rows of the shop's database as dicts."""
    path = get_current_context()["params"]["database"]
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True) if path else sqlite3.connect(":memory:")) as shop:
        if not path:
            shop.executescript(SMALL_SHOP)
        shop.row_factory = sqlite3.Row
        return [dict(row) for row in shop.execute(sql)]


def cents(price: float) -> int:
    """Return a price as whole cents: Bento takes the currency's smallest unit."""
    return int((Decimal(str(price)) * 100).to_integral_value())


@dag(
    schedule=None,
    catchup=False,
    tags=["bento", "example"],
    params={
        "database": Param(
            None,
            type=["null", "string"],
            title="Shop database",
            minLength=1,
            maxLength=1000,
            description="Path of a SQLite file with the tables of the Chinook sample; empty: a small shop is created.",
        ),
        "tag": Param(
            "customer",
            type="string",
            minLength=1,
            maxLength=255,
            title="Tag",
            description="Given to every customer: at most 255 characters.",
        ),
    },
    doc_md=__doc__,
)
def bento_shop() -> None:
    """One task reads, one pushes; for customers and for invoices."""

    # [START subscribers]
    @task
    def read_customers() -> list[dict[str, Any]]:
        """Return the customers, shaped as Bento wants subscribers: other keys become custom fields."""
        tag = get_current_context()["params"]["tag"]
        rows = query("SELECT Email, FirstName, LastName, Country, CustomerId FROM Customer ORDER BY CustomerId")
        return [
            {
                "email": row["Email"],
                "first_name": row["FirstName"],
                "last_name": row["LastName"],
                "country": row["Country"],
                "customer_id": row["CustomerId"],
                "tags": [tag],
            }
            for row in rows
        ]

    BentoBatchSubscribersOperator(
        task_id="push_customers",
        subscribers=read_customers(),
        on_invalid_record="drop",  # leave out records that Bento would not take ...
        max_failed=0.02,  # ... and stay green while they are no more than 2 %
    )
    # [END subscribers]

    # [START purchases]
    @task
    def read_purchases() -> list[dict[str, Any]]:
        """Return the invoices as purchases; a retry cannot count one twice, because each has a key of its own."""
        lines: dict[int, list[dict[str, Any]]] = {}
        for line in query("SELECT InvoiceId, TrackId, UnitPrice, Quantity FROM InvoiceLine ORDER BY InvoiceLineId"):
            item = {
                "product_id": str(line["TrackId"]),
                "product_price": cents(line["UnitPrice"]),
                "quantity": line["Quantity"],
            }
            lines.setdefault(line["InvoiceId"], []).append(item)
        invoices = query(
            "SELECT InvoiceId, InvoiceDate, Total, Email "
            "FROM Invoice JOIN Customer USING (CustomerId) ORDER BY InvoiceId"
        )
        return [
            {
                "type": "$purchase",
                "email": invoice["Email"],
                "date": invoice["InvoiceDate"],
                "details": {
                    "unique": {"key": f"invoice-{invoice['InvoiceId']}"},
                    "value": {"currency": "USD", "amount": cents(invoice["Total"])},
                    "cart": {"items": lines.get(invoice["InvoiceId"], [])},
                },
            }
            for invoice in invoices
        ]

    BentoBatchEventsOperator(
        task_id="push_purchases", events=read_purchases(), on_invalid_record="drop", max_failed=0.02
    )
    # [END purchases]


bento_shop()

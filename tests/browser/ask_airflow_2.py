"""Fill in and reopen the connection form of the Airflow 2.11 that runs this, through its real web application.

Usage: python ask_airflow_2.py CONNECTION_AS_JSON; prints ``=>`` and what was seen, as JSON. It imports nothing of ours:
the wheel is found by Airflow, as an installation is.
"""

from __future__ import annotations

import json
import os
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

Path(os.environ["AIRFLOW_HOME"], "webserver_config.py").write_text("AUTH_ROLE_PUBLIC = 'Admin'\n")


def inputs(page: str) -> dict[str, str | None]:
    """Return the values of a page's input fields by name."""
    tags = re.findall(r"<input\b[^>]*>", page)
    pairs = [(re.search(r'\bname="([^"]*)"', tag), re.search(r'\bvalue="([^"]*)"', tag)) for tag in tags]
    return {name[1]: unescape(value[1]) if value else None for name, value in pairs if name}


def script(page: str, name: str) -> Any:
    """Return what a page hands to its script."""
    found = re.search(rf'<script id="{name}" type="text/json">(.*?)</script>', page, re.DOTALL)
    return json.loads(unescape(found[1])) if found else None


def main(connection: dict[str, str]) -> dict[str, Any]:
    """Open, save, reopen, save again, and test."""
    import airflow
    from airflow.models import Connection
    from airflow.settings import Session
    from airflow.utils.db import initdb
    from airflow.www.app import create_app

    initdb()
    app = create_app(testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    new = client.get("/connection/add").text
    extras = {f"extra__bento__{name}": value for name, value in connection.pop("extras").items()}
    filled = {"conn_id": "bento_form", "conn_type": "bento", **connection, **extras}
    client.post("/connection/add", data=filled)
    stored = Session.query(Connection).filter_by(conn_id="bento_form").one()
    number, kept = stored.id, [stored.login, stored.password, stored.schema, stored.host, stored.extra_dejson]
    Session.remove()
    again = client.get(f"/connection/edit/{number}").text
    client.post(f"/connection/edit/{number}", data={**filled, "password": ""})
    password = Session.get(Connection, number).password
    Session.remove()
    asked = {"connection_id": "bento_form", "conn_type": "bento", **connection}
    return {
        "version": airflow.__version__,
        "types": script(new, "field_behaviours")["bento"],
        "empty": inputs(new),
        "helps": [unescape(one) for one in re.findall(r'<span class="help-block">(.*?)</span>', new, re.DOTALL)],
        "stored": kept,
        "reopened": inputs(again),
        "secret_shown": kept[1] in again,
        "password_after_saving_again": password,
        "right": client.post("/api/v1/connections/test", json=asked).json,
        "wrong": client.post("/api/v1/connections/test", json={**asked, "password": "sk_wrong"}).json,
    }


if __name__ == "__main__":
    sys.stdout.write("\n=>" + json.dumps(main(json.loads(sys.argv[1]))) + "\n")

"""The recorder changes nothing but the label."""

from __future__ import annotations

import requests
from clients.recorder import Exchange, recording

from airflow_provider_bento.sandbox.in_thread import running_sandbox


def test_requests_and_replies_pass_unchanged_and_are_recorded() -> None:
    """The sandbox sees its own paths; the client sees status, headers and body; the label says who it was."""
    with running_sandbox() as sandbox, recording(sandbox.url) as recorder:
        keys = (sandbox.connection["login"], sandbox.connection["password"])
        site, body = {"site_uuid": sandbox.connection["schema"]}, {"tag": {"name": "vip é"}}
        tags = f"{recorder.url}/some.method/api/v1/fetch/tags"
        made = requests.post(tags, params=site, json=body, auth=keys, timeout=10)
        refused = requests.get(tags, params=site, timeout=10)
        journal = [(entry["method"], entry["path"], entry["status"]) for entry in sandbox.control.journal()]
    assert (made.status_code, made.json()["data"]["attributes"]["name"]) == (201, "vip é")
    assert refused.headers["content-type"].startswith("text/plain")
    assert recorder.taken() == [
        Exchange("some.method", "POST", "/fetch/tags", 201, made.json()),
        Exchange("some.method", "GET", "/fetch/tags", 401, refused.text.strip()),
    ]
    assert journal == [("POST", "/fetch/tags", 201), ("GET", "/fetch/tags", 401)]

"""A running sandbox, and Bento's API at it as the tests call it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from airflow_provider_bento.sandbox.in_thread import RunningSandbox, running_sandbox


class Api:
    """Bento's API as a client sees it: one session, the right keys, the site in the query."""

    def __init__(self, sandbox: RunningSandbox) -> None:
        self.base = sandbox.api
        self.session = requests.Session()
        self.session.auth = (sandbox.connection["login"], sandbox.connection["password"])
        self.session.headers["User-Agent"] = "sandbox-tests/1"
        self.session.params = {"site_uuid": sandbox.connection["schema"]}

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        """Send a GET."""
        return self.session.get(self.base + path, timeout=10, **kwargs)

    def post(self, path: str, json: Any = None, **kwargs: Any) -> requests.Response:
        """Send a POST."""
        return self.session.post(self.base + path, json=json, timeout=10, **kwargs)

    def subscribers(self, *rows: Any) -> requests.Response:
        """Import rows."""
        return self.post("/batch/subscribers", {"subscribers": list(rows)})

    def events(self, *events: Any) -> requests.Response:
        """Send events."""
        return self.post("/batch/events", {"events": list(events)})

    def broadcasts(self, *broadcasts: Any) -> requests.Response:
        """Create broadcasts."""
        return self.post("/batch/broadcasts", {"broadcasts": list(broadcasts)})

    def command(self, *commands: Any) -> requests.Response:
        """Run commands."""
        return self.post("/fetch/commands", {"command": list(commands)})

    def person(self, email: str) -> dict[str, Any]:
        """Return what Bento shows of a person."""
        attributes: dict[str, Any] = self.get("/fetch/subscribers", params={"email": email}).json()["data"][
            "attributes"
        ]
        return attributes


@pytest.fixture
def sandbox() -> Iterator[RunningSandbox]:
    """A sandbox in memory, without a rate limit and without delays."""
    with running_sandbox() as running:
        yield running


@pytest.fixture
def api(sandbox: RunningSandbox) -> Iterator[Api]:
    """Bento's API of that sandbox."""
    client = Api(sandbox)
    yield client
    client.session.close()


@pytest.fixture(scope="session")
def client_of() -> type[Api]:
    """How to call a sandbox that the test itself runs."""
    return Api

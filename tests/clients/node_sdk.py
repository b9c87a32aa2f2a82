"""Bento's Node SDK as a judge: what its releases declare, and what comes of every method."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from clients.outcomes import Outcome, printed
from clients.recorded_replies import Generation
from clients.recorder import Exchange
from clients.shapes import Difference, differences

HERE: Final = Path(__file__).parent / "node"
FOLDER: Final = Path(__file__).parents[2] / ".venvs" / "node-clients"  # where make installs the releases


@dataclass(frozen=True)
class Release:
    """One release of the SDK.

    :param package: its name in package.json.
    :param generation: of Bento's replies, which it was written for.
    :param types_hold: whether what its methods return is compared with what it declares.
    """

    package: str
    generation: Generation
    types_hold: bool = True

    @property
    def version(self) -> str:
        """The version that is pinned."""
        pinned: str = json.loads((HERE / "package.json").read_text())["dependencies"][self.package]
        return pinned.rpartition("@")[2]

    def __str__(self) -> str:
        return f"Node SDK {self.version}"


RELEASES: Final = (
    Release("bento-node-sdk-2", "2026"),
    # Bento never answered what this one declares for statistics, moderation and broadcasts: 2.0.0 replaced these types.
    Release("bento-node-sdk-1", "2021", types_hold=False),
    Release("bento-node-sdk-0", "2021"),
)


@dataclass(frozen=True)
class Declared:
    """What a release says of itself.

    :param methods: the JSON schema of what each public method resolves to.
    :param contracts: its table of endpoints.
    """

    methods: Mapping[str, Any]
    contracts: tuple[Mapping[str, Any], ...]

    @cached_property
    def _statuses(self) -> dict[str, list[int]]:
        calls = ((f"{one['method']} {one['path'].replace(':sequenceId', ':id')}", one) for one in self.contracts)
        return {call: one["successStatuses"] for call, one in calls}

    def against(self, outcome: Outcome) -> set[Difference]:
        """Return how a method's value differs from its declaration."""
        return differences(outcome.value, self.methods[outcome.name])

    def status_against(self, call: str, exchange: Exchange) -> set[Difference]:
        """Return whether a success has a status that the release's table does not list for the call."""
        listed = self._statuses.get(call)
        if listed is None or exchange.status >= 400 or exchange.status in listed:
            return set()
        return {Difference("status", f"{exchange.status}, not {' or '.join(map(str, listed))}")}


def declared() -> dict[str, Declared]:
    """Read what each release declares; by the name of its package."""
    read = json.loads(_printed("declared.mjs"))
    return {name: Declared(one["methods"], tuple(one["contracts"])) for name, one in read.items()}


def call_every_method(
    release: Release, url: str, connection: Mapping[str, str], known: Mapping[str, Any]
) -> Iterator[Outcome]:
    """Call every method of a release once.

    :param url: a recorder's address.
    :param connection: the Airflow connection of the sandbox, which has the keys.
    :param known: ids of what can only be made in Bento's app.
    """
    keys = {"publishableKey": connection["login"], "secretKey": connection["password"]}
    setting = {"sdk": release.package, "url": url, "known": dict(known), "siteUuid": connection["schema"], **keys}
    for line in map(json.loads, _printed("every_method.mjs", BENTO=json.dumps(setting)).splitlines()):
        yield Outcome(line["method"], line.get("value"), line.get("error"))


def _printed(script: str, **env: str) -> str:
    """Return what a script prints; it runs beside the installed releases, which node looks for there."""
    shutil.copytree(HERE, FOLDER, dirs_exist_ok=True)
    return printed("node", FOLDER / script, env=env)

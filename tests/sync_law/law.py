"""The laws, as checks: at every request, after every attempt, and at the end of a history."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.parquet as parquet
from delivery_law.law import Breach, LawBroken
from sync_law.model import Person, Sent
from sync_law.runs import Attempt, World

from airflow_provider_bento.api.records import parse_event, parse_subscriber
from airflow_provider_bento.exceptions import BentoTooManyGone
from airflow_provider_bento.sync import generations
from airflow_provider_bento.sync.entries import Hasher, decoded_segment, opened_of
from airflow_provider_bento.sync.manifest import Manifest

__all__ = ["Law", "Wanted", "events_of", "want", "wanted_of"]


@dataclass(frozen=True)
class Wanted:
    """What a source of people says.

    :param records: by address in lower case, rows of one person merged.
    :param bodies: the same, encoded.
    :param invalid: how many rows are invalid.
    :param mentioned: everybody whose address can be read, also in an invalid row.
    """

    records: Mapping[str, Mapping[str, Any]]
    bodies: Mapping[str, bytes]
    invalid: int
    mentioned: frozenset[str]


def wanted_of(rows: Sequence[Mapping[str, Any]]) -> Wanted:
    """Read a source the way Bento would: later values win, tags are united."""
    records: dict[str, dict[str, Any]] = {}
    invalid = 0
    mentioned = {str(row["email"]).lower() for row in rows if "@" in str(row["email"])}
    for row in rows:
        if isinstance(parse_subscriber(row), tuple):
            invalid += 1
            continue
        known = records.setdefault(row["email"].lower(), {})
        tags = [tag for tag in known.get("tags", ()) if tag not in row["tags"]]
        known.update({**row, "tags": [*tags, *row["tags"]]})
    bodies = {name: parse_subscriber(record).encode() for name, record in records.items()}  # type: ignore[union-attr]  # valid
    return Wanted(records, bodies, invalid, frozenset(mentioned))


def events_of(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the keys of the valid events of a source."""
    return {
        str(row["details"]["order_id"])
        for row in rows
        if not isinstance(parse_event(row), tuple) and row["details"].get("order_id")
    }


class Law:
    """What must hold in one world.

    :param world: the world; its Bento is watched from now on.
    :ivar late: people about whom a request of an attempt arrived after another one had taken the snapshot: no sender
        can call back a request that is under way.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._lates: Counter[str] = Counter()
        self._read: object = None
        self._refused: set[str] = set()
        self.late: set[str] = set()
        world.bento.watch = self._watch

    def after(self, one: Attempt, *, alone: bool) -> None:
        """Check what one attempt left.

        :param alone: whether no other attempt ran meanwhile.
        """
        self._base()
        self._doubled()
        mine = [sent for sent in self._world.bento.requests if sent.by == one.label]
        if isinstance(one.error, BentoTooManyGone):
            want(not mine or not alone, f"{one.label} sent something although too many were gone")
        if one.report is None:
            return
        counts = one.report.counts.balanced()
        if self._world.endpoint == "events":
            want(counts.read == len(one.task.rows), f"{one.label} read {counts}")
            return
        wanted = wanted_of(one.task.rows)
        want(counts.read == len(wanted.records) + wanted.invalid, f"{one.label} read {counts}")
        if one is self._world.owner:
            self._equal(one, wanted, mine)

    def _equal(self, one: Attempt, wanted: Wanted, mine: Sequence[Sent]) -> None:
        """After a green run of the newest owner, Bento has what the source says."""
        counts, options = one.report.counts, one.task.options  # type: ignore[union-attr]  # green
        for name, record in wanted.records.items():
            rejected = name in self._refused and counts.rejected  # other attempts may have reset the letters
            if not rejected and name not in self.late and name not in one.task.in_letters:
                fine = self._world.bento.people.get(name, Person()).has(record)
                want(fine, f"after {one.label}, Bento differs from the source about {name}", "lost")
        if options.get("when_gone", "ignore") == "ignore" or counts.failed or counts.skipped:
            want(not any(sent.gone for sent in mine), f"{one.label} took somebody back")

    def nobody_stays(self, one: Attempt, *, forgotten: set[str]) -> None:
        """After a green run that takes back, and in which all was accepted, nobody outside the source has the tag, or
        is subscribed.

        :param forgotten: people whose addresses were not stored when they were sent.
        """
        wanted = wanted_of(one.task.rows)
        untags = one.task.options["when_gone"] == "untag"
        people = self._world.bento.people.items()
        kept = {name for name, person in people if ("customer" in person.tags if untags else person.subscribed)}
        left = kept - wanted.mentioned - self.late - forgotten - self._refused
        want(not left, f"after {one.label}, these were not taken back: {sorted(left)}", "lost")

    def _watch(self, sent: Sent, records: list[dict[str, Any]]) -> None:
        self._refused |= self._world.bento.refusing
        one = next(one for one in reversed(self._world.attempts) if one.label == sent.by)
        if one is not self._world.owner:
            self._lates[sent.by] += 1
            most = one.task.push.get("max_in_flight", 1)
            want(self._lates[sent.by] <= most, f"{sent.by} sends on although a newer run has taken the snapshot")
            self.late |= set(sent.names)
        if self._world.endpoint == "subscribers":
            if one is self._world.owner:
                self.late -= set(sent.names)
            self._about_people(one, sent, records)

    def _about_people(self, one: Attempt, sent: Sent, records: list[dict[str, Any]]) -> None:
        wanted = wanted_of(one.task.rows)
        if not sent.gone:
            for name in sent.names:
                want(name in wanted.records, f"{sent.by} sent {name}, who is not in its source")
            return
        want(not set(sent.names) & wanted.mentioned, f"{sent.by} took somebody back who is in the source")
        if one is self._world.owner:
            for name, record in wanted.records.items():
                fine = name in self.late | one.task.in_letters or self._world.bento.people.get(name, Person()).has(
                    record
                )
                want(fine, f"{sent.by} took somebody back before {name} was accepted")

    def _doubled(self) -> None:
        twice = {name for name, count in self._world.bento.events.items() if count > 1}
        want(not twice, f"events twice: {sorted(twice)}", "doubled")

    def _base(self) -> None:
        """Each record in the newest base is what Bento applied last."""
        newest = self._newest()
        if newest is None or newest.base is None or newest.base == self._read:
            return
        self._read = newest.base
        data = self._world.folder.read(newest.base.file)
        rows = parquet.read_table(io.BytesIO(data), columns=["key", "record"]).to_pylist()
        keys = [str(row["key"]) for row in rows]
        want(
            len(keys) == len(set(keys)) == newest.base.rows, "the base has a key twice, or its number of rows is wrong"
        )
        hasher = Hasher(newest.salt)
        names = {hasher(self._key(name)): name for name in {*self._world.bento.people, *self._world.bento.events}}
        later = self._noted_later(newest)
        for row in rows:
            if row["record"] is not None and _hex(row["key"]) not in later:
                name = names.get(_hex(row["key"]))
                want(name is not None, "the base has a record of somebody whom Bento never had")
                self._confirmed(str(name), _hex(row["record"]), hasher)

    def _noted_later(self, newest: Manifest) -> set[str]:
        """Return the keys in segments that are not in the base: another run may have sent them since."""
        folder = self._world.folder
        names = [name for name in folder.names("segments") if opened_of(name, newest.salt) > newest.absorbed]
        segments = [decoded_segment(name, folder.read(f"segments/{name}")) for name in names]
        return {entry.key for segment in segments for entry in segment}

    def _confirmed(self, name: str, record: str, hasher: Hasher) -> None:
        if self._world.endpoint == "events" or name in self.late:
            return
        fine = record == hasher(self._world.bento.people[name].last)
        want(fine, f"the base says that {name} is confirmed, and Bento has something else")

    def _newest(self) -> Any:
        try:
            return generations.latest(self._world.folder)
        except Exception:  # noqa: BLE001 - damaged on purpose
            return None

    def _key(self, name: str) -> bytes:
        return (name if self._world.endpoint == "subscribers" else f"order\n{name}").encode()


def _hex(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else str(value).replace("-", "")


def want(holds: bool, otherwise: str, breach: Breach = "other") -> None:
    """Raise, unless it holds.

    :raises LawBroken: it does not.
    """
    if not holds:
        raise LawBroken(otherwise, breach)

"""People with their fields and tags; knows how an import merges them, never what a request looks like.

Tested by tests/sandbox/test_sandbox_imports.py.
"""

# ruff: noqa: S608 - SQL is made of constants only; every value is bound

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from airflow_provider_bento.sandbox.store.storage import Row, Storage

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, email_key TEXT NOT NULL, email TEXT NOT NULL,
    fields TEXT NOT NULL DEFAULT '{}',
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, unsubscribed_at INTEGER);
CREATE UNIQUE INDEX IF NOT EXISTS people_email ON people (site, email_key);
CREATE TABLE IF NOT EXISTS tags (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, name TEXT NOT NULL, created_at INTEGER NOT NULL,
    discarded_at INTEGER);
CREATE UNIQUE INDEX IF NOT EXISTS tags_name ON tags (site, name);
CREATE TABLE IF NOT EXISTS person_tags (
    person INTEGER NOT NULL, tag INTEGER NOT NULL, PRIMARY KEY (person, tag)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS fields (
    id INTEGER PRIMARY KEY, site INTEGER NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
    created_at INTEGER NOT NULL);
CREATE UNIQUE INDEX IF NOT EXISTS fields_key ON fields (site, key)
"""

_UUID_HEAD: Final = "be070000000000000000"


class Changes:
    """What one batch does to people: the last word for each person, field and tag."""

    def __init__(self) -> None:
        self.emails: dict[str, str] = {}
        self.fields: dict[str, dict[str, Any]] = {}
        self.tags: dict[tuple[str, str], bool] = {}
        self.subscribed: dict[str, bool] = {}

    def person(self, email: str) -> str:
        """Mention a person, created if unknown; return the key to name them by."""
        key = email_key(email)
        self.emails.setdefault(key, email.strip())
        return key

    def set_fields(self, person: str, fields: dict[str, Any]) -> None:
        """Merge ``fields`` into the profile."""
        self.fields.setdefault(person, {}).update(fields)

    def tag(self, person: str, names: Iterable[str], *, on: bool) -> None:
        """Add or remove tags."""
        for name in names:
            self.tags[person, name] = on

    def subscribe(self, person: str, *, on: bool) -> None:
        """Subscribe or unsubscribe."""
        self.subscribed[person] = on


class People:
    """Everybody whom the sandbox knows.

    :param storage: where they are kept.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def apply(self, site: int, changes: Changes, at: int) -> dict[str, int]:
        """Carry out ``changes`` as of ``at``; return the id of each person mentioned."""
        ids = self._merge(site, changes, at)
        self.define_fields(site, {key for given in changes.fields.values() for key in given}, at)
        self._apply_tags(site, changes.tags, ids, at)
        self._storage.run_many(
            "UPDATE people SET unsubscribed_at = ?, updated_at = ? WHERE id = ?",
            [(None if on else at, at, ids[person]) for person, on in changes.subscribed.items()],
        )
        return ids

    def _merge(self, site: int, changes: Changes, at: int) -> dict[str, int]:
        """Write the fields of those who are known, create the others."""
        known = self.ids(site, changes.emails)
        next_id = 1 + (self._storage.value("SELECT max(id) FROM people") or 0)
        new = {key: number for number, key in enumerate((key for key in changes.emails if key not in known), next_id)}
        fields = {person: msgspec.json.encode(given).decode() for person, given in changes.fields.items()}
        self._storage.run_many(
            "UPDATE people SET fields = json_patch(fields, ?), updated_at = ? WHERE id = ?",
            [(given, at, known[person]) for person, given in fields.items() if person in known],
        )
        self._storage.run_many(
            "INSERT INTO people (id, site, email_key, email, fields, created_at, updated_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(number, site, key, changes.emails[key], fields.get(key, "{}"), at, at) for key, number in new.items()],
        )
        return known | new

    def _apply_tags(self, site: int, tags: dict[tuple[str, str], bool], ids: dict[str, int], at: int) -> None:
        named = self.define_tags(site, {name for (_, name), on in tags.items() if on}, at)
        self._storage.run_many(
            "INSERT OR IGNORE INTO person_tags (tag, person) VALUES (?, ?)",
            [(named[name], ids[person]) for (person, name), on in tags.items() if on],
        )
        self._storage.run_many(
            "DELETE FROM person_tags WHERE person = ? AND tag = (SELECT id FROM tags WHERE site = ? AND name = ?)",
            [(ids[person], site, name) for (person, name), on in tags.items() if not on],
        )

    def ids(self, site: int, keys: Iterable[str]) -> dict[str, int]:
        """Return the ids of those people who are known."""
        wanted = msgspec.json.encode(list(keys)).decode()
        found = self._storage.tuples(
            "SELECT email_key, id FROM people WHERE site = ? AND email_key IN (SELECT value FROM json_each(?))",
            (site, wanted),
        )
        return dict(found)

    def find(self, site: int, *, email: str | None = None, uuid: str | None = None) -> Row | None:
        """Return one person with ``fields`` decoded and ``tags`` as ids, by address or by UUID."""
        column, wanted = ("email_key", email_key(email)) if email is not None else ("id", _id_of(uuid or ""))
        found = self._storage.first(f"SELECT * FROM people WHERE site = ? AND {column} = ?", (site, wanted))
        if found is not None:
            of_person = "SELECT tag FROM person_tags WHERE person = ? ORDER BY tag"
            found["fields"] = msgspec.json.decode(found["fields"])
            found["tags"] = [tag for (tag,) in self._storage.tuples(of_person, (found["id"],))]
            found["uuid"] = uuid_of(found["id"])
        return found

    def clear_field(self, site: int, email: str, key: str, at: int) -> None:
        """Take a field off a person; nothing happens if either is unknown."""
        self._storage.run(
            "UPDATE people SET fields = json_patch(fields, ?), updated_at = ? WHERE site = ? AND email_key = ?",
            (msgspec.json.encode({key: None}).decode(), at, site, email_key(email)),
        )

    def rename(self, site: int, old: str, new: str, at: int) -> bool:
        """Give a person a new address; ``False`` if nobody has the old one or somebody has the new one."""
        values = (email_key(new), new.strip(), at, site, email_key(old))
        return (
            self._storage.run(
                "UPDATE OR IGNORE people SET email_key = ?, email = ?, updated_at = ? WHERE site = ? AND email_key = ?",
                values,
            )
            == 1
        )

    def define_tags(self, site: int, names: set[str], at: int) -> dict[str, int]:
        """Create the tags that do not exist; return the id of each."""
        self._storage.run_many(
            "INSERT OR IGNORE INTO tags (site, name, created_at) VALUES (?, ?, ?)",
            [(site, name, at) for name in sorted(names)],
        )
        wanted = msgspec.json.encode(list(names)).decode()
        return dict(
            self._storage.tuples(
                "SELECT name, id FROM tags WHERE site = ? AND name IN (SELECT value FROM json_each(?))",
                (site, wanted),
            )
        )

    def define_fields(self, site: int, keys: set[str], at: int) -> None:
        """Create the field definitions that do not exist."""
        self._storage.run_many(
            "INSERT OR IGNORE INTO fields (site, key, name, created_at) VALUES (?, ?, ?, ?)",
            [(site, key, field_name(key), at) for key in sorted(keys)],
        )

    def tags(self, site: int, name: str | None = None) -> list[Row]:
        """Return all tags in the order of their making, or the one of that name."""
        return self._storage.rows(
            "SELECT * FROM tags WHERE site = ? AND (? IS NULL OR name = ?) ORDER BY id", (site, name, name)
        )

    def fields(self, site: int, key: str | None = None) -> list[Row]:
        """Return all field definitions in the order of their making, or the one of that key."""
        return self._storage.rows(
            "SELECT * FROM fields WHERE site = ? AND (? IS NULL OR key = ?) ORDER BY id", (site, key, key)
        )


def email_key(email: str) -> str:
    """Return what two spellings of one address have in common; SQLite's JSON cannot contain a NUL."""
    return email.replace("\0", "").strip().lower()


def uuid_of(person: int) -> str:
    """Return a person's UUID: 32 hex digits, made of the id."""
    return f"{_UUID_HEAD}{person:012x}"


def _id_of(uuid: str) -> int | None:
    digits = uuid.removeprefix(_UUID_HEAD)
    return int(digits, 16) if re.fullmatch("[0-9a-f]{12}", digits) and uuid.startswith(_UUID_HEAD) else None


def field_name(key: str) -> str:
    """Return the title that Bento derives from a key: ``thisIsAKey`` and ``this-is-a-key`` → ``This Is A Key``."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[-_\s]+", " ", key).split()
    return " ".join(word[:1].upper() + word[1:] for word in words)

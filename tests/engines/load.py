"""What three DAGs are to push at once, put into object storage; and what of it a local Bento was sent."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from engines.object_storage import BUCKET, ObjectStorage

from airflow_provider_bento.sandbox.control.client import Control

ORDERS, SIGNUPS, PEOPLE = "engines_orders", "engines_signups", "engines_people"
MAPPED = 20
INVALID = 7
"""Sign-ups without an address."""

_CHUNK = 10  # records a request, as the DAGs have it


class Load:
    """Records of three kinds in a folder of the bucket.

    :param folder: its name, which is in every record, too.
    :param chunks: requests of each of the twenty mapped pushes; sign-ups make twice as many, people four times.
    """

    def __init__(self, storage: ObjectStorage, folder: str, chunks: int) -> None:
        self.folder = folder
        self.requests = (MAPPED + 2 + 4) * chunks
        rows = _CHUNK * chunks
        self.orders = [[f"{folder}-{file:02}-{row}" for row in range(rows)] for file in range(MAPPED)]
        self.signups: list[str | None] = [f"{folder}-s{row}@sign.example" for row in range(2 * rows)]
        for at in range(INVALID):
            self.signups.insert(at * 11, None)
        self.people = [f"{folder}-p{row}@people.example" for row in range(4 * rows)]
        self._put(storage.client())

    def _put(self, client: Any) -> None:
        files = {f"orders-{file:02}.jsonl": _json_lines(map(_purchase, keys)) for file, keys in enumerate(self.orders)}
        files["signups.jsonl"] = _json_lines({"type": "signed_up", "email": email} for email in self.signups)
        files["people.csv"] = "\n".join(["email,first_name", *(f"{email},Ada" for email in self.people)])
        for name, text in files.items():
            client.put_object(Bucket=BUCKET, Key=f"{self.folder}/{name}", Body=text.encode())


def _json_lines(rows: Iterable[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def _purchase(key: str) -> dict[str, Any]:
    details = {"unique": {"key": key}, "value": {"amount": 100, "currency": "USD"}}
    return {"type": "$purchase", "email": f"{key}@orders.example", "details": details}


class Arrived:
    """What a local Bento was sent of one folder, and when.

    :param control: a client of it, which must not have been reset meanwhile.
    """

    def __init__(self, control: Control, folder: str) -> None:
        rows = [*control.everything("/records", kind="events"), *control.everything("/records", kind="subscribers")]
        emails = [row["record"]["email"] for row in rows]
        ours = [email.partition("@")[0] for email in emails if email.startswith(f"{folder}-")]
        self.orders = Counter(name for name in ours if name.count("-") == 2)
        self.signups = Counter(name for name in ours if name.startswith(f"{folder}-s"))
        self.people = Counter(name for name in ours if name.startswith(f"{folder}-p"))
        self.journal = [one for one in control.journal() if "/batch/" in one["path"]]
        self._first = {row["request"]: row["record"]["email"] for row in rows if not row["index"]}

    def lost(self, load: Load) -> int:
        """Return how many records of a load did not arrive, or are of nobody."""
        wanted = set(names(load.signups)) | set(names(load.people)) | {key for keys in load.orders for key in keys}
        return len(wanted ^ (set(self.signups) | set(self.people) | set(self.orders)))

    @property
    def times(self) -> Sequence[float]:
        """When each request came."""
        return [one["time"] for one in self.journal]

    @property
    def refused(self) -> int:
        """How many requests came over the limit."""
        return sum(one["status"] == 429 for one in self.journal)

    @property
    def senders(self) -> Sequence[tuple[float, str]]:
        """When each request came, and from which file."""
        return [(one["time"], self._first[one["number"]].rpartition("-")[0]) for one in self.journal]


def names(emails: Iterable[str | None]) -> Counter[str]:
    """Return the parts of addresses before the ``@``, without those who have none."""
    return Counter(email.partition("@")[0] for email in emails if email)

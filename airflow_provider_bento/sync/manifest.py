"""One generation of a snapshot: which file has what is known, whose turn it is, and for what it may be used. Pure.

Tested by tests/unit/sync/test_manifest.py.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, Final

import msgspec

from airflow_provider_bento.exceptions import BentoSetupError, BentoStateError

__all__ = ["RESTORE", "START_OVER", "VERSION", "Base", "Manifest", "Owner", "decoded"]

VERSION: Final = 1
"""Version of the folder's layout."""

START_OVER: Final = (
    "to start over, delete the snapshot's folder: the next run then sends everything once more (for events and emails, "
    "what is in its source may arrive twice)"
)
"""What always helps, and its price."""

RESTORE: Final = "restore the file of the snapshot, or start over: see the message below"
"""The advice about a damaged file."""


class Base(msgspec.Struct, frozen=True):
    """The Parquet file with what is known.

    :param file: its name in the folder.
    :param rows: how many people, or keys, it has.
    :param sha256: of its bytes.
    :param absorbed: generation up to which the segments are in it.
    """

    file: str
    rows: int
    sha256: str
    absorbed: int


class Owner(msgspec.Struct, frozen=True):
    """The run that may write.

    :param run: ``dag_id/run_id/task_id/map_index``.
    :param tag: the generation at which it began, which its entries carry; the same for all of its attempts.
    :param opened: the generation at which this attempt took over.
    :param began: when it began; seconds since the epoch, the same for all of its attempts.
    """

    run: str
    tag: int
    opened: int
    began: float


class Manifest(msgspec.Struct, frozen=True):
    """What the newest generation file says.

    :param generation: its number.
    :param made_for: what the keys stand for, such as ``subscribers`` or ``events once_by details.order_id``.
    :param site: UUID of the site whose records are known.
    :param salt: the key of all hashes; hexadecimal.
    :param base: what is known; ``None``: nothing yet.
    :param owner: the run in progress; ``None``: the last one ended.
    :param unfinished: runs that began and did not end, with their tags and when they began; the newest 20.
    :param v: see :data:`VERSION`.
    """

    generation: int
    made_for: str
    site: str
    salt: str
    base: Base | None = None
    owner: Owner | None = None
    unfinished: dict[str, tuple[int, float]] = {}
    v: int = VERSION

    @classmethod
    def first(cls, made_for: str, site: str) -> Manifest:
        """Return the one before the first run; it is not stored."""
        return cls(0, made_for, site, secrets.token_hex(16))

    @property
    def absorbed(self) -> int:
        """The generation up to which segments are in the base, or came too late for it."""
        return self.base.absorbed if self.base else 0

    def encode(self) -> bytes:
        """Return its JSON, for people as well, with a digest of it."""
        value = msgspec.to_builtins(self)
        return msgspec.json.format(msgspec.json.encode({**value, "sha256": _digest(value)}), indent=2) + b"\n"

    def check(self, made_for: str, site: str) -> None:
        """Do nothing if it may be used for this.

        :raises BentoSetupError: it is about another site, or about other keys.
        """
        if self.made_for != made_for:
            raise BentoSetupError(
                f"snapshot_path is the snapshot of {self.made_for}, and this task pushes {made_for}. Nothing was sent. "
                "Pass another folder."
            )
        if self.site != site:
            raise BentoSetupError(
                "snapshot_path is the snapshot of another Bento site than the connection's. Nothing was sent. Pass "
                "another folder, or another connection."
            )

    def taken_by(self, owner: Owner) -> Manifest:
        """Return the next generation, in which this run may write."""
        unfinished = {run: began for run, began in self.unfinished.items() if run != owner.run}
        unfinished = dict([*unfinished.items(), (owner.run, (owner.tag, owner.began))][-20:])
        return msgspec.structs.replace(self, generation=owner.opened, owner=owner, unfinished=unfinished)

    def ended(self, base: Base | None) -> Manifest:
        """Return the next generation, in which the owner's run has ended."""
        run = self.owner.run if self.owner else ""
        unfinished = {name: began for name, began in self.unfinished.items() if name != run}
        return msgspec.structs.replace(
            self, generation=self.generation + 1, base=base, owner=None, unfinished=unfinished
        )


def decoded(name: str, data: bytes) -> Manifest:
    """Return the manifest in a file.

    :raises BentoStateError: it is damaged, or of another version.
    """
    try:
        value: Any = msgspec.json.decode(data)
        if isinstance(value, dict) and value.get("v") != VERSION:
            raise BentoStateError(
                f"The snapshot's {name} was written by another version of this package (v={value.get('v')!r}, known: "
                f"{VERSION}). Nothing was sent. Use that version; or, {START_OVER}.",
                advice="use the version that wrote the snapshot: see the message below",
            )
        found = msgspec.convert(value, Manifest)
        bytes.fromhex(found.salt)
        _check_digest(value)
        return found  # noqa: TRY300 - what may raise belongs together
    except (msgspec.MsgspecError, RecursionError, ValueError):
        raise BentoStateError(
            f"The snapshot's {name} is damaged ({len(data):,} bytes). Nothing was sent. Restore the file "
            f"as it was; or, {START_OVER}.",
            advice=RESTORE,
        ) from None


def _check_digest(value: dict[str, Any]) -> None:
    if value.pop("sha256", None) != _digest(value):
        raise ValueError("changed")


def _digest(value: dict[str, Any]) -> str:
    """Return the digest of a manifest: of its JSON without blanks, the fields in order."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()

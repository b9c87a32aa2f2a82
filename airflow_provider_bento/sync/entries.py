"""What a run notes while it sends: an entry per record, in segments of JSON Lines, of which each is written once.

Tested by tests/unit/sync/test_entries.py.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.sync.manifest import RESTORE, START_OVER

__all__ = ["Entry", "Hasher", "decoded_segment", "encoded_segment", "is_segment", "opened_of", "segment_name"]

FOLDER: Final = "segments"
_SHOWN: Final = 8  # digits of the salt in the name of a segment
_NAME: Final = re.compile(r"[0-9]{9,}-[0-9]{6,}-[0-9a-f]{8}\.jsonl")


class Entry(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """What is known of one person, or one key of an event or email; a later entry replaces an earlier one.

    :param key: the keyed hash of the email address, or of the key.
    :param sent_at: seconds since the epoch.
    :param generation: the tag of the run that wrote it.
    :param record: the keyed hash of the record that Bento confirmed; ``None``: a record was sent, or may have been,
        and nobody knows what Bento has.
    :param email: the address, if people who are gone are to be untagged or unsubscribed.
    :param released: whether nothing is known any more.
    """

    key: str
    sent_at: int
    generation: int
    record: str | None = None
    email: str | None = None
    released: bool = False


class Hasher:
    """Makes the hashes of one snapshot.

    :param salt: its key, hexadecimal; without it nobody can tell whose hash one is by trying addresses.
    """

    def __init__(self, salt: str) -> None:
        self._keyed = hashlib.blake2b(key=bytes.fromhex(salt), digest_size=16)

    def __call__(self, value: bytes) -> str:
        """Return the hash of a value: 32 hexadecimal digits."""
        hashed = self._keyed.copy()
        hashed.update(value)
        return hashed.hexdigest()


def segment_name(opened: int, number: int, salt: str) -> str:
    """Return the name of a segment's file.

    :param opened: the generation at which its writer took over.
    :param number: its number among those of the writer, from 0.
    :param salt: that of the hashes in it: what a deleted snapshot left behind must not be taken for part of a new one.
    """
    return f"{FOLDER}/{opened:09d}-{number:06d}-{salt[:_SHOWN]}.jsonl"


def is_segment(name: str) -> bool:
    """Whether a file has the name of a segment, of whichever snapshot; others are a person's."""
    return _NAME.fullmatch(name) is not None


def opened_of(name: str, salt: str) -> int:
    """Return the generation at which the writer of a segment took over; 0: it is no segment of this snapshot."""
    opened = name.partition("-")[0]
    return int(opened) if opened.isdecimal() and name.endswith(f"-{salt[:_SHOWN]}.jsonl") else 0


def encoded_segment(entries: Iterable[Entry]) -> bytes:
    """Return entries as JSON Lines; the last line is a digest of those before it."""
    lines = msgspec.json.Encoder().encode_lines(list(entries))
    return lines + _last_line(lines)


def decoded_segment(name: str, data: bytes) -> Iterator[Entry]:
    """Yield the entries of a segment.

    :raises BentoStateError: it is damaged.
    """
    lines = data[: data[:-1].rfind(b"\n") + 1]
    try:
        if data != lines + _last_line(lines):
            raise msgspec.DecodeError
        yield from msgspec.json.Decoder(Entry).decode_lines(lines)
    except msgspec.MsgspecError:
        raise BentoStateError(
            f"The snapshot's {name} is damaged ({len(data):,} bytes). Nothing was sent. Restore it; or, {START_OVER}.",
            advice=RESTORE,
        ) from None


def _last_line(lines: bytes) -> bytes:
    return msgspec.json.encode({"sha256": hashlib.sha256(lines).hexdigest()}) + b"\n"

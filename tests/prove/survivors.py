"""Mutants that no test notices, and why none needs to: the changed line, and the reason."""

from __future__ import annotations

from typing import Final

EXPLAINED: Final[dict[str, str]] = {
    "for number in range(self._number):  # upwards, as values move: none can pass by unseen":
        "looks for attempt 0 too, which there never is",
    "for newer in range(self._number + 1, self._number + 2 + UNFENCED):": "looks one further: more careful",
    'return hashlib.sha256(f"{chain}{digest}".encode()).hexdigest()[:33]': "one digit more is as good",
    "return float(min(self.cap, self.base * 2 ** min(attempt - 1, 31))) * (0.5 + jitter / 2)": "capped before",
    "known = self.now.in_flight_chunk(None) or _intent(chunk, 0.0)":
        "of a chunk with an outcome nobody reads since when it was meant",
    "known = self.now.in_flight_chunk(chunk.number) or _intent(chunk, 1.0)": "as above",
    "return ahead < AHEAD_FACTOR * max_in_flight and _needed(begun) < MAX_BYTES":
        "one byte less",
    "begun = checkpoint.with_in_flight(None, chunk)":
        "a chunk that may begin replaces none",
    "return msgspec.structs.replace(largest, number=in_flight[-1].number + 1, )": "as large with its own outcome",
    "if not counts.created or _needed(after) < MAX_BYTES:": "one byte less",
    "counts = msgspec.structs.replace(counts, created=counts.created[: len(counts.created) // 3])":
        "names fewer of them",
}  # fmt: skip

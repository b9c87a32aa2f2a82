"""Numbers in words: what is counted, how long it takes. Pure.

Tested by tests/unit/operators/test_progress_lines.py.
"""

from __future__ import annotations


def counted(number: int, plural: str) -> str:
    """Return ``1 chunk``, ``2,500 chunks``, ``1 person``."""
    singular = "person" if plural == "people" else plural.removesuffix("s")
    return f"{number:,} {singular if number == 1 else plural}"


def spoken(seconds: float) -> str:
    """Return seconds as people say them: ``40 s``, ``25 minutes``, ``3.5 hours``, ``4 days``."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 86_400:.0f} days"


def spanned(first: int, last: int) -> str:
    """Return ``position 5``, ``positions 3 to 5``."""
    return f"position {first}" if first == last else f"positions {first} to {last}"

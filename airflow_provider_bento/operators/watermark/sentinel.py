"""What an author writes where the stored watermark is wanted.

Tested by tests/unit/operators/test_watermark_arguments.py.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

__all__ = ["WATERMARK"]


class _Watermark(Enum):
    """An enumeration of one, because its member stays the same object when it is copied or pickled."""

    WATERMARK = "WATERMARK"

    def __repr__(self) -> str:
        return "WATERMARK"

    __str__ = __repr__


WATERMARK: Final = _Watermark.WATERMARK
"""Stands for the stored watermark: ``sql_parameters={"since": WATERMARK}``, or an argument of a decorated function."""

"""What a snapshot is about, and how one task uses it. Pure.

Tested by tests/unit/sync/test_snapshot.py.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Terms"]


@dataclass(frozen=True)
class Terms:
    """What a snapshot is about, and how it is used.

    :param made_for: what the keys stand for, such as ``subscribers`` or ``events once_by details.order_id``.
    :param site: UUID of the site.
    :param once: whether a key that was sent is never sent again; else only while its record is the confirmed one.
    :param addresses: whether email addresses are kept.
    :param resend_after: seconds after which unchanged people are sent again.
    :param forget_after: seconds after which a key is forgotten.
    :param forced: ``True``: everything is sent; ``"baseline"``: nothing is, and all of it is taken for confirmed.
    """

    made_for: str
    site: str
    once: bool = False
    addresses: bool = False
    resend_after: float | None = None
    forget_after: float | None = None
    forced: bool | str = False

"""What the hook lists of each kind, one result after the other, page by page.

Tested by tests/unit/transfers/test_transfer_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from airflow_provider_bento.transfers.schemas import What

if TYPE_CHECKING:
    from airflow_provider_bento.hooks.bento import BentoHook

__all__ = ["Listed", "listed"]


class Listed(NamedTuple):
    """One result.

    :param item: a struct of the hook.
    :param known: columns whose values the request contained.
    """

    item: Any
    known: Mapping[str, Any]


def listed(hook: BentoHook, what: What, filters: Mapping[str, Any], **options: Any) -> Iterator[Listed]:
    """Yield all results; a page is requested when the one before it is used up.

    :param filters: what :func:`~airflow_provider_bento.transfers.filters.read_filters` returned.
    :param options: of the hook's ``request_loop``.
    :raises BentoError: a page could not be read.
    """
    if what == "broadcasts":
        return _broadcasts(hook, filters, options)
    known = {"form_id": filters["form_id"]} if what == "form_responses" else {}
    return (Listed(one, known) for one in _METHODS[what](hook)(**filters, **options))


def _broadcasts(hook: BentoHook, filters: Mapping[str, Any], options: Mapping[str, Any]) -> Iterator[Listed]:
    """Yield each broadcast once, though it may be sent, and so change its list, while the lists are read."""
    from airflow_provider_bento.api.broadcast_lookup import STATUSES

    seen = set[str]()
    for status in filters.get("status", STATUSES):
        for one in hook.iter_broadcasts(status, **options):
            if not one.id or one.id not in seen:
                seen.add(one.id)
                yield Listed(one, {})


_METHODS: Final[dict[What, Callable[[BentoHook], Callable[..., Iterable[Any]]]]] = {
    "form_responses": lambda hook: hook.form_responses,
    "tags": lambda hook: hook.list_tags,
    "fields": lambda hook: hook.list_fields,
    "segments": lambda hook: hook.list_segments,
    "sequences": lambda hook: hook.iter_sequences,
    "subscribers": lambda hook: hook.iter_subscribers,
}

"""What the hook lists of each kind, one result after the other, page by page.

Tested by tests/unit/transfers/test_transfer_against_sandbox.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from airflow_provider_bento.transfers.schemas import What

if TYPE_CHECKING:
    from airflow_provider_bento.hooks.bento import BentoHook

__all__ = ["Listed", "listed"]


class Listed(NamedTuple):
    """One result.

    :param item: a struct of the hook.
    :param known: columns whose values were asked for.
    """

    item: Any
    known: Mapping[str, Any]


def listed(hook: BentoHook, what: What, filters: Mapping[str, Any]) -> Iterator[Listed]:
    """Yield all results; a page is requested when the one before it is used up.

    :param filters: what :func:`~airflow_provider_bento.transfers.filters.read_filters` returned.
    :raises BentoError: a page could not be read.
    """
    return _LISTINGS[what](hook, filters)


def _broadcasts(hook: BentoHook, filters: Mapping[str, Any]) -> Iterator[Listed]:
    """Yield each broadcast once, though it may be sent, and so change its list, while the lists are read."""
    from airflow_provider_bento.api.broadcast_lookup import STATUSES

    seen = set[str]()
    for status in filters.get("status", STATUSES):
        for one in hook.iter_broadcasts(status):
            if not one.id or one.id not in seen:
                seen.add(one.id)
                yield Listed(one, {"status": status})


def _form_responses(hook: BentoHook, filters: Mapping[str, Any]) -> Iterator[Listed]:
    form_id = filters["form_id"]
    return (Listed(one, {"form_id": form_id}) for one in hook.form_responses(form_id))


def _plain(listing: Callable[[Any, Mapping[str, Any]], Any]) -> Callable[[BentoHook, Mapping[str, Any]], Any]:
    def lists(hook: BentoHook, filters: Mapping[str, Any]) -> Iterator[Listed]:
        for one in listing(hook, filters):
            yield Listed(one, {})

    return lists


_LISTINGS: Final[dict[What, Callable[[BentoHook, Mapping[str, Any]], Iterator[Listed]]]] = {
    "broadcasts": _broadcasts,
    "form_responses": _form_responses,
    "tags": _plain(lambda hook, _: hook.list_tags()),
    "fields": _plain(lambda hook, _: hook.list_fields()),
    "segments": _plain(lambda hook, _: hook.list_segments()),
    "sequences": _plain(lambda hook, _: hook.iter_sequences()),
    "subscribers": _plain(lambda hook, filters: hook.iter_subscribers(**filters)),
}

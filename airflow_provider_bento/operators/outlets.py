"""A task's outlets of Bento: validated before anything is sent, and filled with the counts of a successful push.

Only outlets that the author declared get events; none is added.

Tested by tests/unit/operators/test_outlets.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.assets.bento import create_asset, outlets_of_bento, site_and_noun
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.endpoint_words import WORDS

if TYPE_CHECKING:
    from airflow_provider_bento.delivery.counts import Report

__all__ = ["Outlets", "wrong_with_outlets"]

_COUNTS: Final = ("read", "accepted", "unchanged", "invalid", "rejected", "skipped", "in_doubt")


def wrong_with_outlets(outlets: Any, endpoint: Endpoint) -> Iterator[str]:
    """Yield what is wrong with a task's outlets as far as it is known when the DAG is parsed: what they contain.

    :param outlets: the task's.
    :param endpoint: where its records go.
    """
    changed = WORDS[endpoint].changes
    for outlet in outlets_of_bento(outlets):
        if site_and_noun(outlet.uri)[1] not in changed:
            yield (
                f"the outlet {_shown(outlet)} is not what this operator changes: its outlets of Bento are "
                f"bento://<site uuid>/{' or '.join(changed)}"
            )


def _shown(outlet: Any) -> str:
    """Return an outlet's URI without the keys that a connection's URI would have."""
    site, noun = site_and_noun(outlet.uri)
    return f"bento://{site.rpartition('@')[2]}/{noun}"


@dataclass(frozen=True)
class Outlets:
    """The outlets of one task that its push concerns.

    :param endpoint: where the records go.
    :param site: the connection's site.
    :param events: Airflow's accessors of the events of assets.
    :param aliases: Airflow's accessors of the events of aliases.
    """

    endpoint: Endpoint
    site: str
    events: Sequence[Any] = ()
    aliases: Sequence[Any] = ()

    @classmethod
    def of(cls, outlets: Any, context: Mapping[str, Any], *, endpoint: Endpoint, site: str, conn_id: str) -> Outlets:
        """Find the outlets in the context; without a task instance (in a shell or a test) there is nothing to fill.

        :param outlets: the task's.
        :param context: Airflow's.
        :param endpoint: where the records go.
        :param site: the connection's site.
        :param conn_id: the connection.
        :raises BentoSetupError: an outlet belongs to another site.
        """
        ours = outlets_of_bento(outlets)
        for outlet in ours:
            _check_site(outlet, site, conn_id)
        accessors = context.get("outlet_events")
        if accessors is None:
            return cls(endpoint, site)
        aliases = [accessors[one] for one in _aliases(outlets)]
        return cls(endpoint, site, [accessors[one] for one in ours], aliases)

    def fill(self, report: Report, unchanged: int) -> None:
        """Put the counts into the events that Airflow emits when the task has succeeded.

        What the author put there stays. An alias gets the asset that the operator is for, unless nothing was sent
        because of ``validate_only``.

        :param report: what the push did.
        :param unchanged: how many records were not sent, because Bento has confirmed the same before.
        """
        extra = _extra(report, unchanged)
        for event in self.events:
            event.extra = extra | event.extra
        if self.aliases and not report.dry:
            asset = create_asset(site_uuid=self.site, noun=WORDS[self.endpoint].changes[0])
            for alias in self.aliases:
                _fill_alias(alias, asset, extra)


def _fill_alias(alias: Any, asset: Any, extra: dict[str, Any]) -> None:
    """Add an asset to an alias, or to what the author added of the same asset: two events would be one too many."""
    added = [one for one in getattr(alias, "asset_alias_events", ()) if one.dest_asset_key.uri == asset.uri]
    for event in added:
        event.extra = extra | event.extra
    if not added:
        alias.add(asset, extra=extra)


def _check_site(outlet: Any, site: str, conn_id: str) -> None:
    if site_and_noun(outlet.uri)[0] != site.lower():
        raise BentoSetupError(
            f"The outlet {_shown(outlet)} belongs to another site than the connection {conn_id}, whose site is {site}. "
            "Nothing was sent. Correct the outlet, or pass the connection of its site."
        )


def _aliases(outlets: Any) -> list[Any]:
    from airflow_provider_bento.version_compat import AssetAlias

    found = outlets if isinstance(outlets, list | tuple | set) else [outlets]
    return [one for one in found if isinstance(one, AssetAlias)]


def _extra(report: Report, unchanged: int) -> dict[str, Any]:
    counts = {name: getattr(report.counts, name) for name in _COUNTS} | {"unchanged": unchanged}
    if report.dry:
        return {"validate_only": True, "valid": report.counts.valid, **counts}
    created = [one.id for one in report.counts.created if one.id is not None]
    return {**counts, "created": created} if created else counts

"""The settings of a sandbox, from the command line or changed while it runs; knows values, never requests.

Tested by tests/sandbox/test_sandbox_running.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from airflow_provider_bento.api.contract import DELETION_RATE_LIMIT, STATS_RATE_LIMIT, Family
from airflow_provider_bento.sandbox.rate_limit import Limiter, Rates, Regime, read_rates
from airflow_provider_bento.sandbox.store.queues import QueueName

Profile = Literal["2021", "2024", "2026", "laravel"]
"""A generation of Bento's replies: their shapes and status codes; ``laravel``: 2026 as the Laravel SDK unwraps it."""

SITE: Final = "0123456789abcdef0123456789abcdef"
# The Go client accepts keys of 28 to 36 characters only.
PUBLISHABLE_KEY: Final = "pk_sandbox_for_local_tests_only"
SECRET_KEY: Final = "sk_sandbox_for_local_tests_only"  # noqa: S105 - opens nothing but a local sandbox
DEFAULT_LIMIT: Final = "60/minute per ip"  # bento-skills 0.1.2, the newest and most careful of the published ones
# Of a deletion Bento says only that it is queued: a minute is our choice.
_DOCUMENTED_DELAYS: Final[Mapping[QueueName, float]] = {
    "subscribers": 180.0,
    "events": 120.0,
    "commands": 30.0,
    "emails": 5.0,
    "deletions": 60.0,
}


class Settings(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set.

    :param profile: generation of Bento's replies.
    :param limit: ``60/minute per ip``, ``100/minute per family``; ``off`` switches the limits of all families off.
    :param stats_limit: limit of the stats endpoints alone, in place of ``limit``: ``30/hour``, ``off``.
    :param deletion_limit: limit of deletion requests alone, in place of ``limit``.
    :param retry_after: Retry-After header of a 429: ``None`` (Bento documents none), ``seconds``, ``date``, any text.
    :param authors: permitted sender addresses of broadcasts and emails; ``None``: any.
    :param delay: seconds until the records of each queue take effect.
    :param reply_delay: seconds between processing a request and replying.
    :param page_size: rows per page of broadcasts, sequences, workflows and the search of subscribers.
    :param max_records: maximum batch sizes that differ from the documented ones, like ``{"events": 100}``.
    :param publishable_key: user name of the Basic header.
    :param secret_key: password of the Basic header.
    :param sites: UUIDs of the sites that exist.
    """

    profile: Profile = "2026"
    limit: str = DEFAULT_LIMIT
    stats_limit: str = STATS_RATE_LIMIT
    deletion_limit: str = DELETION_RATE_LIMIT
    retry_after: str | None = None
    authors: tuple[str, ...] | None = None
    delay: dict[QueueName, float] = msgspec.field(default_factory=dict)
    reply_delay: float = 0.0
    page_size: int = 100
    max_records: dict[str, int] = msgspec.field(default_factory=dict)
    publishable_key: str = PUBLISHABLE_KEY
    secret_key: str = SECRET_KEY
    sites: tuple[str, ...] = (SITE,)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Settings:
        """Return settings from plain values, as JSON has them; missing names have their defaults.

        :raises ValueError: an unknown name or an invalid value.
        """
        delay = read_delay(values.get("delay", 0))
        settings = msgspec.convert({**values, "delay": delay}, cls)
        settings.limiter()
        if not (0 <= settings.reply_delay < float("inf")) or settings.page_size < 1 or not settings.sites:
            raise ValueError("reply_delay must be 0 or more, page_size 1 or more, and sites must not be empty")
        return settings

    def changed(self, changes: Mapping[str, Any]) -> Settings:
        """Return these settings with ``changes``, as JSON has them.

        :raises ValueError: an unknown name, an invalid value, or keys and sites, which cannot change.
        """
        fixed = _FIXED & changes.keys()
        if fixed:
            raise ValueError(f"{', '.join(sorted(fixed))} can only be set at startup")
        return Settings.of({**msgspec.to_builtins(self), **changes})

    def limiter(self) -> Limiter:
        """Return a limiter with these limits that has not admitted anything.

        :raises ValueError: a limit is invalid.
        """
        own: dict[Family, Rates] = {
            "stats": read_rates(self.stats_limit),
            "deletion": read_rates(self.deletion_limit),
        }
        return Limiter(Regime.parse(self.limit), own)

    def __repr__(self) -> str:
        return f"Settings({self.public()})"

    def public(self) -> dict[str, Any]:
        """Return the settings without the secret key."""
        return {name: value for name, value in msgspec.to_builtins(self).items() if name != "secret_key"}


_DELAY: Final = (
    "a delay must be a number of seconds (0 or more), documented, or seconds per queue like subscribers=60, events=5; "
    f"the queues are {', '.join(_DOCUMENTED_DELAYS)}"
)
_FIXED: Final = frozenset({"publishable_key", "secret_key", "sites"})


def read_delay(value: object) -> dict[QueueName, float]:
    """Return seconds by queue from a number for all, a mapping, ``documented``, or ``subscribers=60,events=5``.

    :raises ValueError: it is none of these.
    """
    if value == "documented":
        return dict(_DOCUMENTED_DELAYS)
    if isinstance(value, str) and "=" in value:
        value = {name.strip(): seconds for name, _, seconds in (part.partition("=") for part in value.split(","))}
    if not isinstance(value, Mapping):
        value = dict.fromkeys(_DOCUMENTED_DELAYS, value)
    try:
        delays = msgspec.convert(value, dict[QueueName, float], strict=False)
    except msgspec.ValidationError:
        raise ValueError(_DELAY) from None
    if not all(0 <= seconds < float("inf") for seconds in delays.values()):
        raise ValueError(_DELAY)
    return delays

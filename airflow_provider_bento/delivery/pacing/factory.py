"""Where the budget lives, by the connection's word for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, get_args

from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Family
from airflow_provider_bento.api.rates import Rate, parse_rates
from airflow_provider_bento.delivery.pacing import Pacer
from airflow_provider_bento.delivery.pacing.pacer import BudgetStore, SharedPacer
from airflow_provider_bento.exceptions import BentoSetupError

_IN_PROCESS: Final[dict[str, BudgetStore]] = {}


def make_pacer(pacing: str, *, key: Sequence[str], rates: str) -> Pacer:
    """Return the pacer of a connection.

    :param pacing: ``auto`` (all processes of this user on this host), ``process``, or a Redis URL (all that use it).
    :param key: whose limit it is: the address that is called, and the site; two connections to one site share.
    :param rates: like ``100/minute``; they apply to each family but ``stats``, which has a limit of its own;
        ``deletion`` has another one in addition.
    :raises BentoSetupError: one of them cannot be read.
    """
    return SharedPacer(_store(pacing), "|".join(key), _by_family(rates))


def _store(pacing: str) -> BudgetStore:
    if pacing.startswith(("redis://", "rediss://")):
        from airflow_provider_bento.delivery.pacing.redis_budgets import RedisBudgets

        return RedisBudgets(pacing)
    return _IN_PROCESS.get(pacing) or _IN_PROCESS.setdefault(pacing, _local_store(pacing))


def _local_store(pacing: str) -> BudgetStore:
    if pacing == "auto":
        from airflow_provider_bento.delivery.pacing.sqlite_budgets import HostBudgets

        return HostBudgets()
    if pacing == "process":
        from airflow_provider_bento.delivery.pacing.memory_budgets import ProcessBudgets

        return ProcessBudgets()
    raise BentoSetupError("pacing must be 'auto', 'process', or a Redis URL such as redis://host:6379/0.")


def _by_family(rates: str) -> Mapping[Family, Sequence[Rate]]:
    own, stats = parse_rates(rates), parse_rates(contract.STATS_RATE_LIMIT)
    deletion = parse_rates(f"{rates}, {contract.DELETION_RATE_LIMIT}")
    return {family: {"stats": stats, "deletion": deletion}.get(family, own) for family in get_args(Family)}

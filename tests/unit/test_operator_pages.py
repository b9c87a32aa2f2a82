"""The page of each operator, and the page of what they share, name every argument and no other."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest

from airflow_provider_bento.operators import bento
from airflow_provider_bento.operators.base import BentoBatchOperator
from airflow_provider_bento.transfers.bento import BentoToObjectStorageOperator

DOCS = Path(__file__).parents[2] / "docs"
PAGES: dict[str, Any] = {
    "subscribers": bento.BentoBatchSubscribersOperator,
    "events": bento.BentoBatchEventsOperator,
    "broadcasts": bento.BentoBroadcastOperator,
    "emails": bento.BentoBatchEmailsOperator,
    "commands": bento.BentoBatchCommandsOperator,
    "deletions": bento.BentoDataDeletionOperator,
}
WITHOUT_SHARED: dict[str, Any] = {"reconcile": bento.BentoReconcileOperator, "export": BentoToObjectStorageOperator}


def arguments(operator: Any) -> set[str]:
    """Return the names of an operator's own arguments, without Airflow's."""
    return set(inspect.signature(operator.__init__).parameters) - {"self", "kwargs"}


SHARED = arguments(BentoBatchOperator) - {"records"}


def named(page: str) -> set[str]:
    """Return the names in the first column of the page's tables of arguments."""
    text = (DOCS / page).read_text()
    tables = re.findall(r"^\| argument \|.*\n(?:\|.*\n)+", text, re.MULTILINE)
    rows = [line.split("|")[1] for table in tables for line in table.splitlines()[2:]]
    return {name for row in rows for name in re.findall(r"`(\w+)`", row)}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_names_the_operators_own_arguments(page: str) -> None:
    """All of them; the shared ones are on the page that all share."""
    assert named(f"operators/{page}.md") == arguments(PAGES[page]) - SHARED


@pytest.mark.parametrize("page", WITHOUT_SHARED)
def test_a_page_of_an_operator_that_pushes_nothing_names_all(page: str) -> None:
    """It shares none."""
    assert named(f"operators/{page}.md") == arguments(WITHOUT_SHARED[page])


def test_the_shared_arguments_are_on_the_shared_page() -> None:
    """With those of each operator, so that one page has them all."""
    own = {name for operator in PAGES.values() for name in arguments(operator)}
    assert named("operators.md") == SHARED | own

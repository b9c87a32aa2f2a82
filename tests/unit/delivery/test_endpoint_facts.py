"""Every endpoint has its facts, and code that depends on an endpoint reads them."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

import airflow_provider_bento
from airflow_provider_bento.api import contract
from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.api.records.near_misses import NearMisses
from airflow_provider_bento.delivery.endpoint_facts import FACTS

PACKAGE = Path(airflow_provider_bento.__file__).parent
FILES = sorted((*(PACKAGE / "delivery").rglob("*.py"), *(PACKAGE / "operators").rglob("*.py")))


def test_every_endpoint_has_facts_and_a_call() -> None:
    """A new endpoint cannot be forgotten."""
    assert set(FACTS) == set(contract.BATCH) == set(get_args(Endpoint))


@pytest.mark.parametrize("endpoint", get_args(Endpoint))
def test_rows_of_every_endpoint_can_be_watched(endpoint: Endpoint) -> None:
    """Also those whose records have no key that could be a typo."""
    assert NearMisses().watch(lambda row: row, endpoint)({"email": "a@x.io", "type": "x"})


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_compares_an_endpoint_with_a_name(file: Path) -> None:
    """The facts say what is special about it."""
    compared = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Compare)]
    words = [one.value for node in compared for one in ast.walk(node) if isinstance(one, ast.Constant)]
    assert not {word for word in words if isinstance(word, str)} & set(get_args(Endpoint))

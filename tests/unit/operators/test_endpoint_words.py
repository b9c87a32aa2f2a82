"""Every endpoint has its words, and they are those of its operator."""

from __future__ import annotations

import inspect
from typing import get_args

import pytest

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.operators import bento
from airflow_provider_bento.operators.endpoint_words import WORDS


@pytest.mark.parametrize("endpoint", get_args(Endpoint))
def test_the_words_are_those_of_the_operator(endpoint: Endpoint) -> None:
    """Messages name a class that can be imported and an argument that it has."""
    words = WORDS[endpoint]
    operator = getattr(bento, words.operator)
    assert operator._endpoint == endpoint
    assert words.argument in inspect.signature(operator).parameters
    assert words.argument == operator.template_fields[0]

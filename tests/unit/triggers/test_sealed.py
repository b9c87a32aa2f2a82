"""An address travels to the triggerer so that only the connection's secret key opens it."""

from __future__ import annotations

import pytest

from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.triggers.sealed import seal, unseal


@pytest.mark.parametrize("text", ["ann@shop.example", "", "jörg@bücher.example", "a" * 10_000])
def test_what_was_sealed_comes_back(text: str) -> None:
    """Whatever the text is."""
    sealed = seal(text, "sk_1")
    assert unseal(sealed, "sk_1") == text
    assert sealed.isascii()


def test_nobody_can_read_it_or_compare_two() -> None:
    """The text is not in it, and the same text is sealed differently each time."""
    assert "ann" not in seal("ann@shop.example", "sk_1")
    assert seal("ann@shop.example", "sk_1") != seal("ann@shop.example", "sk_1")


def test_another_key_opens_nothing() -> None:
    """The error says what to do, and contains neither key nor text."""
    with pytest.raises(BentoSetupError, match="secret key has changed since the sensor was deferred") as caught:
        unseal(seal("ann@shop.example", "sk_old"), "sk_new")
    assert not any(secret in str(caught.value) for secret in ("shop.example", "sk_old", "sk_new"))

"""Airflow's Test button: one cheap read, and a sentence about what it showed. Knows no Airflow."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from airflow_provider_bento.api import answers, contract, wire
from airflow_provider_bento.exceptions import (
    BentoError,
    BentoOutcomeUnknown,
    BentoRateLimited,
    BentoUnreachable,
)

if TYPE_CHECKING:
    from airflow_provider_bento.api.client import BentoClient

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 15.0  # well below the 60 s that Airflow 3.3 gives a test on a worker


def try_out(new_client: Callable[[float, float], BentoClient], base_url: Callable[[], str]) -> tuple[bool, str]:
    """Read the site's tags once.

    :param new_client: makes a client from connect and read time-outs, in seconds.
    :param base_url: the address that is called.
    :returns: whether it works, and a sentence without keys.
    """
    request = wire.Request(contract.LIST_TAGS)
    try:
        with new_client(CONNECT_SECONDS, READ_SECONDS) as client:
            reply = client.send(request)
        if wire.is_html(reply) and reply.status < 300:
            return False, f"Not Bento: {base_url()} answered with a web page. Leave host empty for {contract.BASE_URL}."
        tags = answers.tags(wire.read(request, reply))
    except BentoError as error:
        return False, _plain(error, base_url)
    return True, f"Connected to Bento: keys and Site UUID are right, the site has {len(tags)} tags."


def _plain(error: BentoError, base_url: Callable[[], str]) -> str:
    if isinstance(error, BentoRateLimited):
        return "Bento answered 429: the keys may be right, but the rate limit is used up. Try again in a minute."
    if isinstance(error, BentoUnreachable):
        return f"Cannot reach {base_url()}: {error}"
    if isinstance(error, BentoOutcomeUnknown):
        return f"{base_url()} gave no usable answer within {READ_SECONDS:.0f} s: {error}"
    return str(error)

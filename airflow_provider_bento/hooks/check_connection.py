"""Airflow's Test button: one cheap read, and a sentence about the result. Does not import Airflow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from airflow_provider_bento.api import contract, responses, wire
from airflow_provider_bento.delivery.wording import counted
from airflow_provider_bento.exceptions import BentoError, BentoRateLimited, BentoRetryLater

if TYPE_CHECKING:
    from airflow_provider_bento.api.client import BentoClient

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 15.0  # well below the 60 s that Airflow 3.3 allows a test on a worker

_KINDS: Final = ((bool, "true or false"), (str, "a text"), (int | float, "a number"), (list, "a list"))


def check_connection(
    new_client: Callable[[float, float], BentoClient], base_url: Callable[[], str], doubts: Iterable[str] = ()
) -> tuple[bool, str]:
    """Read the site's tags once; only a list of tags, in Bento's envelope, proves that Bento answered.

    :param new_client: creates a client from connect and read time-outs, in seconds.
    :param base_url: the address that is called.
    :param doubts: warnings about the connection, as sentences; known once the client is created.
    :returns: whether it works, and sentences without keys and without the connection's id, which in a test is only a
        temporary one.
    """
    works, said = _tried(new_client, base_url)
    return works, " ".join([said, *(f"{doubt[:1].upper()}{doubt[1:]}" for doubt in doubts)])


def _tried(new_client: Callable[[float, float], BentoClient], base_url: Callable[[], str]) -> tuple[bool, str]:
    request = wire.Request(contract.LIST_TAGS)
    try:
        with new_client(CONNECT_SECONDS, READ_SECONDS) as client:
            reply = client.send(request)
        if wire.is_html(reply) and reply.status < 300:
            return False, _not_bento(base_url(), "a web page")
        answer = wire.read(request, reply)
    except BentoError as error:
        return False, _plain(error, base_url)
    if came := _instead_of_tags(reply.status, answer):
        return False, _not_bento(base_url(), came)
    found = counted(len(responses.tags(answer)), "tags")
    return True, f"Connected to Bento: the keys and the Site UUID are valid; the site has {found}."


def _instead_of_tags(status: int, answer: Any) -> str | None:
    """What came instead of ``{"data": [tags]}``, by its kind; ``None``: it is that."""
    if status != 200:
        return f"status {status}"
    if not isinstance(answer, Mapping):
        return _kind(answer)
    if "data" not in answer:
        return "an object without data"
    data = answer["data"]
    if data is not None and not isinstance(data, list):
        return f"{_kind(data)} in data"
    return None if all(map(_is_tag, data or ())) else "a data list without tags"


def _kind(value: Any) -> str:
    if value is None:
        return "nothing"
    return next((name for kind, name in _KINDS if isinstance(value, kind)), "an object")


def _is_tag(item: Any) -> bool:
    inner = item.get("attributes", item) if isinstance(item, Mapping) else None
    return isinstance(inner, Mapping) and isinstance(inner.get("name"), str)


def _not_bento(base_url: str, came: str) -> str:
    return (
        f"Not Bento: {base_url} returned {came} instead of a list of tags. Leave Base URL empty for "
        f"{contract.BASE_URL}."
    )


def _plain(error: BentoError, base_url: Callable[[], str]) -> str:
    if isinstance(error, BentoRateLimited):
        return "Bento returned 429: the keys may be valid, but the rate limit is exhausted. Try again in a minute."
    if isinstance(error, BentoRetryLater):
        return f"No usable reply from {base_url()}: {error}"
    return getattr(error, "in_form", "") or str(error)

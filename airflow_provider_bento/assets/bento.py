"""Assets of Bento are ``bento://<site uuid>/<subscribers|events|broadcasts|emails>``: how one is made and recognized.

Airflow finds these functions through the provider's metadata.

Tested by tests/unit/assets/test_bento_assets.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal, get_args
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from urllib.parse import SplitResult

__all__ = ["Noun", "convert_asset_to_openlineage", "create_asset", "outlets_of_bento", "sanitize_uri", "site_and_noun"]

Noun = Literal["subscribers", "events", "broadcasts", "emails"]
"""What an asset of Bento contains."""

SCHEME: Final = "bento"
_NOUNS: Final = get_args(Noun)
_FORM: Final = f"An asset of Bento is bento://<site uuid>/<{'|'.join(_NOUNS)}>"


def sanitize_uri(uri: SplitResult) -> SplitResult:
    """Return an asset's URI in its normal form: the site in lower case, no slash at the end.

    :param uri: begins with ``bento://``.
    :raises ValueError: the site is missing, the noun is unknown, or there is anything else; names the form. Airflow
        2.11 logs a warning instead and keeps the URI; the operators refuse it.
    """
    noun = uri.path.strip("/")
    if not uri.netloc or "@" in uri.netloc or noun not in _NOUNS or uri.query or uri.fragment:
        raise ValueError(f"{_FORM}, and nothing else.")  # not what it was: it may be a connection's URI, with its keys
    return uri._replace(netloc=uri.netloc.lower(), path=f"/{noun}")


def create_asset(*, site_uuid: str, noun: Noun, name: str | None = None, extra: Mapping[str, Any] | None = None) -> Any:
    """Return an asset of Bento: Airflow's ``Asset``, or on Airflow 2.11 its ``Dataset``.

    Airflow identifies an asset by its name and its URI together, so use the same object, or the same two, for the
    outlet of a task and for the ``schedule`` of a DAG. On Airflow 2.11 a dataset has no name.

    :param site_uuid: the site, as in the connection.
    :param noun: ``"subscribers"``, ``"events"``, ``"broadcasts"`` or ``"emails"``.
    :param name: the asset's name; default: its URI.
    :param extra: what the asset itself says, as opposed to its events.
    :raises ValueError: the noun is unknown, or the site is empty.
    """
    from airflow_provider_bento.version_compat import Asset

    uri = sanitize_uri(urlsplit(f"{SCHEME}://{site_uuid.strip()}/{noun}")).geturl()
    named = {} if name is None or not hasattr(Asset, "name") else {"name": name}
    return Asset(uri=uri, extra=None if extra is None else dict(extra), **named)


def convert_asset_to_openlineage(asset: Any, lineage_context: object) -> Any:  # noqa: ARG001  (Airflow's signature)
    """Return what OpenLineage calls an asset: the site is the namespace, the noun the name.

    :param asset: an asset of Bento.
    :param lineage_context: not needed.
    """
    from openlineage.client.event_v2 import Dataset

    site, noun = site_and_noun(asset.uri)
    return Dataset(namespace=f"{SCHEME}://{site}", name=noun)


def outlets_of_bento(outlets: Any) -> list[Any]:
    """Return the assets among a task's outlets whose URI begins with ``bento://``.

    :param outlets: a task's, as its author wrote them or as Airflow keeps them.
    """
    found = outlets if isinstance(outlets, list | tuple | set) else [outlets]
    return [one for one in found if str(getattr(one, "uri", "")).lower().startswith(f"{SCHEME}://")]


def site_and_noun(uri: str) -> tuple[str, str]:
    """Return the site of an asset's URI, in lower case, and the noun, which may be none of ours on Airflow 2.11."""
    parts = urlsplit(uri)
    return parts.netloc.lower(), parts.path.strip("/")

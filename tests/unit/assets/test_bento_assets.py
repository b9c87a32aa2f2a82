"""What an asset of Bento is: its URI, the object that Airflow knows, and its name in OpenLineage."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest

from airflow_provider_bento.assets.bento import (
    convert_asset_to_openlineage,
    create_asset,
    outlets_of_bento,
    sanitize_uri,
)
from airflow_provider_bento.version_compat import Asset, AssetAlias

NAMED = hasattr(Asset, "name")
WRONG = (
    "bento://site",
    "bento:///subscribers",
    "bento://site/people",
    "bento://site/subscribers/x",
    "bento://site/subscribers?tag=vip",
    "bento://site/subscribers#top",
    "bento://pk_planted:sk_planted@site/subscribers",
)


def providers_manager() -> Any:
    """Return what finds providers: from Airflow 3.2 on, workers have their own."""
    try:
        from airflow.sdk.providers_manager_runtime import ProvidersManagerTaskRuntime as Manager
    except ImportError:
        from airflow.providers_manager import ProvidersManager as Manager
    return Manager()


@pytest.mark.parametrize("uri", ["bento://SITE/subscribers", "bento://site/subscribers/", "bento://site/subscribers"])
def test_one_asset_has_one_uri(uri: str) -> None:
    """However its author wrote it."""
    assert sanitize_uri(urlsplit(uri)).geturl() == "bento://site/subscribers"


@pytest.mark.parametrize("uri", WRONG)
def test_everything_else_is_no_asset_of_bento(uri: str) -> None:
    """The message names the form, and nothing of the URI, which may be a connection's."""
    with pytest.raises(ValueError, match=r"bento://<site uuid>/<subscribers\|events\|broadcasts\|emails>") as caught:
        sanitize_uri(urlsplit(uri))
    assert "planted" not in str(caught.value)


@pytest.mark.skipif(not NAMED, reason="Airflow 2.11 warns and keeps the URI")
@pytest.mark.parametrize("uri", [*WRONG[:4], "BENTO://site/people"])
def test_airflow_itself_asks_the_handler(uri: str) -> None:
    """Through the provider's metadata, for everybody's ``Asset(uri=…)``."""
    with pytest.raises(ValueError, match="An asset of Bento is"):
        Asset(uri=uri)


def test_airflow_has_handler_factory_and_converter() -> None:
    """Under the key that this Airflow reads."""
    manager, prefix = providers_manager(), "asset" if NAMED else "dataset"
    assert getattr(manager, f"{prefix}_uri_handlers")["bento"] is sanitize_uri
    assert getattr(manager, f"{prefix}_factories")["bento"] is create_asset
    assert getattr(manager, f"{prefix}_to_openlineage_converters")["bento"] is convert_asset_to_openlineage


def test_an_asset_is_made_of_a_site_and_a_noun() -> None:
    """As Airflow makes one that is written out; a name is kept if assets have names."""
    made = create_asset(site_uuid=" Site ", noun="events", name="purchases", extra={"owner": "crm"})
    assert (made.uri, made.extra) == ("bento://site/events", {"owner": "crm"})
    assert getattr(made, "name", None) == ("purchases" if NAMED else None)
    assert create_asset(site_uuid="site", noun="events") == Asset(uri="bento://site/events")


def test_an_unknown_noun_makes_no_asset() -> None:
    """On every Airflow, also on 2.11."""
    noun: Any = "people"
    with pytest.raises(ValueError, match="An asset of Bento is"):
        create_asset(site_uuid="site", noun=noun)


def test_openlineage_names_the_site_and_the_noun() -> None:
    """The namespace is the site's."""
    pytest.importorskip("openlineage.client")
    found = convert_asset_to_openlineage(SimpleNamespace(uri="bento://site/broadcasts"), None)
    assert (found.namespace, found.name) == ("bento://site", "broadcasts")


def test_outlets_of_bento_are_those_with_its_uri() -> None:
    """Of a list or a single one; an alias has no URI."""
    ours, other = create_asset(site_uuid="site", noun="emails"), Asset(uri="s3://bucket/key")
    assert outlets_of_bento([other, ours, AssetAlias("any"), None]) == [ours]
    assert outlets_of_bento(ours) == [ours]
    assert outlets_of_bento(None) == []

"""What Airflow learns when it discovers this provider: plain data, read by every Airflow process at its start.

It must stay cheap and import nothing of Airflow. Airflow ignores keys that its version does not know.
"""

from __future__ import annotations

from typing import Any

__all__ = ["get_provider_info"]

_ROOT = "airflow_provider_bento"


def get_provider_info() -> dict[str, Any]:
    """Return the provider's metadata; its shape is ``airflow/provider_info.schema.json`` of the Airflow installed."""
    from airflow_provider_bento.connection.form import CONN_TYPE, conn_fields, ui_field_behaviour

    return {
        "package-name": "airflow-provider-bento",
        "name": "Bento",
        "description": "Send subscribers, events, broadcasts, emails and commands to `Bento <https://bentonow.com>`__.",
        "integrations": [
            {
                "integration-name": "Bento",
                "external-doc-url": "https://bentonow.com/docs",
                "tags": ["service"],
            }
        ],
        "hooks": [{"integration-name": "Bento", "python-modules": [f"{_ROOT}.hooks.bento"]}],
        "operators": [{"integration-name": "Bento", "python-modules": [f"{_ROOT}.operators.bento"]}],
        "sensors": [{"integration-name": "Bento", "python-modules": [f"{_ROOT}.sensors.bento"]}],
        "triggers": [{"integration-name": "Bento", "python-modules": [f"{_ROOT}.triggers.bento"]}],
        "transfers": [
            {
                "source-integration-name": "Bento",
                "target-integration-name": "Common IO",  # Airflow's name for object storage
                "python-module": f"{_ROOT}.transfers.bento",
            }
        ],
        "task-decorators": [
            {"name": f"bento_{noun}", "class-name": f"{_ROOT}.decorators.bento.bento_{noun}_task"}
            for noun in ("subscribers", "events", "broadcasts", "commands", "emails")
        ],
        "connection-types": [
            {
                "connection-type": CONN_TYPE,
                "hook-class-name": f"{_ROOT}.hooks.bento.BentoHook",
                "hook-name": "Bento",
                "ui-field-behaviour": ui_field_behaviour(),
                "conn-fields": conn_fields(),
            }
        ],
        "asset-uris": [_asset_uris()],
        "dataset-uris": [_asset_uris()],  # what Airflow 2.11 calls them
        "notifications": [f"{_ROOT}.notifications.bento.BentoEmailNotifier"],
        "email-backends": [f"{_ROOT}.notifications.bento.send_email"],
        # Airflow 2.11 finds a link of a serialised operator only if its class is listed here.
        "extra-links": [
            f"{_ROOT}.links.bento.{name}" for name in ("BentoDashboardLink", "BentoDeadLettersLink", "BentoReportLink")
        ],
    }


def _asset_uris() -> dict[str, Any]:
    module = f"{_ROOT}.assets.bento"
    return {
        "schemes": ["bento"],
        "handler": f"{module}.sanitize_uri",
        "factory": f"{module}.create_asset",
        "to_openlineage_converter": f"{module}.convert_asset_to_openlineage",
    }

"""Reads docs/deploy/compose.yaml as Compose does, with loopback ports in place of the names of its containers."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[2] / "docs" / "deploy" / "compose.yaml"
_VARIABLE = re.compile(r"\$\{(\w+)(?::\?[^}]*)?\}")


@dataclass(frozen=True)
class Container:
    """What Compose would start of one service.

    :param command: its words.
    :param environment: its variables.
    """

    command: tuple[str, ...]
    environment: Mapping[str, str]


def containers(hosts: Mapping[str, str], variables: Mapping[str, str], text: str = "") -> dict[str, Container]:
    """Return the services of the file that run Airflow.

    :param hosts: what stands for a container's address: ``{"redis:6379": "127.0.0.1:40123"}``.
    :param variables: the values of ``${NAME}``.
    :raises KeyError: the file wants another variable.
    """
    text = _VARIABLE.sub(lambda found: variables[found[1]], text or FILE.read_text(encoding="utf-8"))
    for name, address in hosts.items():
        text = text.replace(name, address)
    services: dict[str, dict[str, Any]] = yaml.safe_load(text)["services"]
    return {
        name: Container(tuple(shlex.split(service["command"])), service["environment"])
        for name, service in services.items()
        if "build" in service
    }

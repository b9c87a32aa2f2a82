"""``python -m airflow_provider_bento.sandbox``: a local Bento that runs until it is interrupted."""

from __future__ import annotations

import argparse
import ipaddress
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from airflow_provider_bento.sandbox import extra_check  # noqa: F401  (first: it says what is missing)
from airflow_provider_bento.sandbox.control.origin_guard import LOOPBACK
from airflow_provider_bento.sandbox.errors import SandboxError
from airflow_provider_bento.sandbox.in_thread import connection
from airflow_provider_bento.sandbox.settings import DEFAULT_LIMIT, Profile, Settings
from airflow_provider_bento.sandbox.uvicorn_server import SandboxServer, open_sandbox

PORT: Final = 8085
_ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def arguments() -> argparse.ArgumentParser:
    """Return what can be said on the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_bento.sandbox",
        description="A local Bento to demonstrate with, to test against, and to break.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on; any but a loopback one opens it to the network")
    add("--port", type=int, default=PORT, help="port to listen on; 0 takes a free one")
    add("--state", type=Path, metavar="FILE", help="keep everything in this file; without it, in memory")
    add("--profile", choices=get_args(Profile), default="2026", help="generation of Bento's replies")
    add("--limit", default=DEFAULT_LIMIT, help="60/minute per ip, 100/minute per family, or off")
    add("--retry-after", metavar="STYLE", help="header of a 429: seconds, date, or any text; without it, none")
    add("--keys", metavar="PUBLISHABLE:SECRET", help="the key pair that opens it")
    add("--site", action="append", metavar="UUID", help="a site that exists; may be repeated")
    add("--author", action="append", metavar="EMAIL", help="who may send broadcasts; repeatable; without it, anybody")
    add(
        "--delay",
        default="0",
        help="seconds that queues lag behind, as one number, subscribers=60,events=5, or documented",
    )
    add("--reply-delay", type=float, default=0.0, metavar="SECONDS", help="time between doing and answering")
    add("--allow-host", action="append", default=[], metavar="NAME", help="further Host name to answer under")
    return parser


def settings(options: argparse.Namespace) -> Settings:
    """Return the settings that the command line asks for.

    :raises ValueError: a value that cannot be.
    """
    chosen: dict[str, Any] = {
        "profile": options.profile,
        "limit": options.limit,
        "retry_after": options.retry_after,
        "authors": tuple(options.author) if options.author else None,
        "delay": options.delay,
        "reply_delay": options.reply_delay,
    }
    if options.keys is not None:
        publishable, colon, secret = options.keys.partition(":")
        if not (publishable and colon and secret):
            raise ValueError("--keys reads PUBLISHABLE:SECRET")
        chosen |= {"publishable_key": publishable, "secret_key": secret}
    if options.site:
        chosen["sites"] = tuple(options.site)
    return Settings.of(chosen)


def main(given: Sequence[str] | None = None) -> int:
    """Run the sandbox; return the exit status."""
    parser = arguments()
    options = parser.parse_args(given)
    try:
        chosen = settings(options)
        hosts = options.allow_host + ([] if options.host in _ANYWHERE else [options.host])
        server = open_sandbox(chosen, path=options.state, host=options.host, port=options.port, hosts=hosts)
    except (ValueError, msgspec.ValidationError, OSError, OverflowError, SandboxError) as exc:
        parser.exit(2, f"{parser.prog}: {exc}\n")
    server.on_ready = lambda: announce(server, chosen, options.host)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return 130
    return 0


def announce(server: SandboxServer, chosen: Settings, host: str) -> None:
    """Say where it is, and what to paste."""
    url = server.url
    if not is_loopback(host):
        sys.stderr.write(
            f"WARNING: listening on {host}: everybody who reaches this machine can read and change what is here.\n"
        )
    sites = ", ".join(chosen.sites)
    sys.stdout.write(
        f"Bento sandbox ready at {url}  keys {chosen.publishable_key}:{chosen.secret_key}  site {sites}\n"
        f"AIRFLOW_CONN_BENTO_DEFAULT={shlex.quote(msgspec.json.encode(connection(url, chosen)).decode())}\n"
    )
    sys.stdout.flush()


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return host in LOOPBACK or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


if __name__ == "__main__":
    sys.exit(main())

"""``python -m airflow_provider_bento.sandbox``: a local emulator of Bento that runs until it is interrupted.

Tested by tests/sandbox/test_sandbox_running.py.
"""

from __future__ import annotations

import argparse
import ipaddress
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, get_args

import msgspec

from airflow_provider_bento.api.contract import DELETION_RATE_LIMIT, STATS_RATE_LIMIT
from airflow_provider_bento.sandbox import extra_check  # noqa: F401  (first: it says what is missing)
from airflow_provider_bento.sandbox.airflow_connection import connection
from airflow_provider_bento.sandbox.control.origin_guard import LOOPBACK
from airflow_provider_bento.sandbox.errors import SandboxError
from airflow_provider_bento.sandbox.settings import DEFAULT_LIMIT, PUBLISHABLE_KEY, SECRET_KEY, SITE, Profile, Settings
from airflow_provider_bento.sandbox.uvicorn_server import SandboxServer, open_sandbox

PORT: Final = 8085
_D: Final = "(default: %(default)s)"
_ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound to


def arguments() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m airflow_provider_bento.sandbox",
        description="A local emulator of Bento for demos, tests and fault injection.",
    )
    add = parser.add_argument
    add(
        "--host",
        default="127.0.0.1",
        help=f"address to listen on; any address other than loopback exposes the sandbox to the network {_D}",
    )
    add("--port", type=int, default=PORT, help=f"port to listen on; 0 selects a free port {_D}")
    add("--state", type=Path, metavar="FILE", help="file that stores all data (default: in memory)")
    add("--profile", choices=get_args(Profile), default="2026", help=f"generation of Bento's response format {_D}")
    add("--limit", default=DEFAULT_LIMIT, help=f"rate limit: 60/minute per ip, 100/minute per family, or off {_D}")
    add(
        "--stats-limit",
        default=STATS_RATE_LIMIT,
        help=f"limit of the stats endpoints alone; --limit off ends it too {_D}",
    )
    add("--deletion-limit", default=DELETION_RATE_LIMIT, help=f"limit of deletion requests alone, likewise {_D}")
    add(
        "--retry-after",
        metavar="STYLE",
        help="Retry-After header of 429 responses: seconds, date, or any text (default: none)",
    )
    add("--keys", metavar="PUBLISHABLE:SECRET", help=f"API keys to accept (default: {PUBLISHABLE_KEY}:{SECRET_KEY})")
    add("--site", action="append", metavar="UUID", help=f"UUID of a site; repeatable (default: {SITE})")
    add("--author", action="append", metavar="EMAIL", help="permitted sender of emails; repeatable (default: any)")
    add(
        "--delay",
        default="0",
        help=f"seconds until records take effect: a number, subscribers=60,events=5, or documented {_D}",
    )
    add("--reply-delay", type=float, default=0.0, metavar="SECONDS", help=f"seconds to wait before each response {_D}")
    add("--allow-host", action="append", default=[], metavar="NAME", help="additional Host name to accept; repeatable")
    return parser


def settings(options: argparse.Namespace) -> Settings:
    """Return the settings that the command line asks for.

    :raises ValueError: a value is invalid.
    """
    chosen: dict[str, Any] = {
        "profile": options.profile,
        "limit": options.limit,
        "stats_limit": options.stats_limit,
        "deletion_limit": options.deletion_limit,
        "retry_after": options.retry_after,
        "authors": tuple(options.author) if options.author else None,
        "delay": options.delay,
        "reply_delay": options.reply_delay,
    }
    if options.keys is not None:
        publishable, colon, secret = options.keys.partition(":")
        if not (publishable and colon and secret):
            raise ValueError("--keys must have the form PUBLISHABLE:SECRET")
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
    """Print the address and the Airflow connection."""
    url = server.url
    if not is_loopback(host):
        sys.stderr.write(
            f"WARNING: listening on {host}: anyone who can reach this machine can read and change its data.\n"
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

"""An S3 server over HTTP that nobody of us wrote, rclone's, in a process of its own; ``s3://`` by a connection."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from system.local_airflow import free_port, until

RCLONE = Path(sys.executable).parent / "rclone"
"""The server's program, and whether there is one: beside Airflow on Celery only, see tests/requirements/engines.in."""

BUCKET = "lake"
ACCESS_KEY, SECRET_KEY = "lake-access", "lake-secret"


@dataclass(frozen=True)
class ObjectStorage:
    """A running server with one bucket.

    :param endpoint: its URL.
    :param folder: the folder in which it keeps what it holds.
    """

    endpoint: str
    folder: Path

    @property
    def connection(self) -> dict[str, Any]:
        """The Airflow connection to it, as somebody writes one for a server that is not Amazon's."""
        extra = {"endpoint_url": self.endpoint, "region_name": "us-east-1"}
        return {"conn_type": "aws", "login": ACCESS_KEY, "password": SECRET_KEY, "extra": extra}

    def client(self) -> Any:
        """Return Amazon's own client."""
        import boto3

        keys = {"aws_access_key_id": ACCESS_KEY, "aws_secret_access_key": SECRET_KEY}
        return boto3.client("s3", endpoint_url=self.endpoint, region_name="us-east-1", **keys)


@contextlib.contextmanager
def running_object_storage(folder: Path) -> Iterator[ObjectStorage]:
    """Run a server that keeps its objects in a folder; every request must be signed."""
    port = free_port()
    command = [RCLONE, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{ACCESS_KEY},{SECRET_KEY}"]
    command += ["--config", "", "--vfs-cache-mode", "off"]
    kept = folder / "objects"
    kept.mkdir(parents=True)
    with (folder / "rclone.log").open("wb") as log:
        process = subprocess.Popen([*command, str(kept)], stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        storage = ObjectStorage(f"http://127.0.0.1:{port}", kept)
        until("an S3 server", lambda: True if _answers(port) else None, seconds=60)
        storage.client().create_bucket(Bucket=BUCKET)
        yield storage
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False

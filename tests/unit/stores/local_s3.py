"""A real S3 client against an S3 server in this process: bytes travel over loopback, as they do to Amazon."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from unit.sync.folders import attached

__all__ = ["S3", "running_s3"]

_BUCKET = "snapshots"


@dataclass(frozen=True)
class S3:
    """A server with one bucket.

    :param endpoint: its URL.
    """

    endpoint: str

    def file_system(self) -> Any:
        """Return a client with no memory of what others listed."""
        from s3fs import S3FileSystem

        options = {"key": "anybody", "secret": "anything", "endpoint_url": self.endpoint}
        return S3FileSystem(**options, client_kwargs={"region_name": "us-east-1"}, skip_instance_cache=True)

    def path(self, folder: str) -> str:
        """Return the path of a folder, by a client of its own."""
        return f"{attached('s3', self.file_system())}{_BUCKET}/{folder}"


@contextlib.contextmanager
def running_s3() -> Iterator[S3]:
    """Yield an S3 of our own; the test is skipped if moto or s3fs is not installed."""
    reason = "s3fs and moto are installed beside Airflow 2.11 only: botocore needs python-dateutil below 3"
    pytest.importorskip("s3fs", reason=reason)
    server_class = pytest.importorskip("moto.server", reason=reason).ThreadedMotoServer
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = server_class(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        s3 = S3(f"http://{host}:{port}")
        s3.file_system().call_s3("create_bucket", Bucket=_BUCKET)
        yield s3
    finally:
        server.stop()

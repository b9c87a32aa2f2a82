"""A real Redis of one's own on a free loopback port, for tests; without one they are skipped, and say so."""

from __future__ import annotations

import contextlib
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest


class LocalRedis:
    """A running server.

    :param folder: its working directory.
    :param password: what it wants, if anything.
    :param lasting: whether it writes down what it is told, in ``folder``, and knows it again after a restart.
    """

    def __init__(self, folder: Path, password: str = "", *, lasting: bool = False) -> None:
        binary = shutil.which("redis-server")
        if binary is None:
            pytest.skip("NOT TESTED: there is no redis-server on this machine (apt-get install redis-server)")
        self.port = _free_port()
        self.url = f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}/0"
        self._command = [binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._command += ["--appendonly", "yes" if lasting else "no"]
        self._command += ["--requirepass", password] if password else []
        self._folder = folder
        self._start()

    def _start(self) -> None:
        self._process = subprocess.Popen(self._command, cwd=self._folder, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 20
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.02)
        pytest.fail("redis-server did not start")

    def restart(self) -> None:
        """Be killed, and be there again; without ``lasting`` with nothing in it."""
        self.stop()
        self._start()

    def stop(self) -> None:
        """End it."""
        self._process.send_signal(signal.SIGCONT)
        self._process.kill()
        self._process.wait(10)

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Let it hang for a block: it accepts connections and never answers."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

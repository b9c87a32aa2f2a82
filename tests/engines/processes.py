"""Processes that start again when they end, as containers with ``restart: always`` do; a kill takes the whole tree."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil

_LOOK_EVERY = 1.0  # seconds between two looks at a process


class Service:
    """One container's process, started at once.

    :param name: what its log in ``folder`` is called.
    :param command: the command.
    :param environment: all that it knows.
    :param folder: its working directory.
    """

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.starts = 0
        self._command, self._environment, self._folder = list(command), dict(environment), folder
        self._stopped = threading.Event()
        self._start()
        self._watch = threading.Thread(target=self._keep, name=f"keep {name}", daemon=True)
        self._watch.start()

    @property
    def pid(self) -> int:
        """The process that runs now, or ran last."""
        return self._process.pid

    def kill(self) -> None:
        """Kill it with everything that it started, as the loss of its machine does; it comes back."""
        _end(psutil.Process(self.pid), gently=False)

    def stop(self) -> None:
        """End it for good."""
        self._stopped.set()
        self._watch.join()
        with contextlib.suppress(psutil.NoSuchProcess):
            _end(psutil.Process(self.pid), gently=True)
        self._process.wait(20)

    def _start(self) -> None:
        self.starts += 1
        with (self._folder / f"{self.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self._environment,
                cwd=self._folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _keep(self) -> None:
        while not self._stopped.wait(_LOOK_EVERY):
            if self._process.poll() is not None:
                self._start()


def _end(process: psutil.Process, *, gently: bool) -> None:
    """End a process and all below it; first the one on top, which could start others."""
    below = process.children(recursive=True)
    if gently:
        process.terminate()
        psutil.wait_procs([process, *below], timeout=15)
    for one in (process, *below):
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    psutil.wait_procs([process, *below], timeout=15)

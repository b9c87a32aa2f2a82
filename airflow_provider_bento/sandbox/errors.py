"""Errors of the sandbox itself; none of them is an answer of Bento.

Tested by tests/sandbox/test_sandbox_control.py.
"""

from __future__ import annotations


class SandboxError(RuntimeError):
    """The sandbox could not do what it was asked to do."""


class SandboxNotRunning(SandboxError):
    """The sandbox did not start, has stopped, or cannot be reached."""


class SandboxStateError(SandboxError):
    """The state file cannot be used: it is not a sandbox's, is of another version, or is in use."""


class SandboxRequestError(SandboxError):
    """The control API rejected a request.

    :ivar status: the HTTP status of its reply.
    """

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status

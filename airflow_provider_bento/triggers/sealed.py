"""Text that only those can read who can read the connection: a person's address on its way to the triggerer.

Airflow keeps a trigger's arguments in its database, encrypted only if it has a Fernet key, and before 3.3 its REST API
shows them to everybody who may see the task.

Tested by tests/unit/triggers/test_sealed.py.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from airflow_provider_bento.exceptions import BentoSetupError

__all__ = ["seal", "unseal"]


def seal(text: str, secret: str) -> str:
    """Return the text encrypted, as ASCII.

    :param secret: the secret key of the connection.
    """
    sealed: bytes = _fernet(secret).encrypt(text.encode())
    return sealed.decode("ascii")


def unseal(sealed: str, secret: str) -> str:
    """Return what :func:`seal` was called with.

    :raises BentoSetupError: the connection's secret key is another one now.
    """
    from cryptography.fernet import InvalidToken

    try:
        text: bytes = _fernet(secret).decrypt(sealed.encode("ascii"))
    except InvalidToken:
        raise BentoSetupError(
            "The connection's secret key has changed since the sensor was deferred, so the sensor's arguments cannot "
            "be read. Nothing was asked. Clear the task.",
            advice="clear the task: the connection's secret key has changed",
        ) from None
    return text.decode()


def _fernet(secret: str) -> Any:
    from cryptography.fernet import Fernet

    key = hashlib.blake2b(secret.encode(), digest_size=32, person=b"bento trigger").digest()
    return Fernet(base64.urlsafe_b64encode(key))

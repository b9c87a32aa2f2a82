"""A certificate authority for one run of the tests, and what servers need to speak TLS in its name."""

from __future__ import annotations

import datetime as dt
import ipaddress
import ssl
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TLS_1_2: Final = ssl.TLSVersion.TLSv1_2
TLS_1_3: Final = ssl.TLSVersion.TLSv1_3
WAYS: Final = {"http": None, "tls12": TLS_1_2, "tls13": TLS_1_3}
"""How a server is spoken to: plain HTTP, or one version of TLS."""

TLS_WAYS: Final = ("tls12", "tls13")
"""Those of :data:`WAYS` that are TLS."""

_DAY: Final = dt.timedelta(days=1)
_HERE: Final = (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost"))
_ELSEWHERE: Final = (x509.DNSName("elsewhere.example"),)


class Authority:
    """Signs certificates for 127.0.0.1 and localhost.

    :param folder: where its files lie.
    :ivar bundle: the file by which it is trusted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority of tests")])
        self._contexts: dict[tuple[object, ...], ssl.SSLContext] = {}
        self.bundle = folder / "authority.pem"
        self.bundle.write_bytes(_pem(self._signed(self._name, self._key.public_key(), authority=True)))

    def server(
        self, version: ssl.TLSVersion = TLS_1_3, *, expired: bool = False, elsewhere: bool = False
    ) -> ssl.SSLContext:
        """Return the context of a server that speaks exactly this version of TLS.

        :param expired: its certificate ended yesterday.
        :param elsewhere: its certificate is for another host.
        """
        wanted = (version, expired, elsewhere)
        if wanted not in self._contexts:
            self._contexts[wanted] = self._context(*wanted)
        return self._contexts[wanted]

    def serving(self, way: str) -> ssl.SSLContext | None:
        """Return the context of a server that is spoken to in one of :data:`WAYS`; nothing for plain HTTP."""
        version = WAYS[way]
        return self.server(version) if version else None

    def _context(self, version: ssl.TLSVersion, expired: bool, elsewhere: bool) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a server of tests")])
        names = _ELSEWHERE if elsewhere else _HERE
        certificate = self._signed(name, key.public_key(), names=names, expired=expired)
        file = self._folder / f"server-{len(self._contexts)}.pem"
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        file.write_bytes(secret + _pem(certificate))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = context.maximum_version = version
        context.load_cert_chain(file)
        return context

    def _signed(
        self,
        name: x509.Name,
        key: ec.EllipticCurvePublicKey,
        *,
        names: tuple[x509.GeneralName, ...] = (),
        expired: bool = False,
        authority: bool = False,
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3 * _DAY)
            .not_valid_after(now + (-_DAY if expired else 3 * _DAY))
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
            )
        )  # fmt: skip
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)

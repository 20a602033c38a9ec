"""Key pairs and certificates on disk: what `openoutcry ca` and `openoutcry key pair` write.

Rule 1: a private key is readable by its owner only, from the moment its file exists.
Rule 2: an authority, and a key that signs, are never written over: others rely on them. A server's
certificate is, whole or not at all.
"""

import ipaddress
import os
import re
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from openoutcry.cli.failed import Failed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, CertificateBuilder, GeneralName, KeyUsage, Name

AUTHORITY_DAYS: Final = 3_650
SERVER_DAYS: Final = 397
"""The longest that browsers believe a server's certificate for."""
EARLIER: Final = timedelta(hours=1)
"""Certificates are good from a little before they are made: clocks differ."""
NAMES_MAX: Final = 100
"""Names and addresses of one certificate."""
AUTHORITY: Final = "ca.pem"
AUTHORITY_KEY: Final = "ca.key"
_HOST: Final = re.compile(
    r"(?:\*\.)?(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*"
    r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
)
SERVER: Final = "server.pem"
SERVER_KEY: Final = "server.key"


class Written(NamedTuple):
    """Where a certificate and its key are."""

    certificate: Path
    key: Path
    expires_at: str


def new_pair(file: Path) -> str:
    """Write a new Ed25519 private key and return the public one, in base64."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415
        Ed25519PrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_new(file, pem, 0o600)
    return b64encode(private.public_key().public_bytes_raw()).decode()


def open_authority(folder: Path) -> "Authority":
    """Return the authority that a folder holds; made where there is none."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as fault:
        raise Failed(f"cannot make {folder}: {fault.strerror}") from None
    if (folder / AUTHORITY).exists() or (folder / AUTHORITY_KEY).exists():
        return _read_authority(folder)
    return _make_authority(folder)


class Authority:
    """Somebody who signs certificates, for those who trust it."""

    def __init__(
        self, folder: Path, certificate: "Certificate", key: "EllipticCurvePrivateKey"
    ) -> None:
        self.path = folder / AUTHORITY
        self.expires_at = certificate.not_valid_after_utc.isoformat()
        self._folder = folder
        self._certificate = certificate
        self._key = key

    def certify(self, names: Sequence[str], days: int) -> Written:
        """Write a certificate for a server of these names and addresses, and its key."""
        from cryptography import x509  # noqa: PLC0415
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415
        from cryptography.x509.oid import ExtendedKeyUsageOID  # noqa: PLC0415

        alternatives = x509.SubjectAlternativeName([_general_name(name) for name in names])
        key = ec.generate_private_key(ec.SECP256R1())
        ends = min(_now() + timedelta(days=days), self._certificate.not_valid_after_utc)
        builder = (
            _builder(_name(names[0]), self._certificate.subject, ends)
            .public_key(key.public_key())
            .add_extension(alternatives, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        chain = _pem_of(_signed(builder, self._key)) + _pem_of(self._certificate)
        written = Written(self._folder / SERVER, self._folder / SERVER_KEY, ends.isoformat())
        for path in (written.certificate, written.key):
            path.unlink(missing_ok=True)
        _write_new(written.key, _pem_of_key(key), 0o600)
        _write_new(written.certificate, chain, 0o644)
        return written


def _make_authority(folder: Path) -> Authority:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("Open Outcry local authority")
    builder = (
        _builder(name, name, _now() + timedelta(days=AUTHORITY_DAYS))
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signs_certificates(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    certificate = _signed(builder, key)
    _write_new(folder / AUTHORITY_KEY, _pem_of_key(key), 0o600)
    _write_new(folder / AUTHORITY, _pem_of(certificate), 0o644)
    return Authority(folder, certificate, key)


def _read_authority(folder: Path) -> Authority:
    from cryptography import x509  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.ec import (  # noqa: PLC0415
        EllipticCurvePrivateKey,
    )
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        load_pem_private_key,
    )

    try:
        certificate = x509.load_pem_x509_certificate((folder / AUTHORITY).read_bytes())
        key = load_pem_private_key((folder / AUTHORITY_KEY).read_bytes(), None)
    except (OSError, ValueError, TypeError) as fault:
        raise Failed(
            f"{folder} holds no authority that can be used ({fault}); remove its {AUTHORITY} and "
            f"{AUTHORITY_KEY}, or name another folder"
        ) from None
    is_own = isinstance(key, EllipticCurvePrivateKey) and (
        key.public_key() == certificate.public_key()
    )
    if not is_own or certificate.not_valid_after_utc <= _now():
        raise Failed(
            f"{folder / AUTHORITY} has ended or is not of {AUTHORITY_KEY}; remove both to make "
            "another, which everybody has to trust anew"
        )
    assert isinstance(key, EllipticCurvePrivateKey), "checked above"
    return Authority(folder, certificate, key)


def _general_name(text: str) -> "GeneralName":
    from cryptography import x509  # noqa: PLC0415

    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(text))
    name = text
    with suppress(UnicodeError):
        name = text if text.isascii() else text.encode("idna").decode()
    if not _HOST.fullmatch(name):
        raise Failed(f"{text!r} is neither a host's name nor an address")
    return x509.DNSName(name)


def _name(text: str) -> "Name":
    from cryptography import x509  # noqa: PLC0415
    from cryptography.x509.oid import NameOID  # noqa: PLC0415

    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _builder(subject: "Name", issuer: "Name", ends: datetime) -> "CertificateBuilder":
    from cryptography import x509  # noqa: PLC0415

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_now() - EARLIER)
        .not_valid_after(ends)
    )


def _signs_certificates() -> "KeyUsage":
    from cryptography.x509 import KeyUsage  # noqa: PLC0415

    return KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _signed(builder: "CertificateBuilder", key: "EllipticCurvePrivateKey") -> "Certificate":
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    return builder.sign(key, SHA256())


def _pem_of(certificate: "Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415

    return certificate.public_bytes(Encoding.PEM)


def _pem_of_key(key: "EllipticCurvePrivateKey") -> bytes:
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _write_new(path: Path, content: bytes, mode: int) -> None:
    """Write a file that is not there yet."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise Failed(f"{path} is there already; name another file, or remove it") from None
    except OSError as fault:
        raise Failed(f"cannot write {path}: {fault.strerror}") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)

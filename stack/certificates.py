"""A certificate for this machine, signed by an authority that is kept beside it."""

from __future__ import annotations

import datetime
import ipaddress
import socket
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from stack.rundir import write_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# No browser takes one for longer. It is made again by the first `up` in the last third of its life.
SERVER_DAYS, RENEWED_BEFORE_DAYS = 397, 130
AUTHORITY_DAYS = 3650
_LOOPBACK = ("127.0.0.1", "::1")


def bring_up_to_date(home: Path, hosts: Iterable[str] = ()) -> None:
    """Makes the authority and the certificate where one is missing, is for other names, or ends soon.

    Args:
        home: the folder of both.
        hosts: names and addresses of this machine, beside its own.
    """
    names = sorted({"localhost", socket.gethostname().lower(), *_LOOPBACK, *hosts})
    if not _is_good(_certificate(authority(home)), names):
        _make_authority(home, names)
    issuer, mine = _certificate(authority(home)), _certificate(server(home)[0])
    if not _is_good(mine, names) or not _is_issued_by(mine, issuer):
        _make_server(home, names)


def authority(home: Path) -> Path:
    """Returns the file of the authority's certificate."""
    return home / "ca.pem"


def server(home: Path) -> tuple[Path, Path]:
    """Returns the files of the server's certificate and key."""
    return home / "server.pem", home / "server.key"


def _certificate(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return None


def _is_good(found: x509.Certificate | None, names: list[str]) -> bool:
    """Whether it is for these names and will be for a while."""
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=RENEWED_BEFORE_DAYS)
    return found is not None and found.not_valid_after_utc > soon and _named(found) == names


def _named(found: x509.Certificate) -> list[str]:
    """Returns the names and addresses that it is for, or may vouch for."""
    kinds = (x509.NameConstraints, x509.SubjectAlternativeName)
    said = next(each.value for each in found.extensions if isinstance(each.value, kinds))
    given = said.permitted_subtrees or () if isinstance(said, x509.NameConstraints) else said
    return sorted(str(each.value).partition("/")[0] for each in given)


def _general(name: str, *, network: bool) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_network(name) if network else ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _is_issued_by(mine: x509.Certificate | None, issuer: x509.Certificate | None) -> bool:
    if mine is None or issuer is None:
        return False
    try:
        mine.verify_directly_issued_by(issuer)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, it is made again
        return False
    return True


def _make_authority(home: Path, names: list[str]) -> None:
    """Makes one that can vouch for this machine's names alone: whoever steals its key gains nothing elsewhere."""
    key = ec.generate_private_key(ec.SECP256R1())
    allowed = [_general(each, network=True) for each in names]
    me = _name(f"Charla on {socket.gethostname()}")
    made = (
        _begin(me, me, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(allowed, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(home / "ca.key", authority(home), key, made)


def _make_server(home: Path, names: list[str]) -> None:
    issuer = x509.load_pem_x509_certificate(authority(home).read_bytes())
    signer = serialization.load_pem_private_key((home / "ca.key").read_bytes(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)  # noqa: S101 - it is what is made above
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives = [_general(each, network=False) for each in names]
    made = (
        _begin(_name("Charla"), issuer.subject, key.public_key(), SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .sign(signer, hashes.SHA256())
    )
    certificate, path = server(home)
    _write(path, certificate, key, made)


def _begin(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        # Clocks of a phone and of a server differ a little.
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _write(path: Path, certificate_path: Path, key: ec.EllipticCurvePrivateKey, made: x509.Certificate) -> None:
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    write_private(path, pem.decode())
    write_private(certificate_path, made.public_bytes(serialization.Encoding.PEM).decode())

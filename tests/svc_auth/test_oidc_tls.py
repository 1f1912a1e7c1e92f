"""A provider over TLS is believed by its certificate alone."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from plumbing import outgoing
from svc_auth.oidc.config import Provider as Configured
from svc_auth.oidc.discovery import discover
from svc_auth.oidc.errors import ProviderAway
from tests.svc_auth.oidc_provider import Provider
from tests.svc_auth.test_oidc_config import set_to


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """The path of a certificate for localhost that signed itself, with its key."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Us")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    builder = builder.add_extension(names, critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    path = tmp_path_factory.mktemp("tls") / "us.pem"
    secret = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(forms.Encoding.PEM) + secret)
    return path


@pytest.fixture
def provider(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with Provider(tls=context) as found:
        yield found


def described(provider, **change):
    facts = {"id": "home", "name": "Home", "issuer": provider.issuer, "client_id": provider.client_id}
    return Configured(**{**facts, **change})


def test_a_provider_whose_certificate_nobody_vouches_for_is_away(provider):
    with set_to(OUTGOING_ALLOW=f"127.0.0.1:{provider.port},::1:{provider.port}"), pytest.raises(ProviderAway) as away:
        discover(described(provider))
    assert away.value.reason == "tls"
    assert provider.asked == []


@pytest.fixture
def trusted(provider, certificate):
    """The provider, where SSL_CERT_FILE vouches for it."""
    allowed = f"127.0.0.1:{provider.port},::1:{provider.port}"
    outgoing._tls.cache_clear()
    with set_to(OUTGOING_ALLOW=allowed, SSL_CERT_FILE=str(certificate)):
        yield provider
    outgoing._tls.cache_clear()


def test_a_private_authority_is_believed_where_the_operator_names_it(trusted):
    assert discover(described(trusted)).token_endpoint == f"{trusted.issuer}/token"


def test_a_certificate_is_for_its_own_name(trusted):
    with pytest.raises(ProviderAway) as away:
        discover(described(trusted, issuer=f"https://127.0.0.1:{trusted.port}"))
    assert away.value.reason == "tls"


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_nothing_of_a_provider_over_tls_is_asked_without_it(trusted, name):
    trusted.discovery = {name: f"http://127.0.0.1:{trusted.port}/plain"}
    with pytest.raises(ProviderAway) as away:
        discover(described(trusted))
    assert away.value.reason == f"unusable_{name}"

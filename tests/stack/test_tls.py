"""TLS at both doors: a certificate that is made or given, HTTP/2, WebSockets, and what is said of bad ones."""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from stack import certificates, environment, nginx, tls
from stack.errors import StackError
from stack.rundir import RunDir
from tests.stack.private_nginx import Backend, backend, private_nginx

PORTS = {"http": 28999, "gateway": 28998, "media-http": 28997, "media-edge": 28996}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    """A run directory, where nothing is asked for by the environment."""
    for name in ("CHARLA_TLS", "CHARLA_TLS_CERT", "CHARLA_TLS_KEY", "PUBLIC_URL", "MEDIA_URL"):
        monkeypatch.delenv(name, raising=False)
    return RunDir(tmp_path)


@pytest.fixture
def on(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    monkeypatch.setenv("CHARLA_TLS", "on")
    return run


@pytest.fixture
def behind() -> Iterator[Backend]:
    with backend() as found:
        yield found


def curl(run: RunDir, *words: str) -> str:
    """Returns what curl says, which trusts our authority alone."""
    command = ["curl", "-sS", "--cacert", str(tls.authority(run)), *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def test_without_the_option_nothing_speaks_tls(run: RunDir) -> None:
    tls.decide(run)
    nginx.prepare(run, PORTS)
    assert " ssl" not in "".join(line for line in _settings(run).splitlines() if "listen" in line)
    assert environment.public_url(run, PORTS) == "http://localhost:28999"
    assert tls.authority(run) is None
    assert not (run.path / "tls").exists()


def test_without_the_option_no_nginx_is_needed_to_fill_the_template(
    run: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Images bring their own."""
    monkeypatch.setattr("stack.nginx.shutil.which", lambda *_words, **_more: None)
    assert nginx.values(run, PORTS)["TLS"] == ""


def _settings(run: RunDir) -> str:
    return (run.path / "nginx" / "nginx.conf").read_text()


@pytest.mark.parametrize("door", ["http", "media-http"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_both_doors_speak_http2_with_a_certificate_that_is_trusted(
    on: RunDir, behind: Backend, door: str, host: str
) -> None:
    path = "/v1/x" if door == "http" else "/media/x"
    with private_nginx(on.path, behind) as ports:
        said = curl(on, "-o", "/dev/null", "-w", "%{http_version} %{http_code}", f"https://{host}:{ports[door]}{path}")
    assert said == "2 200"


def test_the_gateway_is_told_that_it_was_https(on: RunDir, behind: Backend) -> None:
    with private_nginx(on.path, behind) as ports:
        curl(on, f"https://localhost:{ports['http']}/v1/x")
    assert behind.seen[0]["x-forwarded-proto"] == "https"
    assert behind.seen[0]["host"] == f"localhost:{ports['http']}"


def test_an_upload_comes_through_by_http2(on: RunDir, behind: Backend, tmp_path: Path) -> None:
    behind.open.set()
    (tmp_path / "file").write_bytes(b"x" * 3_000_000)
    with private_nginx(on.path, behind) as ports:
        words = ("--data-binary", f"@{tmp_path / 'file'}", "-w", "%{http_version} %{http_code} %{size_upload}")
        said = curl(on, *words, f"https://localhost:{ports['media-http']}/uploads/1")
    assert said == "{}2 200 3000000"


def test_people_who_speak_plain_http_are_sent_to_https(on: RunDir, behind: Backend) -> None:
    with private_nginx(on.path, behind) as ports:
        for path in ("", "en/", "v1x", "c/1?message=2"):
            place = f"localhost:{ports['http']}/{path}"
            told = "%{http_code} %{redirect_url} %{content_type}"
            assert curl(on, "-o", "/dev/null", "-w", told, f"http://{place}") == (
                f"308 https://{place} text/html; charset=utf-8"
            )


def test_programs_that_speak_plain_http_are_refused(on: RunDir, behind: Backend) -> None:
    with private_nginx(on.path, behind) as ports:
        for door, path in (
            ("http", "v1/x?a=1"),
            ("http", "v1/ws"),
            ("http", ".well-known/jwks.json"),
            ("media-http", "uploads"),
            ("media-http", "media/1?t=2"),
        ):
            said = curl(on, "-w", "%{http_code}", f"http://localhost:{ports[door]}/{path}")
            assert said.endswith("400"), (path, said)
            assert '"code":"https_needed"' in said
    assert behind.seen == []


def test_old_versions_of_tls_are_refused(on: RunDir, behind: Backend) -> None:
    with private_nginx(on.path, behind) as ports:
        address = f"https://localhost:{ports['http']}/v1/x"
        assert curl(on, "--tls-max", "1.2", "-o", "/dev/null", "-w", "%{http_code}", address) == "200"
        with pytest.raises(subprocess.CalledProcessError):
            curl(on, "--tlsv1.1", "--tls-max", "1.1", address)


def test_a_websocket_goes_through(on: RunDir, behind: Backend) -> None:
    asked = b"GET /v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
    trusting = ssl.create_default_context(cafile=str(tls_authority(on)))
    with private_nginx(on.path, behind) as ports:
        plain = socket.create_connection(("127.0.0.1", ports["http"]), 30)
        with trusting.wrap_socket(plain, server_hostname="localhost") as secured:
            secured.sendall(asked)
            with secured.makefile("rb") as heard:
                assert heard.readline().startswith(b"HTTP/1.1 101")
                while heard.readline().strip():
                    pass
                secured.sendall(b"hello\n")
                assert heard.readline() == b"hello\n"


def tls_authority(run: RunDir) -> Path:
    """Returns our authority's certificate, made already."""
    tls.decide(run)
    return certificates.authority(run.folder("tls"))


def test_every_address_is_https_while_it_is_on_and_it_stays_on_until_it_is_off(
    on: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls.decide(on)
    monkeypatch.delenv("CHARLA_TLS")
    tls.decide(on)
    assert environment.public_url(on, PORTS) == "https://localhost:28999"
    assert environment.media_url(on, PORTS) == "https://localhost:28997"
    assert environment.app_origins(on, PORTS) == ["https://localhost:28999", "https://127.0.0.1:28999"]
    nginx.prepare(on, PORTS)
    assert "connect-src 'self' https://localhost:28997;" in _settings(on)
    # Browsers would take it for every port of localhost.
    assert 'Strict-Transport-Security "' not in _settings(on)
    monkeypatch.setenv("CHARLA_TLS", "off")
    tls.decide(on)
    assert environment.public_url(on, PORTS) == "http://localhost:28999"


def test_a_name_of_its_own_is_in_the_certificate_and_keeps_to_https(
    on: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://chat.school.example:8443")
    monkeypatch.setenv("MEDIA_URL", "https://192.0.2.7:8444")
    tls.decide(on)
    names = _made(on).extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "chat.school.example" in names.get_values_for_type(x509.DNSName)
    assert "192.0.2.7" in map(str, names.get_values_for_type(x509.IPAddress))
    _made(on).verify_directly_issued_by(x509.load_pem_x509_certificate(tls_authority(on).read_bytes()))
    nginx.prepare(on, PORTS)
    assert 'add_header Strict-Transport-Security "max-age=31536000" always;' in _settings(on)


def _made(run: RunDir) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificates.server(run.folder("tls"))[0].read_bytes())


def test_one_that_is_good_is_kept_and_one_that_ends_soon_is_made_again(
    on: RunDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(certificates, "SERVER_DAYS", certificates.RENEWED_BEFORE_DAYS)
        tls.decide(on)
    before = (_made(on), tls_authority(on).read_bytes())
    tls.decide(on)
    after = (_made(on), tls_authority(on).read_bytes())
    assert after[0].serial_number != before[0].serial_number
    assert after[1] == before[1]
    tls.decide(on)
    assert _made(on) == after[0]


def test_only_we_read_the_keys(on: RunDir) -> None:
    tls.decide(on)
    for name in ("ca.key", "server.key"):
        assert (on.path / "tls" / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("said", "listens"),
    [
        ("nginx/1.22.1", " ssl http2"),
        ("nginx/1.25.1", " ssl"),
        ("nginx/1.29.0", " ssl"),
        ("no such image", " ssl http2"),
    ],
)
def test_each_nginx_is_told_of_http2_in_its_own_way(on: RunDir, said: str, listens: str) -> None:
    tls.decide(on)
    found = tls.settings(on, lambda: f"nginx version: {said}")
    assert found["LISTEN_AS"] == listens
    assert ("http2 on;" in found["TLS"]) == (listens == " ssl")


def test_another_certificate_is_another_file_of_settings(on: RunDir) -> None:
    tls.decide(on)
    before = nginx.prepare(on, PORTS).digest
    certificates.server(on.folder("tls"))[0].unlink()
    tls.decide(on)
    assert nginx.prepare(on, PORTS).digest != before


@pytest.fixture
def given(on: RunDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A certificate and a key that somebody has, and that is asked for."""
    home = tmp_path / "given"
    home.mkdir()
    certificates.bring_up_to_date(home)
    for name, path in zip(("CHARLA_TLS_CERT", "CHARLA_TLS_KEY"), certificates.server(home), strict=True):
        monkeypatch.setenv(name, str(path))
    return home


def test_a_certificate_that_is_given_is_taken_and_remembered(
    on: RunDir, given: Path, behind: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls.decide(on)
    for name in ("CHARLA_TLS", "CHARLA_TLS_CERT", "CHARLA_TLS_KEY"):
        monkeypatch.delenv(name)
    with private_nginx(on.path, behind) as ports:
        command = ["curl", "-sS", "--cacert", str(certificates.authority(given))]
        address = f"https://localhost:{ports['http']}/v1/x"
        assert subprocess.run([*command, address], capture_output=True, check=True, timeout=60).stdout == b"{}"
    assert tls.authority(on) is None
    assert not (on.path / "tls").exists()


def refusal(run: RunDir) -> str:
    with pytest.raises(StackError) as refused:
        tls.decide(run)
    assert not (run.path / "tls.json").exists()
    return str(refused.value)


def test_a_missing_file_is_named(on: RunDir, given: Path) -> None:
    path = given / "server.key"
    path.unlink()
    assert refusal(on) == f"TLS: {path} cannot be read: No such file or directory"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("server.pem", "holds no certificate (PEM)"),
        ("server.key", "holds no private key (PEM) that opens without a password"),
    ],
)
def test_a_file_of_something_else_is_named(on: RunDir, given: Path, name: str, words: str) -> None:
    (given / name).write_text("nothing")
    assert refusal(on) == f"TLS: {given / name} {words}"


def test_a_key_of_another_certificate_is_named(on: RunDir, given: Path) -> None:
    certificates._write(
        given / "server.key", given / "other.pem", ec.generate_private_key(ec.SECP256R1()), _made_in(given)
    )
    assert refusal(on) == f"TLS: the key {given / 'server.key'} is not that of the certificate {given / 'server.pem'}"


def _made_in(home: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(certificates.server(home)[0].read_bytes())


def test_one_that_is_over_is_named(on: RunDir, given: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "SERVER_DAYS", 0)
    (given / "server.pem").unlink()
    certificates.bring_up_to_date(given)
    ended = _made_in(given).not_valid_after_utc
    assert refusal(on) == f"TLS: the certificate {given / 'server.pem'} ended on {ended:%Y-%m-%d}"


@pytest.mark.parametrize(
    ("around", "words"),
    [
        ({"CHARLA_TLS": "yes"}, "CHARLA_TLS is on or off, not 'yes'"),
        ({"CHARLA_TLS": "on", "CHARLA_TLS_CERT": "/x"}, "CHARLA_TLS_CERT and CHARLA_TLS_KEY are given together"),
        ({"CHARLA_TLS_CERT": "/x", "CHARLA_TLS_KEY": "/y"}, "CHARLA_TLS_CERT is given without CHARLA_TLS=on"),
        ({"CHARLA_TLS": "on", "PUBLIC_URL": "http://x"}, "PUBLIC_URL begins with http: while CHARLA_TLS is on"),
    ],
)
def test_what_makes_no_sense_is_said(
    run: RunDir, monkeypatch: pytest.MonkeyPatch, around: dict[str, str], words: str
) -> None:
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    assert refusal(run) == f"TLS: {words}"

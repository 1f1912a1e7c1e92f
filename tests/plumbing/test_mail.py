"""The mail server is spoken with by TLS where SMTP_TLS says so, and then never without."""

from __future__ import annotations

import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

import pytest

from plumbing import mail
from plumbing.settings import Settings
from stack import certificates
from tests.plumbing.waiting import until

Change = Callable[..., None]


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate for this machine, and of an authority that nobody knows."""
    folder = tmp_path_factory.mktemp("tls")
    certificates.bring_up_to_date(folder, [])
    return folder


@contextmanager
def mail_server(folder: Path, *words: str) -> Iterator[int]:
    """An aiosmtpd in a process of its own, eventlet and asyncio do not share one; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-W", "ignore", "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}", *words]
    server = subprocess.Popen([*command, "-c", "aiosmtpd.handlers.Mailbox", str(folder)])
    try:
        until(lambda: _listens(port), 60)
        yield port
    finally:
        server.terminate()
        server.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as link:
        return link.connect_ex(("127.0.0.1", port)) == 0


def _send(host: str, port: int) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = "charla@example.org", "ana@example.org", "Hello"
    with mail.connected(host, port, 30) as server:
        server.send_message(letter)


def _came(folder: Path) -> int:
    return len(list((folder / "new").glob("*")))


@pytest.mark.parametrize(("how", "words"), [("starttls", "tls"), ("on", "smtps")])
def test_a_letter_goes_by_tls_to_who_is_believed_alone(
    how: str, words: str, tls: Path, tmp_path: Path, environment: Change
) -> None:
    certificate, key = certificates.server(tls)
    box = tmp_path / "box"
    with mail_server(box, f"--{words}cert", str(certificate), f"--{words}key", str(key)) as port:
        environment(SMTP_TLS=how)
        with pytest.raises(ssl.SSLCertVerificationError):
            _send("localhost", port)
        environment(SMTP_TLS=how, SSL_CERT_FILE=str(certificates.authority(tls)))
        assert _came(box) == 0
        _send("localhost", port)
        assert _came(box) == 1


def test_a_server_that_does_not_offer_tls_gets_nothing(tmp_path: Path, environment: Change) -> None:
    box = tmp_path / "box"
    with mail_server(box) as port:
        environment(SMTP_TLS="starttls")
        with pytest.raises(smtplib.SMTPNotSupportedError):
            _send("127.0.0.1", port)
        assert _came(box) == 0
        environment(SMTP_TLS="off")
        _send("127.0.0.1", port)
        assert _came(box) == 1


def test_another_word_is_refused() -> None:
    with pytest.raises(ValueError, match="SMTP_TLS is off, starttls or on"):
        Settings.from_environment({"SMTP_TLS": "yes"})

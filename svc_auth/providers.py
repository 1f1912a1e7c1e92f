"""Outside systems: the mail server."""

from __future__ import annotations

from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any, Protocol

from nameko.extensions import DependencyProvider

from plumbing import mail
from plumbing.settings import settings


@dataclass(frozen=True)
class Letter:
    """A mail in plain text to one person."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Who carries letters."""

    def send(self, letter: Letter) -> None:
        """Hand a letter over.

        Raises:
            OSError: It could not be handed over (smtplib's errors are OSErrors).
            ValueError: It cannot be written as a mail.
        """


@dataclass(frozen=True)
class SmtpMailer:
    """Carries letters to an SMTP server."""

    host: str
    port: int
    sender: str
    timeout_s: float = 10.0

    def send(self, letter: Letter) -> None:
        """Hand a letter to the server (see `Mailer.send`)."""
        message = self._message(letter)
        with mail.connected(self.host, self.port, self.timeout_s) as server:
            server.send_message(message)

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self.sender, letter.to, letter.subject
        message["Date"], message["Message-ID"] = formatdate(localtime=False), make_msgid(domain="charla")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message


class Mail(DependencyProvider):
    """Gives a service `self.mailer`, the mailer of this process's settings."""

    def get_dependency(self, worker_ctx: Any) -> Mailer:
        """Return the mailer."""
        conf = settings()
        return SmtpMailer(conf.smtp_host, conf.smtp_port, conf.mail_from)

"""The door of svc_auth. Its methods are in `svc_auth.doors`, one file a topic; its chores are here."""

from __future__ import annotations

from plumbing.health import Health
from plumbing.logs import get_logger
from plumbing.timers import every
from svc_auth.actions import audit, exports, links, mails, revocations, sessions
from svc_auth.doors.base import now_utc
from svc_auth.doors.chores import Chores
from svc_auth.doors.data import Data
from svc_auth.doors.enrolling import Enrolling
from svc_auth.doors.factors import Factors
from svc_auth.doors.oidc import Oidc
from svc_auth.doors.people import People
from svc_auth.doors.signing_in import SigningIn

log = get_logger(__name__)


class AuthService(SigningIn, Enrolling, Oidc, Factors, Data, People, Chores):
    """Accounts, sessions, tokens and second factors (`contracts.auth.AuthService`)."""

    name = "auth"
    health = Health()

    @every(2, lock="mails")
    def send_mails(self) -> None:
        """Send the mails that are owed; what cannot be sent is tried again later."""
        with self.writing() as session:
            owed = mails.take_due(session, now_utc())
        for mail in owed:
            self._send(mail)

    def _send(self, mail: mails.Owed) -> None:
        try:
            if mail.letter is not None:
                self.mailer.send(mail.letter)
        except (OSError, ValueError) as error:
            log.warning("mail_not_sent", mail_id=mail.key[1], error=type(error).__name__)
            return
        with self.writing() as session:
            mails.settle(session, mail.key)

    @every(600, lock="sweep")
    def sweep(self) -> None:
        """Delete what expired."""
        now = now_utc()
        with self.writing() as session:
            for topic in (sessions, revocations, links, mails, audit, exports):
                topic.sweep(session, now)

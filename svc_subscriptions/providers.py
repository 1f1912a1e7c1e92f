"""Outside systems behind small interfaces: push services, webhooks, the mail server, and who is live."""

from __future__ import annotations

import base64
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from typing import Protocol

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from redis import Redis, RedisError

from plumbing import mail, outgoing
from plumbing.live_channels import user_channel
from plumbing.logs import get_logger
from plumbing.settings import settings
from svc_subscriptions.vapid import Vapid

log = get_logger(__name__)

PUSH_LIMITS = outgoing.Limits(total_s=10.0, max_bytes=16_384, redirects=0)
WEBHOOK_LIMITS = outgoing.Limits(total_s=10.0, max_bytes=65_536, redirects=3)
MAX_PAYLOAD = 3_900


@dataclass(frozen=True, slots=True)
class Handed:
    """How a request to the outside ended.

    Attributes:
        status: The answer's; None when there was none.
        error: A short reason; None when it was taken.
        retry_after_s: How long the other side wants to be left alone.
        duration_ms: How long it took.
    """

    status: int | None
    error: str | None = None
    retry_after_s: float | None = None
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Device:
    """A browser's push subscription; the keys in base64url."""

    endpoint: str
    p256dh: str
    auth: str


class PushSender(Protocol):
    """Who hands pushes to push services."""

    def send(self, device: Device, payload: bytes, *, ttl_s: int, urgency: str, topic: str) -> Handed:
        """Encrypt and hand over; never raises for what the other side does."""


class WebhookSender(Protocol):
    """Who calls webhooks."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Handed:
        """Call; never raises for what the other side does."""


class Mailer(Protocol):
    """Who carries mails."""

    def send(self, message: EmailMessage) -> None:
        """Hand a mail over.

        Raises:
            OSError: It could not be (smtplib's errors are OSErrors).
            ValueError: It cannot be written as a mail.
        """


@dataclass(frozen=True)
class WebPush:
    """Web push: RFC 8291 encryption, RFC 8292 identification, RFC 8030 delivery."""

    vapid: Vapid

    def send(self, device: Device, payload: bytes, *, ttl_s: int, urgency: str, topic: str) -> Handed:
        """Encrypt `payload` for the device and hand it to its push service."""
        try:
            body = encrypt(device, payload)
            origin = outgoing.parse(device.endpoint).origin
        except (ValueError, outgoing.OutgoingRefused) as error:
            return Handed(None, f"unusable: {error}")
        headers = {
            "Authorization": self.vapid.authorization(origin),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(ttl_s),
            "Urgency": urgency,
            "Topic": topic,
        }
        return _post(device.endpoint, body, headers, PUSH_LIMITS)


def encrypt(device: Device, payload: bytes) -> bytes:
    """Return `payload` encrypted for a device (RFC 8291, aes128gcm).

    Raises:
        ValueError: The device's keys are none, or the payload is too long.
    """
    if len(payload) > MAX_PAYLOAD:
        raise ValueError("payload too long")
    encrypted: bytes = http_ece.encrypt(
        payload,
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=from_base64url(device.p256dh),
        auth_secret=from_base64url(device.auth),
        version="aes128gcm",
    )
    return encrypted


def from_base64url(value: str) -> bytes:
    """Return what base64url text says, with or without padding.

    Raises:
        ValueError: It is none.
    """
    if not value.isascii():
        raise ValueError("not base64url")
    return base64.b64decode(value.rstrip("=") + "=" * (-len(value.rstrip("=")) % 4), b"-_", validate=True)


@dataclass(frozen=True)
class Webhooks:
    """Calls webhooks through `plumbing.outgoing`."""

    limits: outgoing.Limits = WEBHOOK_LIMITS

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Handed:
        """Call a webhook."""
        return _post(url, body, dict(headers), self.limits)


def _post(url: str, body: bytes, headers: dict[str, str], limits: outgoing.Limits) -> Handed:
    started = time.monotonic()
    try:
        answer = outgoing.request("POST", url, headers=headers, body=body, limits=limits)
    except outgoing.OutgoingRefused as error:
        return Handed(None, f"address_refused: {error.reason}", None, _since(started))
    except outgoing.OutgoingFailed as error:
        return Handed(None, error.reason, None, _since(started))
    refusal = None if 200 <= answer.status < 300 else f"status_{answer.status}"
    return Handed(answer.status, refusal, retry_after(answer.headers.get("retry-after")), _since(started))


def _since(started: float) -> int:
    return round((time.monotonic() - started) * 1_000)


def retry_after(value: str | None) -> float | None:
    """Return the seconds that a Retry-After header asks for, in either of its forms."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value.strip()[:9])
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds())


@dataclass(frozen=True)
class SmtpMailer:
    """Carries mails to an SMTP server."""

    host: str
    port: int
    timeout_s: float = 10.0

    def send(self, message: EmailMessage) -> None:
        """Hand a mail to the server (see `Mailer.send`)."""
        with mail.connected(self.host, self.port, self.timeout_s) as server:
            server.send_message(message)


def smtp_mailer() -> SmtpMailer:
    """Return the mailer of this process's settings."""
    return SmtpMailer(settings().smtp_host, settings().smtp_port)


@dataclass(frozen=True)
class LiveSockets:
    """Who has a socket open now: whose channel of frames some gateway worker listens to.

    Redis itself knows that, and forgets it with the worker's connection: there is no key to grow old.
    """

    redis: Redis

    def of(self, user_ids: Collection[str]) -> set[str]:
        """Return those of `user_ids` who are live; without Redis nobody is, and pushes go out."""
        people = list(dict.fromkeys(user_ids))
        if not people:
            return set()
        try:
            counts = self.redis.pubsub_numsub(*(user_channel(each) for each in people))
        except (RedisError, OSError) as error:
            log.warning("live_sockets_unknown", error=str(error))
            return set()
        return {user_id for user_id, (_, count) in zip(people, counts, strict=True) if count}

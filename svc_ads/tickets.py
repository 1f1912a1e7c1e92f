"""Tickets of ads that were given out: signed, for one person, good for ten minutes.

Whoever reports a view, clicks, hides, reports or asks why brings the ticket back. It holds all that a bill needs, so
no server has to remember what another one gave out.
"""

from __future__ import annotations

import base64
import time
from functools import cache
from hashlib import sha256
from typing import Literal
from uuid import UUID

import msgspec
from itsdangerous import BadSignature, Signer

from contracts.ads import TicketInvalid
from plumbing.sealing import derived_keys
from svc_ads.serving.leases import TICKET_LIFE

LIFE_MS = int(TICKET_LIFE.total_seconds() * 1000)
Why = Literal["forged", "expired", "not_yours"]


class Ticket(msgspec.Struct, frozen=True, array_like=True):
    """What a ticket says. Times are milliseconds since 1970; the price is micros."""

    decision: UUID
    campaign: UUID
    creative: UUID
    person: UUID
    channel: UUID
    lease: UUID
    advertiser: UUID
    price: int
    issued_ms: int

    @property
    def expires_ms(self) -> int:
        """When it is no longer good."""
        return self.issued_ms + LIFE_MS


class Refused(Exception):
    """A ticket is not what it should be.

    Attributes:
        why: The reason.
        ticket: What it says, where that can be believed.
    """

    def __init__(self, why: Why, ticket: Ticket | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.ticket = ticket


_encoder = msgspec.msgpack.Encoder(uuid_format="bytes")
_decoder = msgspec.msgpack.Decoder(Ticket)


def seal(ticket: Ticket) -> str:
    """Return a ticket as it goes out."""
    body = base64.urlsafe_b64encode(_encoder.encode(ticket)).rstrip(b"=")
    return _signer().sign(body).decode()


def read(text: str, ad_id: str, user_id: str, now_ms: int | None = None) -> Ticket:
    """Return what a ticket says.

    Raises:
        Refused: It is forged, or of another ad; it is another person's; or its time is over.
    """
    ticket = _opened(text)
    if str(ticket.decision) != ad_id.lower():
        raise Refused("forged")
    if str(ticket.person) != user_id:
        raise Refused("not_yours", ticket)
    if (now_ms or int(time.time() * 1000)) >= ticket.expires_ms:
        raise Refused("expired", ticket)
    return ticket


def open_ticket(ticket: str, ad_id: str, user_id: str) -> Ticket:
    """Return what a ticket says, for those who hide, report or ask why.

    Raises:
        TicketInvalid: `facts["why"]` is `forged`, `expired` or `not_yours`.
    """
    try:
        return read(ticket, ad_id, user_id)
    except Refused as refused:
        raise TicketInvalid(why=refused.why) from None


def _opened(text: str) -> Ticket:
    try:
        body = _signer().unsign(text)
        return _decoder.decode(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
    except (BadSignature, UnicodeError, ValueError, TypeError):
        raise Refused("forged") from None


@cache
def _signer() -> Signer:
    return Signer(derived_keys("ads", "tickets"), salt="ticket", sep=".", key_derivation="hmac", digest_method=sha256)

"""One-use tickets that let a WebSocket in: 30 s in Redis, readable only with the ticket itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.fernet import Fernet, InvalidToken
from redis import RedisError

from contracts.base import Unauthenticated, Unavailable
from gateway_flask.auth import check_token
from gateway_flask.redis_store import store
from plumbing.identity import Identity

TICKET_S = 30
_MAX_CHARS = 100


class TicketInvalid(Unauthenticated):
    """The ticket was used, has expired, or never was one."""

    code = "ticket_invalid"
    detail = "That ticket is not valid; get a new one."


@dataclass(frozen=True, slots=True)
class Admission:
    """Who a ticket lets in."""

    who: Identity
    token: str


def issue_ticket(token: str) -> str:
    """Return a new ticket for the owner of an access token.

    Raises:
        Unavailable: Redis is away.
    """
    key = Fernet.generate_key()
    try:
        store().set(_place(key), Fernet(key).encrypt(token.encode()), ex=TICKET_S)
    except (RedisError, OSError):
        raise Unavailable(code="live_away", retry_after_s=2) from None
    return key.decode()


def redeem_ticket(ticket: str) -> Admission:
    """Return whom `ticket` lets in; it works once.

    Raises:
        Unauthenticated: It does not work (any more), or its owner's session has ended.
        Unavailable: Redis is away.
    """
    if not ticket.isascii() or len(ticket) > _MAX_CHARS:
        raise TicketInvalid
    key = ticket.encode()
    try:
        sealed = store().getdel(_place(key))
    except (RedisError, OSError):
        raise Unavailable(code="live_away", retry_after_s=2) from None
    if not isinstance(sealed, bytes):
        raise TicketInvalid
    try:
        token = Fernet(key).decrypt(sealed).decode()
    except (InvalidToken, ValueError):
        raise TicketInvalid from None
    return Admission(check_token(token), token)


def _place(key: bytes) -> str:
    return f"gateway:ticket:{hashlib.sha256(key).hexdigest()}"

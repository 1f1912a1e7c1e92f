"""How often somebody may try, per account and per address."""

from __future__ import annotations

import ipaddress
from functools import cache

from sqlalchemy import select
from sqlalchemy.orm import Session as Db

from plumbing.redis_client import new_redis
from plumbing.settings import settings
from plumbing.throttle import Throttle
from svc_auth import policy
from svc_auth.actions.links import fingerprint
from svc_auth.models import Session
from svc_auth.policy import Limit


def demand(limit: Limit, *who: str) -> None:
    """Take one token of a limit.

    Raises:
        TooMany: There was none left; the fact `retry_after_s` tells for how long.
    """
    ok, retry_after_s = _take(limit, *who)
    if not ok:
        raise limit.refusal(retry_after_s=max(1, round(retry_after_s + 0.5)))


def demand_address(limit: Limit, address: str) -> None:
    """Take one token of an address's limit; this machine itself has none, it is a proxy or a tool.

    Raises:
        TooMany: There was none left.
    """
    if not ipaddress.ip_address(address).is_loopback:
        demand(limit, address)


def demand_login(db: Db, username: str, user_id: str | None, address: str) -> None:
    """Let a password be tried: per address, per account from this address, and per account.

    Strangers who use up an account's limit do not lock its owner out: an address from which the
    account was signed in before has only the first two limits.

    Raises:
        LoginThrottled: There were too many tries.
    """
    demand_address(policy.LOGIN_PER_ADDRESS, address)
    demand(policy.LOGIN_PER_ACCOUNT_AND_ADDRESS, username.lower(), address)
    if user_id is None or not _is_known(db, user_id, address):
        demand(policy.LOGIN_PER_ACCOUNT, username.lower())


def _is_known(db: Db, user_id: str, address: str) -> bool:
    seen = select(Session.session_id).where(Session.user_id == user_id, Session.address == address).limit(1)
    return db.execute(seen).first() is not None


@cache
def _throttle() -> Throttle:
    return Throttle(new_redis(settings().redis_url), "auth")


def _take(limit: Limit, *who: str) -> tuple[bool, float]:
    return _throttle().allow(f"{limit.name}:{fingerprint(*who)}", limit.burst, limit.refill_s)

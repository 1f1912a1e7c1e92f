"""How long things live and how often they may be tried."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Literal, cast, get_args

from contracts.auth import LoginThrottled
from contracts.base import TooMany

ACCESS_TTL_S = 600
REFRESH_LIFE = timedelta(days=30)
#: Whoever is signed in for so long signs in again, however often they came by.
SESSION_LIFE = timedelta(days=365)
REFRESH_GRACE = timedelta(seconds=10)
#: How many late twins of a refresh token a device may fetch within the grace.
GRACE_USES = 3
FACTOR_TOKEN_S = 300
#: How long somebody may take to set up the factor that is demanded of them.
ENROLMENT_TOKEN_S = 900
PASSKEY_CHALLENGE_S = 300
RESET_LINK_S = 3_600
VERIFY_LINK_S = 3 * 86_400
RECOVERY_CODES = 10
MAX_SESSIONS = 50
MAX_FACTORS = 20
MAX_IDENTITIES = 20
#: Who has no password proves who they are by a sign-in of at most this long ago.
RECENT_SIGN_IN = timedelta(minutes=10)
#: How long somebody may take at a provider.
OIDC_FLOW_S = 600
#: How long a provider's own description and its keys are believed without asking again.
OIDC_METADATA_LIFE_S = 3_600.0
OIDC_KEYS_LIFE_S = 600.0
#: How long one request to a provider may take, and how long one that failed is left alone.
OIDC_FETCH_S = 4.0
OIDC_REST_S = 3.0
#: How many calls may wait for all providers together; half of the service's workers stay free.
OIDC_AT_ONCE = 24
#: How wrong a provider's clock may be, and how old an ID token fresh from it.
OIDC_CLOCK_SKEW_S = 60
OIDC_TOKEN_AGE_S = 600
#: Failed sign-ins are forgotten after this; the rest of the audit is kept.
FAILURE_LIFE = timedelta(days=90)
#: Rows of `revocations` outlive every access token by far.
REVOCATION_LIFE = timedelta(hours=24)
#: list_revocations looks this far behind `since`, for rows that committed late.
REVOCATION_OVERLAP = timedelta(seconds=15)

#: A finished copy of somebody's data is kept so long; a link to it works for a shorter time.
EXPORT_LIFE = timedelta(days=7)
EXPORT_LINK_S = 3_600
EXPORTS_A_DAY = 3
#: A service that does not answer for so many attempts in a row (about a day) lets the copy fail.
EXPORT_ATTEMPTS = 300
EXPORT_REST = timedelta(minutes=5)


@dataclass(frozen=True)
class Limit:
    """A token bucket: `burst` at once, refilled over `refill_s` seconds."""

    name: str
    burst: int
    refill_s: float
    refusal: type[TooMany] = TooMany


REGISTER_PER_ADDRESS = Limit("register-address", 60, 3_600)
LOGIN_PER_ADDRESS = Limit("login-address", 100, 300, LoginThrottled)
LOGIN_PER_ACCOUNT = Limit("login-account", 30, 900, LoginThrottled)
LOGIN_PER_ACCOUNT_AND_ADDRESS = Limit("login-account-address", 10, 120, LoginThrottled)
CODE_PER_ACCOUNT = Limit("code-account", 6, 300, LoginThrottled)
REFRESH_PER_ADDRESS = Limit("refresh-address", 600, 300)
MAIL_PER_ADDRESS = Limit("mail-address", 10, 3_600)
MAIL_PER_MAILBOX = Limit("mail-mailbox", 3, 3_600)
PASSWORD_PER_ACCOUNT = Limit("password-account", 10, 300, LoginThrottled)
OIDC_PER_ADDRESS = Limit("oidc-address", 100, 300, LoginThrottled)
OIDC_PER_ACCOUNT = Limit("oidc-account", 20, 300)
RENAME_PER_ACCOUNT = Limit("rename-account", 3, 30 * 86_400)
SEARCH_PER_ACCOUNT = Limit("search-account", 60, 60)


@dataclass(frozen=True)
class Argon2Cost:
    """The cost of one password hash."""

    memory_kib: int = 65_536
    passes: int = 3
    lanes: int = 1


@cache
def argon2_cost() -> Argon2Cost:
    """Return the cost; only ARGON2_MEMORY_KIB may lower it, for tests and benches."""
    return Argon2Cost(memory_kib=int(os.environ.get("ARGON2_MEMORY_KIB", Argon2Cost.memory_kib)))


#: Of whom a second factor is demanded; `staff` are moderators and admins.
SecondFactor = Literal["off", "staff", "everybody"]


@cache
def second_factor() -> SecondFactor:
    """Return of whom this installation demands a second factor: SECOND_FACTOR, else of nobody.

    Raises:
        ValueError: It is none of the three.
    """
    said = os.environ.get("SECOND_FACTOR") or "off"
    if said not in get_args(SecondFactor):
        raise ValueError(f"SECOND_FACTOR is off, staff or everybody, and not {said!r}")
    return cast("SecondFactor", said)


@cache
def erasure_grace() -> timedelta:
    """Return how long an account waits for its erasure; ERASURE_GRACE_S says otherwise."""
    return timedelta(seconds=float(os.environ.get("ERASURE_GRACE_S", 14 * 86_400)))

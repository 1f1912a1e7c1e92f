"""Time-based one-time codes, and the recovery codes for who lost their device."""

from __future__ import annotations

import base64
import hmac
import secrets
from datetime import datetime

import pyotp
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session as Db

from contracts.auth import FactorAlreadyConfirmed, UnknownFactor, WrongCode
from svc_auth.actions import audit, factors
from svc_auth.actions.sealing import keyed_hash, seal, unseal
from svc_auth.models import Factor, RecoveryCode, User
from svc_auth.policy import RECOVERY_CODES

STEP_S = 30
#: One step of clock error either way is forgiven.
_DRIFT = (0, -1, 1)
#: 120 random bits: with fewer than 112 a quick hash of a code would not do.
_RECOVERY_BYTES = 15


def start(db: Db, user: User, label: str, now: datetime) -> tuple[Factor, str, str]:
    """Return a new factor to be confirmed, its secret and its otpauth URI.

    Raises:
        TooManyFactors: There is no room for another.
    """
    secret = pyotp.random_base32()
    factor = factors.add(db, user.user_id, "totp", label, now)
    factor.sealed_secret = seal(secret)
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name="Charla")
    return factor, secret, uri


def confirm(db: Db, user_id: str, factor_id: str, code: str, now: datetime) -> list[str]:
    """Put a TOTP secret to use by a first code; return ten fresh recovery codes.

    Raises:
        UnknownFactor: There is no such TOTP factor.
        FactorAlreadyConfirmed: It is in use.
        WrongCode: That is not its code.
    """
    factor = factors.get(db, user_id, factor_id)
    if factor.kind != "totp":
        raise UnknownFactor
    if factor.confirmed_at is not None:
        raise FactorAlreadyConfirmed
    if not _accepts(factor, code, now):
        raise WrongCode
    factor.confirmed_at = now
    audit.record(db, "totp_confirmed", user_id, factor_id=factor_id)
    return _renew_recovery_codes(db, user_id)


def is_on(db: Db, user_id: str) -> bool:
    """Tell whether a sign-in with the password owes a code."""
    return "totp" in [factor.kind for factor in factors.list_confirmed(db, user_id)]


def accepts(db: Db, user_id: str, code: str, now: datetime) -> bool:
    """Tell whether `code` is a person's present TOTP code or an unused recovery code, and use it up."""
    bare = code.replace("-", "").replace(" ", "").upper()
    if len(bare) == 6 and bare.isdecimal():
        wanted = select(Factor).where(
            Factor.user_id == user_id, Factor.kind == "totp", Factor.confirmed_at.is_not(None)
        )
        return any(_accepts(factor, bare, now) for factor in db.scalars(wanted.with_for_update()))
    return _use_recovery_code(db, user_id, bare, now)


def _accepts(factor: Factor, code: str, now: datetime) -> bool:
    """Tell whether `code` is right and later than every code used before."""
    totp = pyotp.TOTP(unseal(factor.sealed_secret or b""))
    this = int(now.timestamp()) // STEP_S
    for step in (this + drift for drift in _DRIFT):
        is_new = factor.last_step is None or step > factor.last_step
        if is_new and hmac.compare_digest(totp.generate_otp(step).encode(), code.encode()):
            factor.last_step, factor.last_used_at = step, now
            return True
    return False


def _renew_recovery_codes(db: Db, user_id: str) -> list[str]:
    db.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [base64.b32encode(secrets.token_bytes(_RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    db.add_all(RecoveryCode(user_id=user_id, code_hash=_digest(user_id, code)) for code in codes)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def _use_recovery_code(db: Db, user_id: str, bare: str, now: datetime) -> bool:
    unused = update(RecoveryCode).where(
        RecoveryCode.user_id == user_id,
        RecoveryCode.code_hash == _digest(user_id, bare),
        RecoveryCode.used_at.is_(None),
    )
    used = db.execute(unused.values(used_at=now).returning(RecoveryCode.user_id)).first() is not None
    if used:
        audit.record(db, "recovery_code_used", user_id)
    return used


def _digest(user_id: str, code: str) -> bytes:
    return keyed_hash("recovery codes", f"{user_id} {code}")

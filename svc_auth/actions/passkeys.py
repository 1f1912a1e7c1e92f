"""Passkeys (WebAuthn): registering them and signing in with them alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Db
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, generate_challenge
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from contracts.auth import FactorAlreadyConfirmed, PasskeyRefused, UnknownFactor
from contracts.base import new_id
from plumbing.settings import settings
from svc_auth.actions import audit, factors, links
from svc_auth.actions.sealing import keyed_hash
from svc_auth.models import Credential, Factor, User
from svc_auth.policy import PASSKEY_CHALLENGE_S

#: What a broken or hostile answer makes the library raise.
_REFUSALS = (WebAuthnException, ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)


def origin() -> str:
    """Return the origin that passkeys are bound to, from PUBLIC_URL."""
    parts = urlsplit(settings().public_url)
    return f"{parts.scheme}://{parts.netloc}"


def relying_party() -> str:
    """Return the host that passkeys are bound to, from PUBLIC_URL."""
    return urlsplit(settings().public_url).hostname or "localhost"


def start_registration(db: Db, user: User, label: str, now: datetime) -> tuple[Factor, dict[str, Any]]:
    """Return a factor to be finished and the options for `navigator.credentials.create`.

    Raises:
        TooManyFactors: There is no room for another.
    """
    known = factors.list_confirmed(db, user.user_id)
    factor = factors.add(db, user.user_id, "passkey", label, now)
    factor.challenge = generate_challenge()
    options = webauthn.generate_registration_options(
        rp_id=relying_party(),
        rp_name="Charla",
        user_name=user.username,
        user_id=UUID(user.user_id).bytes,
        user_display_name=user.display_name,
        challenge=factor.challenge,
        timeout=PASSKEY_CHALLENGE_S * 1000,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return factor, dict(json.loads(webauthn.options_to_json(options)))


def _descriptors(known: Sequence[Factor]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=factor.credential_id) for factor in known if factor.credential_id]


def finish_registration(db: Db, user_id: str, factor_id: str, credential: dict[str, Any], now: datetime) -> Factor:
    """Believe in a new passkey.

    Raises:
        UnknownFactor: There is no such passkey factor.
        FactorAlreadyConfirmed: It is in use.
        PasskeyRefused: Wrong challenge, origin or form, too late, or somebody's credential already.
    """
    factor = factors.get(db, user_id, factor_id)
    if factor.kind != "passkey":
        raise UnknownFactor
    if factor.confirmed_at is not None:
        raise FactorAlreadyConfirmed
    if now - factor.created_at > timedelta(seconds=PASSKEY_CHALLENGE_S):
        raise PasskeyRefused
    proved = _verify_registration(credential, factor.challenge or b"")
    _claim_credential(db, user_id, factor_id, proved.credential_id)
    factor.credential_id, factor.public_key = proved.credential_id, proved.credential_public_key
    factor.sign_count, factor.confirmed_at, factor.challenge = proved.sign_count, now, None
    audit.record(db, "passkey_confirmed", user_id, factor_id=factor_id)
    return factor


def _verify_registration(credential: dict[str, Any], challenge: bytes) -> VerifiedRegistration:
    try:
        return webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except _REFUSALS as error:
        raise PasskeyRefused from error


def _claim_credential(db: Db, user_id: str, factor_id: str, credential_id: bytes) -> None:
    row = {
        "credential_hash": factors.credential_hash(credential_id),
        "user_id": user_id,
        "factor_id": factor_id,
    }
    claimed = insert(Credential).values(row).on_conflict_do_nothing().returning(Credential.user_id)
    if db.execute(claimed).first() is None:
        raise PasskeyRefused


def start_login() -> tuple[str, dict[str, Any]]:
    """Return a challenge id and the options for `navigator.credentials.get`; nothing is stored."""
    challenge_id = new_id()
    options = webauthn.generate_authentication_options(
        rp_id=relying_party(),
        challenge=_challenge_of(challenge_id),
        timeout=PASSKEY_CHALLENGE_S * 1000,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return challenge_id, dict(json.loads(webauthn.options_to_json(options)))


def _challenge_of(challenge_id: str) -> bytes:
    """Return what only we can make of an id, so that a challenge need not be stored to be ours."""
    return keyed_hash("passkey challenges", challenge_id)


def _is_fresh(challenge_id: str, now: datetime) -> bool:
    """Tell whether an id (UUIDv7: its first 48 bits are its milliseconds) is at most five minutes old."""
    age_s = now.timestamp() - (UUID(challenge_id).int >> 80) / 1000
    return -PASSKEY_CHALLENGE_S < age_s <= PASSKEY_CHALLENGE_S


def finish_login(db: Db, challenge_id: str, credential: dict[str, Any], now: datetime) -> User:
    """Return whose passkey answered the challenge, which is used up.

    Raises:
        PasskeyRefused: Anything is wrong with the challenge, the passkey or its answer.
    """
    if not _is_fresh(challenge_id, now) or not links.spend(db, challenge_id, now, 3 * PASSKEY_CHALLENGE_S):
        raise PasskeyRefused
    factor = _find_factor(db, credential)
    proved = _verify_login(credential, _challenge_of(challenge_id), factor)
    factor.sign_count, factor.last_used_at = proved.new_sign_count, now
    return db.get_one(User, factor.user_id, with_for_update=True)


def _find_factor(db: Db, credential: dict[str, Any]) -> Factor:
    try:
        raw_id = base64url_to_bytes(credential["rawId"])
    except _REFUSALS as error:
        raise PasskeyRefused from error
    found = db.get(Credential, factors.credential_hash(raw_id))
    factor = db.get(Factor, (found.user_id, found.factor_id), with_for_update=True) if found else None
    if factor is None or factor.confirmed_at is None or not _names_owner(credential, factor.user_id):
        raise PasskeyRefused
    return factor


def _names_owner(credential: dict[str, Any], user_id: str) -> bool:
    """Tell whether the user handle, where the authenticator sent one, is the owner's."""
    response = credential.get("response")
    handle = response.get("userHandle") if isinstance(response, dict) else None
    return handle in (None, "", bytes_to_base64url(UUID(user_id).bytes))


def _verify_login(credential: dict[str, Any], challenge: bytes, factor: Factor) -> VerifiedAuthentication:
    try:
        return webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=relying_party(),
            expected_origin=origin(),
            credential_public_key=factor.public_key or b"",
            credential_current_sign_count=factor.sign_count,
            require_user_verification=True,
        )
    except _REFUSALS as error:
        raise PasskeyRefused from error

"""Whose account an identity at a provider opens: each belongs to one account, an account may have several."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session as Db

from contracts.auth import IdentityTaken, LastSignInWay, TooManyIdentities, UnknownIdentity
from contracts.base import new_id
from svc_auth.actions import audit
from svc_auth.models import Factor, Identity, IdentityOwner, User
from svc_auth.oidc.id_token import Claims
from svc_auth.policy import MAX_IDENTITIES


def find_owner(db: Db, claims: Claims) -> User | None:
    """Return whom an identity signs in, locked, or None."""
    owner = db.get(IdentityOwner, _hash(claims))
    return db.get(User, owner.user_id, with_for_update=True) if owner else None


def is_known(db: Db, claims: Claims) -> bool:
    """Tell whether an identity opens an account."""
    return db.get(IdentityOwner, _hash(claims)) is not None


def claim(db: Db, user_id: str, claims: Claims, label: str, now: datetime) -> Identity | None:
    """Give an identity to a person; None where somebody has it, also if only since this moment."""
    identity_id = new_id()
    row = {"identity_hash": _hash(claims), "user_id": user_id, "identity_id": identity_id}
    claimed = insert(IdentityOwner).values(row).on_conflict_do_nothing().returning(IdentityOwner.user_id)
    if db.execute(claimed).first() is None:
        return None
    identity = Identity(
        user_id=user_id,
        identity_id=identity_id,
        issuer=claims.issuer,
        subject=claims.subject,
        label=label,
        created_at=now,
    )
    db.add(identity)
    audit.record(db, "identity_linked", user_id, identity_id=identity_id, issuer=claims.issuer)
    return identity


def link(db: Db, user: User, claims: Claims, label: str, now: datetime) -> Identity:
    """Link an identity to the account of somebody who is signed in; once more changes nothing.

    Raises:
        IdentityTaken: It belongs to another account.
        TooManyIdentities: There is no room for another.
    """
    db.refresh(user, with_for_update=True)
    owner = db.get(IdentityOwner, _hash(claims))
    if owner is not None and owner.user_id == user.user_id:
        return db.get_one(Identity, (owner.user_id, owner.identity_id))
    if len(list_own(db, user.user_id)) >= MAX_IDENTITIES:
        raise TooManyIdentities
    identity = claim(db, user.user_id, claims, label, now)
    if identity is None:
        raise IdentityTaken
    return identity


def used(db: Db, claims: Claims, now: datetime) -> None:
    """Remember that an identity signed its owner in."""
    owner = db.get_one(IdentityOwner, _hash(claims))
    db.get_one(Identity, (owner.user_id, owner.identity_id)).last_used_at = now


def list_own(db: Db, user_id: str) -> Sequence[Identity]:
    """Return a person's identities, oldest first."""
    return db.scalars(select(Identity).where(Identity.user_id == user_id).order_by(Identity.identity_id)).all()


def remove(db: Db, user_id: str, identity_id: str) -> None:
    """Take an identity from an account.

    Raises:
        UnknownIdentity: They have no such identity.
    """
    identity = db.get(Identity, (user_id, identity_id), with_for_update=True)
    if identity is None:
        raise UnknownIdentity
    known = Claims(identity.issuer, identity.subject, {})
    db.execute(delete(IdentityOwner).where(IdentityOwner.identity_hash == _hash(known)))
    db.delete(identity)
    db.flush()
    audit.record(db, "identity_removed", user_id, identity_id=identity_id, issuer=identity.issuer)


def demand_a_way_in(db: Db, user: User, issuers: Collection[str]) -> None:
    """Refuse what would leave a person (locked) without password, passkey and identity of one of `issuers`.

    Raises:
        LastSignInWay: They would have no way to sign in.
    """
    passkeys = select(Factor.factor_id).where(
        Factor.user_id == user.user_id, Factor.kind == "passkey", Factor.confirmed_at.is_not(None)
    )
    if user.password_hash is not None or db.execute(passkeys.limit(1)).first() is not None:
        return
    if not any(identity.issuer in issuers for identity in list_own(db, user.user_id)):
        raise LastSignInWay


def _hash(claims: Claims) -> bytes:
    """Return the look-up key of an identity; neither part holds a NUL."""
    return hashlib.sha256(f"{claims.issuer}\0{claims.subject}".encode()).digest()

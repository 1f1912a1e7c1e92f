"""Models as the other services and the clients see them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from contracts.auth import (
    AccountView,
    FactorView,
    IdentityView,
    OwnUserView,
    RevocationView,
    Role,
    SessionView,
    UserView,
)
from contracts.clock import rfc3339
from svc_auth.models import AuditEntry, Factor, Identity, Revocation, Session, User
from svc_auth.oidc.config import Provider


def user_view(user: User) -> UserView:
    """Return a person as everybody may see them."""
    return {
        "id": user.user_id,
        "username": user.username,
        "display_name": user.display_name,
        "created_at": rfc3339(user.created_at),
        "deactivated": user.deactivated_at is not None,
    }


def own_user_view(user: User, factors: Sequence[str]) -> OwnUserView:
    """Return a person as they see themselves; `factors` are the kinds they confirmed."""
    seen = user_view(user)
    return {
        "id": seen["id"],
        "username": seen["username"],
        "display_name": seen["display_name"],
        "created_at": seen["created_at"],
        "deactivated": seen["deactivated"],
        "email": user.email,
        "email_verified": user.email_verified_at is not None,
        "locale": user.locale,
        "time_zone": user.time_zone,
        "roles": cast("list[Role]", list(user.roles)),
        "factors": list(factors),
        "has_password": user.password_hash is not None,
    }


def account_view(user: User, factors: Sequence[str]) -> AccountView:
    """Return a person as admins see them; `factors` are the kinds they confirmed."""
    return {
        **user_view(user),
        "roles": cast("list[Role]", list(user.roles)),
        "has_password": user.password_hash is not None,
        "factors": list(factors),
    }


def session_view(session: Session, current_id: str) -> SessionView:
    """Return a signed-in device."""
    return {
        "id": session.session_id,
        "device": session.device,
        "address": session.address,
        "created_at": rfc3339(session.created_at),
        "last_seen_at": rfc3339(session.last_seen_at),
        "current": session.session_id == current_id,
    }


def factor_view(factor: Factor) -> FactorView:
    """Return a factor without its secrets."""
    return {
        "id": factor.factor_id,
        "kind": "totp" if factor.kind == "totp" else "passkey",
        "label": factor.label,
        "created_at": rfc3339(factor.created_at),
        "last_used_at": _maybe(factor.last_used_at),
    }


def identity_view(identity: Identity, provider: Provider | None) -> IdentityView:
    """Return a linked identity; `provider` is None where nobody signs in with its provider any more."""
    return {
        "id": identity.identity_id,
        "provider": provider.id if provider else None,
        "provider_name": provider.name if provider else identity.issuer,
        "label": identity.label,
        "created_at": rfc3339(identity.created_at),
        "last_used_at": _maybe(identity.last_used_at),
    }


def revocation_view(revocation: Revocation) -> RevocationView:
    """Return a revocation."""
    return {
        "user_id": revocation.user_id,
        "session_id": revocation.session_id,
        "revoked_at": rfc3339(revocation.revoked_at),
    }


def audit_view(entry: AuditEntry) -> dict[str, Any]:
    """Return an audit entry for an admin."""
    return {
        "id": entry.audit_id,
        "user_id": entry.user_id,
        "actor_id": entry.actor_id,
        "action": entry.action,
        "address": entry.address,
        "facts": entry.facts,
        "created_at": rfc3339(entry.created_at),
    }


def _maybe(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None

"""The devices that a person gets pushes on: browsers' push subscriptions.

Every change holds the person's `followings` row, and brings `subscriptions.push` up to date with it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from contracts.base import new_id
from contracts.clock import rfc3339
from contracts.subscriptions import (
    MAX_PUSH_ENDPOINTS,
    PushEndpointInvalid,
    PushEndpointView,
    TooManyPushEndpoints,
    UnknownPushEndpoint,
)
from plumbing.addresses import OutgoingRefused, parse
from svc_subscriptions.actions.counting import lock_person, mirror_push
from svc_subscriptions.notification_models import PushEndpoint
from svc_subscriptions.providers import from_base64url
from svc_subscriptions.views import optional_time

_AUTH_BYTES = 16


def demand_usable(endpoint: str, p256dh: str, auth: str) -> None:
    """Check what a browser calls its push subscription.

    Raises:
        PushEndpointInvalid: It is none, or its push service is not one that may be called.
    """
    try:
        parse(endpoint)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), from_base64url(p256dh))
        if len(from_base64url(auth)) != _AUTH_BYTES:
            raise PushEndpointInvalid(field="auth")
    except OutgoingRefused as error:
        raise PushEndpointInvalid(field="endpoint", reason=error.reason) from None
    except ValueError:
        raise PushEndpointInvalid(field="p256dh") from None


def add(session: Session, user_id: str, endpoint: str, p256dh: str, auth: str, device: str) -> PushEndpoint:
    """Add a device; one that is known by its endpoint gets the new keys and is enabled again.

    Raises:
        TooManyPushEndpoints: The person has as many as one can have.
    """
    lock_person(session, user_id)
    digest = hashlib.sha256(endpoint.encode()).digest()
    known = select(PushEndpoint).where(PushEndpoint.user_id == user_id, PushEndpoint.endpoint_hash == digest)
    row = session.scalar(known)
    if row is None:
        row = _new_row(session, user_id, endpoint, digest)
    row.p256dh, row.auth, row.device, row.enabled, row.failures = p256dh, auth, device, True, 0
    session.add(row)
    session.flush()
    mirror_push(session, user_id)
    return row


def _new_row(session: Session, user_id: str, endpoint: str, digest: bytes) -> PushEndpoint:
    count = select(func.count()).select_from(PushEndpoint).where(PushEndpoint.user_id == user_id)
    if session.execute(count).scalar_one() >= MAX_PUSH_ENDPOINTS:
        raise TooManyPushEndpoints(limit=MAX_PUSH_ENDPOINTS)
    return PushEndpoint(
        user_id=user_id,
        id=new_id(),
        endpoint=endpoint,
        endpoint_hash=digest,
        quiet=False,
        created_at=datetime.now(UTC),
    )


def list_of(session: Session, user_id: str) -> Sequence[PushEndpoint]:
    """Return a person's devices in the order in which they came."""
    return session.scalars(select(PushEndpoint).where(PushEndpoint.user_id == user_id).order_by(PushEndpoint.id)).all()


def change(session: Session, user_id: str, endpoint_id: str, changes: Mapping[str, Any]) -> PushEndpoint:
    """Change a device's `device`, `enabled` or `quiet`.

    Raises:
        UnknownPushEndpoint: The person has no such device.
    """
    lock_person(session, user_id)
    row = session.get(PushEndpoint, (user_id, endpoint_id), populate_existing=True)
    if row is None:
        raise UnknownPushEndpoint
    for name, value in changes.items():
        setattr(row, name, value)
    session.flush()
    mirror_push(session, user_id)
    return row


def remove(session: Session, user_id: str, endpoint_id: str) -> bool:
    """Remove a device; tell whether it was there."""
    lock_person(session, user_id)
    gone = delete(PushEndpoint).where(PushEndpoint.user_id == user_id, PushEndpoint.id == endpoint_id)
    found = session.scalar(gone.returning(PushEndpoint.id)) is not None
    mirror_push(session, user_id)
    return found


def endpoint_view(row: PushEndpoint) -> PushEndpointView:
    """Return a device as its person sees it; the endpoint itself is a secret."""
    return {
        "id": row.id,
        "device": row.device,
        "endpoint_host": parse_host(row.endpoint),
        "enabled": row.enabled,
        "quiet": row.quiet,
        "created_at": rfc3339(row.created_at),
        "last_success_at": optional_time(row.last_success_at),
    }


def parse_host(endpoint: str) -> str:
    """Return the host of a push service, for people to recognise."""
    return endpoint.partition("://")[2].partition("/")[0]

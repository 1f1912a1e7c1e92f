"""One-click unsubscribing (RFC 8058): a signed link in each mail, good for its purpose alone, without a sign-in."""

from __future__ import annotations

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import update
from sqlalchemy.orm import Session

from contracts.subscriptions import UnsubscribeLinkInvalid
from plumbing.settings import settings
from svc_subscriptions.actions import digests
from svc_subscriptions.actions.sealing import derived_keys
from svc_subscriptions.notification_models import Observer, Preferences

_PURPOSE = "unsubscribe from digests"
#: The gateway's route. It takes POST for mail programs, and GET for people who follow the link.
ROUTE = "/v1/notifications/unsubscribe"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(derived_keys(_PURPOSE), salt=_PURPOSE)


def link(user_id: str) -> str:
    """Return the address by which a person ends their digests; it stays good as long as their mails are kept."""
    return f"{settings().public_url.rstrip('/')}{ROUTE}?token={_serializer().dumps(user_id)}"


def unsubscribe(session: Session, token: str) -> None:
    """End the digests of whom the link was made for; the same again changes nothing.

    Raises:
        UnsubscribeLinkInvalid: It is no such link.
    """
    try:
        user_id = _serializer().loads(token)
    except BadSignature:
        raise UnsubscribeLinkInvalid from None
    if not isinstance(user_id, str):
        raise UnsubscribeLinkInvalid
    session.execute(update(Preferences).where(Preferences.user_id == user_id).values(email_digest="off"))
    mine = (Observer.created_by == user_id, Observer.kind == "digest")
    session.execute(update(Observer).where(*mine).values(state="paused").execution_options(synchronize_session=False))
    digests.cancel(session, user_id)

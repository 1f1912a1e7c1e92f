"""How a person wants to hear of things."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.subscriptions import PreferencesInvalid, PreferencesView
from plumbing import checks
from svc_subscriptions.actions import digests
from svc_subscriptions.actions.quiet import known_zones
from svc_subscriptions.notification_models import OutgoingPush, Preferences

FIELDS = frozenset(
    {"time_zone", "quiet_from", "quiet_to", "push", "email_digest", "email", "mentions", "replies"}
)  # fmt: skip
_wall = re.compile(r"^([01]\d|2[0-3]):[0-5]\d\Z")
_FLAGS = frozenset({"push", "mentions", "replies"})


def checked(changes: object) -> dict[str, Any]:
    """Return changes of preferences whose values are possible.

    Raises:
        PreferencesInvalid: One is not; the fact `field` names it.
    """
    return {name: _checked(name, value) for name, value in checks.only_fields(changes, FIELDS).items()}


def _checked(name: str, value: object) -> object:
    possible = {
        "time_zone": isinstance(value, str) and value in known_zones(),
        "quiet_from": value is None or (isinstance(value, str) and bool(_wall.match(value))),
        "quiet_to": value is None or (isinstance(value, str) and bool(_wall.match(value))),
        "email_digest": value in ("off", "daily", "weekly"),
        "email": value is None or (isinstance(value, str) and len(value) <= 254),
    }
    if not (isinstance(value, bool) if name in _FLAGS else possible[name]):
        raise PreferencesInvalid(field=name)
    return value


def needs_address(changes: Mapping[str, Any]) -> bool:
    """Tell whether a change needs the person's verified address."""
    return changes.get("email") is not None or changes.get("email_digest", "off") != "off"


def with_address(changes: Mapping[str, Any], verified: str | None, locale: str) -> dict[str, Any]:
    """Return changes with the one address that digests go to: the one that the person has verified at auth.

    Raises:
        PreferencesInvalid: They have none, or named another one.
    """
    named = changes.get("email") or verified
    if verified is None or named is None or named.lower() != verified.lower():
        raise PreferencesInvalid("Digests go to the address that you have verified.", field="email")
    return {**changes, "email": verified, "locale": locale}


def get(session: Session, user_id: str) -> PreferencesView:
    """Return a person's preferences; the defaults where they never changed any."""
    return _view(session.get(Preferences, user_id) or _defaults(user_id))


def _defaults(user_id: str) -> Preferences:
    return Preferences(
        user_id=user_id, time_zone="UTC", push=True, email_digest="off", mentions=True, replies=True, locale="en"
    )


def change(session: Session, user_id: str, changes: Mapping[str, Any]) -> PreferencesView:
    """Change preferences; pushes that wait for the end of quiet hours are judged anew."""
    now = datetime.now(UTC)
    session.execute(insert(Preferences).values(user_id=user_id, updated_at=now).on_conflict_do_nothing())
    row = session.scalars(select(Preferences).where(Preferences.user_id == user_id).with_for_update()).one()
    for name, value in changes.items():
        setattr(row, name, value)
    row.updated_at = now
    if (row.quiet_from is None) != (row.quiet_to is None):
        raise PreferencesInvalid("Quiet hours have two ends.", field="quiet_from")
    session.flush()
    if changes.keys() & {"quiet_from", "quiet_to", "time_zone", "push"}:
        waiting = (OutgoingPush.user_id == user_id, OutgoingPush.state == "waiting", OutgoingPush.attempts == 0)
        session.execute(
            update(OutgoingPush)
            .where(*waiting)
            .values(next_attempt_at=now)
            .execution_options(synchronize_session=False)
        )
    if changes.keys() & {"email_digest", "email", "time_zone"}:
        digests.schedule(session, user_id, now)
    return _view(row)


def _view(row: Preferences) -> PreferencesView:
    return {
        "time_zone": row.time_zone,
        "quiet_from": row.quiet_from,
        "quiet_to": row.quiet_to,
        "push": row.push,
        "email_digest": cast(Literal["off", "daily", "weekly"], row.email_digest),
        "email": row.email,
        "mentions": row.mentions,
        "replies": row.replies,
    }

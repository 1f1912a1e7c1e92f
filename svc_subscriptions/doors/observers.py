"""Observers that a channel's admins attach and detach while everything runs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy.orm import Session

from contracts.base import Page
from contracts.subscriptions import AddressRefused, DeliveryView, ObserverKind, ObserverView, PreferencesInvalid
from plumbing import checks, outgoing
from plumbing.idempotency import once
from plumbing.rpc import ServiceRpc, rpc
from svc_subscriptions.actions import digests, observers, preferences
from svc_subscriptions.doors.base import Door

_FIELDS = ("url", "events", "state")


class Observers(Door):
    """Webhooks and digests with a cursor each."""

    auth: Any = ServiceRpc("auth")

    @rpc
    def attach_observer(
        self,
        *,
        channel_id: str,
        kind: ObserverKind,
        url: str | None = None,
        events: list[str] | None = None,
        from_seq: int | None = None,
    ) -> ObserverView:
        """Attach an observer, once for each Idempotency-Key; a webhook's secret is in this answer alone."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        wanted = cast(ObserverKind, checks.one_of(kind, "kind", ("webhook", "digest")))
        names, start = _events(events), checks.an_optional_number(from_seq, "from_seq")
        address = None if url is None else _url(url)
        changes = self._address() if wanted == "digest" else None

        request = ["attach_observer", channel_id, wanted, address, names, start]

        def make(session: Session) -> str:
            row = observers.attach(session, channel_id, me, wanted, address, names, start)
            if changes is not None:
                preferences.change(session, me, changes)
                digests.schedule(session, me, datetime.now(UTC))
            return row.id

        def work(session: Session) -> ObserverView:
            observer_id = once(session, me, request, lambda: make(session))
            row = observers.find(session, channel_id, observer_id, me)
            return observers.observer_view(row, observers.head_of(session, channel_id), observers.secret_of(row))

        return self.write(work)

    @rpc
    def list_observers(self, *, channel_id: str) -> Page[ObserverView]:
        """Return a channel's observers."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        with self.db.reading() as session:
            rows, head = observers.list_of(session, channel_id, me)
            return {"items": [observers.observer_view(row, head) for row in rows], "next": None}

    @rpc
    def update_observer(self, *, channel_id: str, observer_id: str, changes: dict[str, Any]) -> ObserverView:
        """Change an observer's `url`, `events` or `state` (`active` or `paused`)."""
        me, key = self.me(), _key(channel_id, observer_id)
        wanted = _checked(changes)

        def work(session: Session) -> ObserverView:
            row, head = observers.lock(session, *key, me)
            observers.change(row, wanted)
            if row.kind == "digest":
                session.flush()
                digests.schedule(session, row.created_by, datetime.now(UTC))
            return observers.observer_view(row, head)

        return self.write(work)

    @rpc
    def detach_observer(self, *, channel_id: str, observer_id: str) -> None:
        """Remove an observer; the same again does nothing."""
        me, key = self.me(), _key(channel_id, observer_id)
        self.write(lambda session: observers.detach(session, *key, me))

    @rpc
    def replay_observer(self, *, channel_id: str, observer_id: str, from_seq: int) -> ObserverView:
        """Let an observer get the log again from the entry `from_seq`; a disabled one is active again."""
        me, key, start = self.me(), _key(channel_id, observer_id), checks.a_number(from_seq, "from_seq")

        def work(session: Session) -> ObserverView:
            row, head = observers.lock(session, *key, me)
            observers.replay(row, head, start)
            return observers.observer_view(row, head)

        return self.write(work)

    @rpc
    def list_deliveries(self, *, channel_id: str, observer_id: str, limit: int = 50) -> Page[DeliveryView]:
        """Return the last attempts to hand something to an observer, the newest first."""
        me, key, limit = self.me(), _key(channel_id, observer_id), checks.a_limit(limit)
        with self.db.reading() as session:
            observers.find(session, *key, me)
            rows = observers.list_deliveries(session, *key, limit)
            return {"items": [observers.delivery_view(row) for row in rows], "next": None}

    def _address(self) -> dict[str, Any]:
        """Return the caller's verified address as a change of preferences.

        Raises:
            PreferencesInvalid: They have none.
        """
        me = self.auth.get_me()
        verified = me["email"] if me["email_verified"] else None
        if verified is None:
            raise PreferencesInvalid("Digests go to the address that you have verified.", field="email")
        return preferences.with_address({}, verified, me["locale"])


def _key(channel_id: object, observer_id: object) -> tuple[str, str]:
    return checks.an_id(channel_id, "channel_id"), checks.an_id(observer_id, "observer_id")


def _events(value: object) -> list[str]:
    names = [] if value is None else checks.a_list(value, "events", len(observers.EVENTS))
    return list(dict.fromkeys(checks.one_of(name, "events", observers.EVENTS) for name in names))


def _url(value: object) -> str:
    """Return a webhook's address, which may be called as far as its name resolves now.

    Raises:
        AddressRefused: It may not be.
    """
    try:
        outgoing.check(value)
    except outgoing.OutgoingRefused as error:
        raise AddressRefused(field="url", reason=error.reason) from None
    return str(value)


def _checked(changes: object) -> dict[str, Any]:
    found = dict(checks.only_fields(changes, _FIELDS))
    if "url" in found:
        found["url"] = _url(found["url"])
    if "events" in found:
        found["events"] = _events(found["events"])
    if "state" in found:
        found["state"] = checks.one_of(found["state"], "state", ("active", "paused"))
    return found

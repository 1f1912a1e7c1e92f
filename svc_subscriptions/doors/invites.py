"""Invitations, and those who wait to be let in."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from contracts.base import Page
from contracts.clock import rfc3339
from contracts.subscriptions import InviteView, JoinRequestView, UnknownInvite
from plumbing import checks
from plumbing.idempotency import once
from plumbing.rpc import rpc
from plumbing.settings import settings
from svc_subscriptions.actions import channels, inviting, sealing
from svc_subscriptions.channel_views import channel_view, invite_view
from svc_subscriptions.doors.base import Door

MAX_AGE_S = 366 * 24 * 3600
MAX_USES = 1_000_000
MAX_CODE = 100


class Invites(Door):
    """The way into a private channel."""

    @rpc
    def create_invite(
        self,
        *,
        channel_id: str,
        expires_in_s: int | None = None,
        max_uses: int | None = None,
        needs_approval: bool = False,
    ) -> InviteView:
        """Make an invitation, once for each Idempotency-Key; its code is told to whoever makes it alone."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        age = checks.an_optional_number(expires_in_s, "expires_in_s", 1, MAX_AGE_S)
        uses = checks.an_optional_number(max_uses, "max_uses", 1, MAX_USES)
        approval = checks.a_flag(needs_approval, "needs_approval")
        request = ["create_invite", channel_id, age, uses, approval]

        def make(session: Session) -> list[str]:
            invite, code = inviting.create_invite(session, channel_id, me, age, uses, needs_approval=approval)
            return [invite.id, sealing.invite_codes.seal(code).decode()]

        def work(session: Session) -> InviteView:
            invite_id, sealed = once(session, me, request, lambda: make(session))
            view = invite_view(inviting.get_invite(session, channel_id, me, invite_id))
            code = sealing.invite_codes.unseal(sealed.encode())
            return {**view, "code": code, "url": f"{settings().public_url.rstrip('/')}/join/{code}"}

        return self.write(work)

    @rpc
    def list_invites(self, *, channel_id: str) -> Page[InviteView]:
        """Return a channel's invitations, for its admins."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        with self.db.reading() as session:
            return {"items": [invite_view(row) for row in inviting.list_invites(session, channel_id, me)], "next": None}

    @rpc
    def revoke_invite(self, *, channel_id: str, invite_id: str) -> None:
        """End an invitation."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        invite_id = checks.an_id(invite_id, "invite_id")
        self.write(lambda session: inviting.revoke_invite(session, channel_id, me, invite_id))

    @rpc
    def accept_invite(self, *, code: str) -> dict[str, Any]:
        """Follow the channel of an invitation, or ask to: `{state: joined|requested, channel}`."""
        me, code = self.me(), checks.a_text(code, "code", MAX_CODE)
        if not code.isascii():
            raise UnknownInvite
        channel_id, joined = self.write(lambda session: inviting.accept_invite(session, me, code))
        if not joined:
            return {"state": "requested", "channel": None}
        with self.db.reading() as session:
            return {"state": "joined", "channel": channel_view(channels.get_place(session, channel_id, me))}

    @rpc
    def list_join_requests(self, *, channel_id: str) -> Page[JoinRequestView]:
        """Return who waits to be let in, for the channel's admins."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        with self.db.reading() as session:
            found = inviting.list_join_requests(session, channel_id, me)
        items: list[JoinRequestView] = [
            {"channel_id": row.channel_id, "user_id": row.user_id, "requested_at": rfc3339(row.requested_at)}
            for row in found
        ]
        return {"items": items, "next": None}

    @rpc
    def answer_join_request(self, *, channel_id: str, user_id: str, accept: bool) -> None:
        """Let somebody in, or turn them down."""
        me, channel_id, person = self.me(), checks.an_id(channel_id, "channel_id"), checks.an_id(user_id, "user_id")
        accept = checks.a_flag(accept, "accept")
        self.write(lambda session: inviting.answer_join_request(session, channel_id, me, person, accept=accept))

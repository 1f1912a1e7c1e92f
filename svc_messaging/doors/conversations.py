"""Conversations and their members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from contracts.base import Page
from contracts.messaging import (
    MAX_MEMBERS,
    ConversationKind,
    ConversationView,
    DirectIsForTwo,
    MemberRole,
    MemberView,
    MySettingsView,
    UnknownPerson,
)
from plumbing import checks
from plumbing.idempotency import once
from plumbing.rpc import rpc
from svc_messaging import conversation_views as views
from svc_messaging.actions import conversations, members
from svc_messaging.doors.base import Door

MAX_TITLE = 200
MAX_ADDED = 100
MAX_SLOW_MODE_S = 24 * 3600
ROLES = ("member", "moderator", "owner")


class Conversations(Door):
    """Conversations, their settings and who is in them."""

    @rpc
    def create_conversation(
        self, *, kind: ConversationKind, member_ids: list[str], title: str | None = None
    ) -> ConversationView:
        """Begin a group, or return the direct conversation with somebody, which is begun if there is none."""
        me = self.me()
        kind = cast(ConversationKind, checks.one_of(kind, "kind", ("direct", "group")))
        others = [each for each in checks.ids(member_ids, "member_ids", MAX_MEMBERS) if each != me]
        title = _title(title)
        return self._view(self._begin_direct(me, others) if kind == "direct" else self._begin(me, others, title), me)

    def _begin_direct(self, me: str, others: Sequence[str]) -> str:
        if len(others) != 1:
            raise DirectIsForTwo
        with self.db.reading() as session:
            found = conversations.find_direct(session, me, others[0])
        if found is not None:
            return found
        self._demand_known(others)
        return self.write(lambda session: conversations.create_direct(session, me, others[0]))

    def _begin(self, me: str, others: Sequence[str], title: str | None) -> str:
        self._demand_known(others)
        request = ["create_conversation", sorted(others), title]
        return self.write(
            lambda session: once(session, me, request, lambda: conversations.create_group(session, me, others, title))
        )

    @rpc
    def get_conversation(self, *, conversation_id: str) -> ConversationView:
        """Return one of one's conversations, with its members where they are at most 100."""
        return self._view(checks.an_id(conversation_id, "conversation_id"), self.me())

    @rpc
    def list_conversations(
        self, *, limit: int = 50, after: str | None = None, archived: bool = False
    ) -> Page[ConversationView]:
        """Return one's conversations: pinned ones first, then the latest first."""
        me, limit = self.me(), checks.a_limit(limit, 100)
        cursor = checks.from_cursor(after, bool, str, str)
        if cursor is not None:
            cursor = [cursor[0], checks.a_moment(cursor[1], "after"), checks.an_id(cursor[2], "after")]
        archived = checks.a_flag(archived, "archived")
        with self.db.reading() as session:
            found = conversations.list_places(session, me, limit + 1, cursor, archived=archived)
            items = views.conversation_views(session, found[:limit], me)
        return {"items": items, "next": _cursor(found[limit - 1]) if len(found) > limit else None}

    @rpc
    def update_conversation(self, *, conversation_id: str, changes: dict[str, Any]) -> ConversationView:
        """Change `title` or `slow_mode_s` of a group; for its moderators and owners."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        checked = _checked(changes, {"title": _title, "slow_mode_s": _slow_mode_s})
        self.write(lambda session: conversations.update_conversation(session, conversation_id, me, checked))
        return self._view(conversation_id, me)

    @rpc
    def update_my_settings(self, *, conversation_id: str, changes: dict[str, Any]) -> MySettingsView:
        """Change `muted_until`, `pinned`, `archived` or `marked_unread`, for oneself."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        checked = _checked(changes, _MY_SETTINGS)
        return self.write(
            lambda session: views.settings_view(conversations.update_my_settings(session, conversation_id, me, checked))
        )

    @rpc
    def list_members(self, *, conversation_id: str, limit: int = 100, after: str | None = None) -> Page[MemberView]:
        """Return the members of one of one's conversations, by their ids."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        limit, cursor = checks.a_limit(limit), checks.from_cursor(after, str)
        last = checks.an_id(cursor[0], "after") if cursor else None
        with self.db.reading() as session:
            found = members.list_members(session, conversation_id, me, limit + 1, last)
        more = len(found) > limit
        return {
            "items": [views.member_view(member) for member in found[:limit]],
            "next": checks.to_cursor(found[limit - 1].user_id) if more else None,
        }

    @rpc
    def add_members(self, *, conversation_id: str, user_ids: list[str]) -> ConversationView:
        """Add up to 100 people to a group; for its moderators and owners."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        added = checks.ids(user_ids, "user_ids", MAX_ADDED)
        # Strangers learn nothing about people from the answer: they get no further than here.
        self._view(conversation_id, me)
        self._demand_known(added)
        self.write(lambda session: members.add_members(session, conversation_id, me, added))
        return self._view(conversation_id, me)

    @rpc
    def remove_member(self, *, conversation_id: str, user_id: str) -> None:
        """Remove somebody of a lower role from a group, or leave it oneself."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        removed = checks.an_id(user_id, "user_id")
        self.write(lambda session: members.remove_member(session, conversation_id, me, removed))

    @rpc
    def set_member_role(self, *, conversation_id: str, user_id: str, role: MemberRole) -> MemberView:
        """Give a member another role; for owners."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        person, word = checks.an_id(user_id, "user_id"), checks.one_of(role, "role", ROLES)
        return self.write(
            lambda session: views.member_view(members.set_member_role(session, conversation_id, me, person, word))
        )

    def _view(self, conversation_id: str, me: str) -> ConversationView:
        with self.db.reading() as session:
            place = conversations.get_place(session, conversation_id, me)
            return views.conversation_views(session, [place], me, with_members=True)[0]

    def _demand_known(self, people: Sequence[str]) -> None:
        if not people:
            return
        found = self.auth.find_users(user_ids=list(people))
        if {each["id"] for each in found if not each["deactivated"]} != set(people):
            raise UnknownPerson


def _title(value: object) -> str | None:
    return None if value is None else checks.a_text(value, "title", MAX_TITLE).strip() or None


def _slow_mode_s(value: object) -> int:
    return checks.a_number(value, "slow_mode_s", 0, MAX_SLOW_MODE_S)


_MY_SETTINGS: dict[str, Callable[[Any], Any]] = {
    "muted_until": lambda value: None if value is None else checks.a_moment(value, "muted_until"),
    "pinned": lambda value: checks.a_flag(value, "pinned"),
    "archived": lambda value: checks.a_flag(value, "archived"),
    "marked_unread": lambda value: checks.a_flag(value, "marked_unread"),
}


def _checked(changes: object, fields: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: fields[name](value) for name, value in checks.only_fields(changes, fields).items()}


def _cursor(place: views.Place) -> str:
    conversation, member, _ = place
    return checks.to_cursor(member.pinned, conversation.last_message_at.isoformat(), conversation.id)

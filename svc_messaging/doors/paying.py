"""What svc_payments asks before it lets people pay each other."""

from __future__ import annotations

from typing import Any

from contracts.base import Invalid
from contracts.messaging import MAX_BATCH, MembersItem
from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging.actions import payments
from svc_messaging.doors.base import Door

#: Who may ask about other people.
ASKING = ("payments",)
MAX_PEOPLE = 10


class Paying(Door):
    """For services alone, by their own token."""

    @rpc
    def find_members(self, *, conversation_id: str, user_ids: list[str]) -> list[str]:
        """Return those of the people who are members now; nobody of a direct chat in which one blocked the other."""
        self.caller.service(*ASKING)
        asked = _asked({"conversation_id": conversation_id, "user_ids": user_ids})
        with self.db.reading() as session:
            return payments.members_to_pay(session, [asked])[0]

    @rpc
    def find_members_of_many(self, *, items: list[MembersItem]) -> list[list[str]]:
        """Return the same for each of up to 64 questions, in their order."""
        self.caller.service(*ASKING)
        asked = [_asked(item) for item in checks.a_list(items, "items", MAX_BATCH)]
        with self.db.reading() as session:
            return payments.members_to_pay(session, asked)


def _asked(item: Any) -> payments.Asked:
    if not isinstance(item, dict):
        raise Invalid("Ask about a conversation and people.", field="items")
    conversation_id = checks.an_id(item.get("conversation_id"), "conversation_id")
    return conversation_id, checks.ids(item.get("user_ids"), "user_ids", MAX_PEOPLE)

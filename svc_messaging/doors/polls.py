"""Polls."""

from __future__ import annotations

from typing import Any

from contracts.base import Invalid, Page
from contracts.messaging import MessageView
from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging import views
from svc_messaging.actions import polls
from svc_messaging.doors.base import Door

MAX_OPTIONS = 12


class Polls(Door):
    """Votes under messages."""

    @rpc
    def vote_poll(self, *, message_id: str, option_ids: list[int]) -> MessageView:
        """Vote, change one's vote, or take it back with no options."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        options = _options(option_ids)
        return self.write(
            lambda session: views.message_views(session, [polls.vote(session, me, message_id, options)], me)[0]
        )

    @rpc
    def close_poll(self, *, message_id: str) -> MessageView:
        """Close a poll: for its author and for moderators."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        return self.write(
            lambda session: views.message_views(session, [polls.close_poll(session, me, message_id)], me)[0]
        )

    @rpc
    def list_poll_votes(self, *, message_id: str, limit: int = 100, after: str | None = None) -> Page[dict[str, Any]]:
        """Return who voted for what in a poll that is not anonymous, by person."""
        me, message_id = self.me(), checks.an_id(message_id, "message_id")
        limit, place = checks.a_limit(limit), checks.from_cursor(after, str, int)
        start = (checks.an_id(place[0], "after"), checks.a_number(place[1], "after")) if place else None
        with self.db.reading() as session:
            found = polls.list_votes(session, me, message_id, limit + 1, start)
        items: list[dict[str, Any]] = [{"user_id": vote.user_id, "option_id": vote.option_id} for vote in found[:limit]]
        last = items[-1] if len(found) > limit else None
        return {"items": items, "next": checks.to_cursor(last["user_id"], last["option_id"]) if last else None}


def _options(value: object) -> list[int]:
    if not isinstance(value, list) or len(value) > MAX_OPTIONS:
        raise Invalid("That is not a list of options.", code="invalid_list", field="option_ids")
    return [checks.a_number(option, "option_ids", 0, MAX_OPTIONS) for option in value]

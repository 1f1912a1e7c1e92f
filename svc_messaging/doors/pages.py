"""Reading pages of messages: one for the caller, or several at once for different people."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy.orm import Session

from contracts.base import Invalid, Page, ServiceError
from contracts.messaging import MAX_PAGE_OF_MANY, MAX_PAGES, MessageView, PageItem, PageResult, SharedKind
from plumbing import checks
from plumbing.identity import verify_user_token
from plumbing.rpc import rpc
from svc_messaging.actions import history
from svc_messaging.doors.base import Door


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    """Which page is asked for; a `PageItem` before its values are checked."""

    conversation_id: Any
    limit: Any
    before_seq: Any = None
    after_seq: Any = None
    around_seq: Any = None
    token: str = ""


class Pages(Door):
    """The messages of conversations, page by page."""

    @rpc
    def list_messages(
        self,
        *,
        conversation_id: str,
        limit: int = 50,
        before_seq: int | None = None,
        after_seq: int | None = None,
        around_seq: int | None = None,
    ) -> Page[MessageView]:
        """Return up to `limit` messages in the order of `seq`: the last ones, or those at a number."""
        me, asked = self.me(), Asked(conversation_id, limit, before_seq, after_seq, around_seq)
        with self.db.reading() as session:
            return _read(session, me, asked, 200)

    @rpc
    def list_shared(
        self, *, conversation_id: str, kind: SharedKind, limit: int = 50, before_seq: int | None = None
    ) -> list[MessageView]:
        """Return up to `limit` messages that carry media or links: the last ones, or those before a number."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        wanted = checks.one_of(kind, "kind", ("media", "links"))
        limit, before = checks.a_limit(limit), checks.an_optional_number(before_seq, "before_seq")
        with self.db.reading() as session:
            return history.list_shared(session, conversation_id, me, wanted, limit, before)

    @rpc
    def list_message_pages(self, *, items: list[PageItem]) -> list[PageResult]:
        """Return a few small pages for different people; each item has its own outcome."""
        wanted = checks.a_list(items, "items", MAX_PAGES)
        with self.db.reading() as session:
            return [_page(session, item) for item in wanted]


def _page(session: Session, item: Any) -> PageResult:
    try:
        asked = msgspec.convert(item, Asked)
        return {"page": _read(session, verify_user_token(asked.token).user_id, asked, MAX_PAGE_OF_MANY)}
    except msgspec.ValidationError:
        error: ServiceError = Invalid("That is not a page to read.", code="invalid_item", field="items")
    except ServiceError as refusal:
        error = refusal
    return {"error": {**error.to_wire()}}


def _read(session: Session, reader_id: str, asked: Asked, most: int) -> Page[MessageView]:
    conversation_id = checks.an_id(asked.conversation_id, "conversation_id")
    limit = checks.a_limit(asked.limit, most)
    marks = [
        checks.an_optional_number(asked.before_seq, "before_seq"),
        checks.an_optional_number(asked.after_seq, "after_seq"),
        checks.an_optional_number(asked.around_seq, "around_seq"),
    ]
    if sum(mark is not None for mark in marks) > 1:
        raise Invalid("Give one of before_seq, after_seq and around_seq.", code="too_many_marks")
    items = history.list_messages(session, conversation_id, reader_id, limit, *marks)
    return {"items": items, "next": _next(items, limit, forward=asked.after_seq is not None)}


def _next(items: list[MessageView], limit: int, *, forward: bool) -> str | None:
    """Return the seq to go on from, None at the end: the beginning of the conversation, or its newest message."""
    if len(items) < limit:
        return None
    if forward:
        return str(items[-1]["seq"])
    return str(items[0]["seq"]) if items[0]["seq"] > 1 else None

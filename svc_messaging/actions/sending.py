"""Sending: a batch of messages in one transaction, each stored exactly once.

The conversations are locked in the order of their ids, so a batch sees every message committed
before it: what is a replay, and which number comes next, is then a plain fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, tuple_
from sqlalchemy.orm import Session

from contracts.base import ServiceError, new_id
from contracts.clock import rfc3339
from contracts.messaging import (
    Blocked,
    IdempotencyMismatch,
    MessageCreated,
    MessageView,
    PollInvalid,
    ReplyInvalid,
    ScheduledView,
    SendResult,
    SendTimeInvalid,
    SlowMode,
    UnknownConversation,
)
from plumbing.outbox import record_events
from svc_messaging import live, views
from svc_messaging.actions import commands, storing, telling
from svc_messaging.actions.composing import Outgoing, to_body
from svc_messaging.models import Message, ScheduledMessage

MAX_AHEAD = timedelta(days=366)


def send_all(session: Session, messages: Sequence[Outgoing]) -> list[SendResult]:
    """Store `messages` and return each one's own outcome, in their order.

    Whoever wrote each message has been verified, and its content checked by `compose`.
    """
    if not messages:
        return []
    batch = _Batch(session, messages)
    batch.decide_all()
    batch.store()
    return batch.results()


def error_result(error: ServiceError) -> SendResult:
    """Return the outcome of an item that was refused."""
    return {"error": {**error.to_wire()}}


class _Batch:
    """One transaction's worth of messages."""

    def __init__(self, session: Session, messages: Sequence[Outgoing]) -> None:
        self.session = session
        self.messages = messages
        self.now = datetime.now(UTC)
        self.conversations = storing.lock(session, [(each.conversation_id, each.author_id) for each in messages])
        self.heads = {key: [row.seq, row.ver] for key, row in self.conversations.items()}
        self.facts = storing.facts(session, self._questions())
        self.answering = commands.answering(session, self._commands())
        self.outcomes: list[SendResult] = [{} for _ in messages]
        self.firsts: dict[tuple[str, str, str], int] = {}
        self.fresh: list[storing.NewMessage] = []
        self.shown: list[MessageView] = []
        self.events: list[MessageCreated] = []
        self.polls: list[dict[str, Any]] = []
        self.scheduled: list[dict[str, Any]] = []
        self.priors: dict[int, tuple[str, int]] = {}
        self.waiting: dict[int, tuple[str, str]] = {}
        self.sent_at: dict[tuple[str, str], datetime] = {}

    def _questions(self) -> list[dict[str, Any]]:
        return [
            {
                "i": number,
                "c": each.conversation_id,
                "u": each.author_id,
                "k": each.client_msg_id,
                "r": each.reply_to,
                "direct": self.conversations[each.conversation_id].kind == "direct",
            }
            for number, each in enumerate(self.messages)
            if each.conversation_id in self.conversations
        ]

    def _commands(self) -> Iterator[commands.Place]:
        for each in self.messages:
            if each.text.startswith("/") and each.forwarded_from is None and (name := commands.named(each.text)):
                yield each.conversation_id, name

    def decide_all(self) -> None:
        for number, message in enumerate(self.messages):
            try:
                self._decide(number, message)
            except ServiceError as error:
                self.outcomes[number] = error_result(error)

    def _decide(self, number: int, message: Outgoing) -> None:
        fact = self.facts.get(number)
        if fact is None or fact.role is None:
            raise UnknownConversation
        if self._is_replay(number, message, fact):
            return
        self._check(message, fact)
        if message.send_at is None:
            self._number(number, message, fact)
        else:
            self._schedule(number, message)
        self.firsts[message.key] = number

    def _is_replay(self, number: int, message: Outgoing, fact: Row[Any]) -> bool:
        first = self.firsts.get(message.key)
        if first is not None:
            _demand_same(self.messages[first].body_hash, message)
            self.outcomes[number] = {**self.outcomes[first], "replayed": True}
        elif fact.prior_seq is not None:
            _demand_same(fact.prior_hash, message)
            self.priors[number] = (message.conversation_id, fact.prior_seq)
        elif fact.waiting_id is not None:
            _demand_same(fact.waiting_hash, message)
            self.waiting[number] = (message.conversation_id, fact.waiting_id)
        else:
            return False
        return True

    def _check(self, message: Outgoing, fact: Row[Any]) -> None:
        if fact.blocked:
            raise Blocked
        if message.reply_to and fact.replied_id is None:
            raise ReplyInvalid
        closes_at = message.poll["closes_at"] if message.poll else None
        if closes_at and datetime.fromisoformat(closes_at) <= (message.send_at or self.now):
            raise PollInvalid
        if message.send_at is not None:
            if not self.now < message.send_at <= self.now + MAX_AHEAD:
                raise SendTimeInvalid
            return
        slow_mode_s = self.conversations[message.conversation_id].slow_mode_s
        if slow_mode_s and fact.role == "member":
            self._wait_turn(message, fact, slow_mode_s)

    def _wait_turn(self, message: Outgoing, fact: Row[Any], slow_mode_s: int) -> None:
        place = (message.conversation_id, message.author_id)
        last = self.sent_at.get(place, fact.last_sent_at)
        if last is not None and (left := slow_mode_s - (self.now - last).total_seconds()) > 0:
            raise SlowMode(retry_after_s=max(1, round(left)))
        self.sent_at[place] = self.now

    def _number(self, number: int, message: Outgoing, fact: Row[Any]) -> None:
        head = self.heads[message.conversation_id]
        head[0] += 1
        head[1] += 1
        root = (fact.thread_root or fact.replied_id) if message.reply_to else None
        row = _new_row(message, head[0], head[1], root, self.now)
        if self.answering and message.forwarded_from is None:
            row.entities = commands.marked(message.text, message.entities, self._who_answers(message))
        self.fresh.append(row)
        view = _fresh_view(message, row)
        self.shown.append(view)
        self.events.append(_created_event(message, row, self.conversations[row.conversation_id].linked))
        if message.poll:
            self.polls.append({"conversation_id": row.conversation_id, "message_id": row.id, **message.poll})
        self.outcomes[number] = {"message": view}

    def _who_answers(self, message: Outgoing) -> str | None:
        return self.answering.get((message.conversation_id, commands.named(message.text) or ""))

    def _schedule(self, number: int, message: Outgoing) -> None:
        row = {
            "conversation_id": message.conversation_id,
            "id": new_id(),
            "author_id": message.author_id,
            "client_msg_id": message.client_msg_id,
            "body": to_body(message),
            "body_hash": message.body_hash.hex(),
            "send_at": message.send_at,
            "created_at": self.now,
        }
        self.scheduled.append(row)
        view = scheduled_view(ScheduledMessage(**{**row, "body_hash": message.body_hash}))
        self.outcomes[number] = {"scheduled": view}

    def store(self) -> None:
        storing.store(self.session, self.fresh)
        storing.store_polls(self.session, self.polls)
        storing.store_scheduled(self.session, self.scheduled)
        record_events(self.session, telling.address(self.session, self.events))
        for view in self.shown:
            live.to_conversation(self.session, view["conversation_id"], view["ver"], "message.created", view)

    def results(self) -> list[SendResult]:
        self._fill_replayed_messages()
        self._fill_replayed_scheduled()
        return self.outcomes

    def _fill_replayed_messages(self) -> None:
        if not self.priors:
            return
        table = Message.__table__
        wanted = tuple_(table.c.conversation_id, table.c.seq).in_(set(self.priors.values()))
        rows = self.session.execute(select(table).where(wanted)).all()
        found = {(view["conversation_id"], view["seq"]): view for view in views.message_views(self.session, rows, None)}
        for number, place in self.priors.items():
            self.outcomes[number] = {"message": found[place], "replayed": True}

    def _fill_replayed_scheduled(self) -> None:
        if not self.waiting:
            return
        wanted = tuple_(ScheduledMessage.conversation_id, ScheduledMessage.id).in_(set(self.waiting.values()))
        rows = {row.id: row for row in self.session.scalars(select(ScheduledMessage).where(wanted))}
        for number, (_, scheduled_id) in self.waiting.items():
            self.outcomes[number] = {"scheduled": scheduled_view(rows[scheduled_id]), "replayed": True}


def _demand_same(body_hash: bytes | memoryview | None, message: Outgoing) -> None:
    if body_hash is None or bytes(body_hash) != message.body_hash:
        raise IdempotencyMismatch


def _new_row(message: Outgoing, seq: int, ver: int, root: str | None, now: datetime) -> storing.NewMessage:
    expires_at = now + timedelta(seconds=message.ttl_s) if message.ttl_s else None
    return storing.NewMessage(
        conversation_id=message.conversation_id,
        seq=seq,
        id=new_id(),
        ver=ver,
        kind=message.kind,
        author_id=message.author_id,
        client_msg_id=message.client_msg_id,
        body_hash=message.body_hash.hex(),
        text=message.text,
        entities=message.entities,
        media_ids=message.media_ids,
        reply_to=message.reply_to,
        thread_root=root,
        forwarded_from=message.forwarded_from,
        created_at=rfc3339(now),
        expires_at=rfc3339(expires_at) if expires_at else None,
    )


def _fresh_view(message: Outgoing, row: storing.NewMessage) -> MessageView:
    return {
        "id": row.id,
        "conversation_id": row.conversation_id,
        "seq": row.seq,
        "ver": row.ver,
        "kind": "poll" if message.poll else "text",
        "author_id": row.author_id,
        "client_msg_id": row.client_msg_id,
        "text": row.text,
        "entities": row.entities,
        "media_ids": row.media_ids,
        "reply_to": row.reply_to,
        "thread_root": row.thread_root,
        "reply_count": 0,
        "forwarded_from": row.forwarded_from,
        "poll": views.fresh_poll_view(message.poll) if message.poll else None,
        "payment": None,
        "webhook": None,
        "reactions": [],
        "pinned": False,
        "created_at": row.created_at,
        "edited_at": None,
        "expires_at": row.expires_at,
        "deleted": False,
    }


def _created_event(message: Outgoing, row: storing.NewMessage, linked: bool) -> MessageCreated:
    mentions = [each["user_id"].lower() for each in message.entities if each["type"] == "mention"]
    return MessageCreated(
        conversation_id=row.conversation_id,
        ver=row.ver,
        message_id=row.id,
        seq=row.seq,
        author_id=row.author_id,
        mentions=list(dict.fromkeys(mentions)),
        reply_to=row.reply_to,
        media_ids=row.media_ids,
        linked=linked,
    )


def scheduled_view(row: ScheduledMessage) -> ScheduledView:
    """Return a waiting message as its author sees it."""
    return {
        "id": row.id,
        "conversation_id": row.conversation_id,
        "client_msg_id": row.client_msg_id,
        "text": row.body["text"],
        "send_at": rfc3339(row.send_at),
        "created_at": rfc3339(row.created_at),
    }

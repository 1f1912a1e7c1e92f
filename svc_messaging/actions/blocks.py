"""Blocks: between two people, one of whom blocked the other, nothing new is written or begun."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from contracts.base import Invalid
from contracts.messaging import Blocked
from svc_messaging.models import Block, Conversation, Member


class BlockSelf(Invalid):
    """A block is between two people."""

    code = "block_self"
    detail = "You cannot block yourself."


def block(session: Session, user_id: str, blocked_id: str) -> Block:
    """Make `user_id` block `blocked_id`, and return the block; a second time changes nothing.

    Raises:
        BlockSelf: Both are the same person.
    """
    if user_id == blocked_id:
        raise BlockSelf
    values = {"user_id": user_id, "blocked_id": blocked_id, "created_at": datetime.now(UTC)}
    session.execute(insert(Block).values(values).on_conflict_do_nothing())
    return session.scalars(select(Block).filter_by(user_id=user_id, blocked_id=blocked_id)).one()


def unblock(session: Session, user_id: str, blocked_id: str) -> None:
    """End the block of `blocked_id` by `user_id`, if there is one."""
    session.execute(delete(Block).where(Block.user_id == user_id, Block.blocked_id == blocked_id))


def list_blocks(session: Session, user_id: str, limit: int, after: str | None) -> list[Block]:
    """Return up to `limit` of the blocks that `user_id` made, by the blocked person's id."""
    query = select(Block).where(Block.user_id == user_id).order_by(Block.blocked_id).limit(limit)
    if after is not None:
        query = query.where(Block.blocked_id > after)
    return list(session.scalars(query))


def blocked_with(session: Session, user_id: str, others: Collection[str]) -> set[str]:
    """Return those of `others` between whom and `user_id` there is a block, whoever made it."""
    query = select(Block.user_id, Block.blocked_id).where(
        or_(
            and_(Block.user_id == user_id, Block.blocked_id.in_(others)),
            and_(Block.user_id.in_(others), Block.blocked_id == user_id),
        )
    )
    return {one if other == user_id else other for one, other in session.execute(query)}


def refuse_blocked(session: Session, user_id: str, others: Collection[str]) -> None:
    """Let `user_id` begin something with `others`, or refuse.

    Raises:
        Blocked: One of them blocked `user_id`, or is blocked by them.
    """
    if others and blocked_with(session, user_id, others):
        raise Blocked


def refuse_blocked_in(session: Session, conversation: Conversation, user_id: str) -> None:
    """Let `user_id` do something in a conversation that others see, or refuse; groups know no blocks.

    Raises:
        Blocked: It is a direct one, and one of the two blocked the other.
    """
    if conversation.kind == "direct":
        query = select(Member.user_id).where(Member.conversation_id == conversation.id, Member.user_id != user_id)
        refuse_blocked(session, user_id, session.scalars(query).all())

"""Reports: what members tell the platform's moderators about a message or a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from contracts.base import Invalid, new_id
from contracts.clock import rfc3339
from contracts.messaging import ReportClosed, ReportedView, ReportView, UnknownMember, UnknownMessage, UnknownReport
from svc_messaging.actions.access import lock_conversation, message_for
from svc_messaging.models import Conversation, Member, Message, Report
from svc_messaging.views import message_views

REASONS = frozenset({"spam", "harassment", "hate", "violence", "sexual", "self_harm", "illegal", "other"})
STATES = frozenset({"open", "resolved", "dismissed"})
MAX_NOTE = 2_000
#: How many messages before and after a reported one its moderators see.
NEARBY = 3


class ReportAboutNothing(Invalid):
    """Nobody else is reported."""

    code = "report_about_nothing"
    detail = "A report names a message or another person."


def create_report(
    session: Session,
    reporter_id: str,
    conversation_id: str,
    reason: str,
    note: str,
    message_id: str | None,
    user_id: str | None,
) -> Report:
    """Report a message, or a person who is or was heard in the conversation.

    The same person's open report about the same thing is returned instead of a second one.

    Raises:
        UnknownConversation: The reporter is not a member.
        UnknownMessage: They cannot read the message in this conversation.
        UnknownMember: The person has nothing to do with the conversation.
        ReportAboutNothing: Neither is named, or they report themselves.
    """
    lock_conversation(session, conversation_id, reporter_id)
    if message_id is not None:
        user_id = _author_of(session, reporter_id, conversation_id, message_id)
    elif user_id is not None:
        _demand_known(session, conversation_id, user_id)
    if user_id is None or user_id == reporter_id:
        raise ReportAboutNothing
    earlier = _open_report(session, reporter_id, conversation_id, message_id, user_id)
    if earlier is not None:
        return earlier
    report = Report(
        conversation_id=conversation_id,
        id=new_id(),
        message_id=message_id,
        user_id=user_id,
        reporter_id=reporter_id,
        reason=reason,
        note=note,
        state="open",
        created_at=datetime.now(UTC),
    )
    session.add(report)
    session.flush()
    return report


def list_reports(session: Session, state: str, limit: int, after: str | None) -> list[Report]:
    """Return up to `limit` reports in `state`, the oldest first, after the report `after`."""
    query = select(Report).where(Report.state == state).order_by(Report.id).limit(limit)
    return list(session.scalars(query if after is None else query.where(Report.id > after)))


def resolve_report(session: Session, moderator_id: str, report_id: str, state: str) -> Report:
    """Settle an open report; settling it again in the same way changes nothing.

    Raises:
        UnknownReport: There is none.
        ReportClosed: It was settled in the other way.
    """
    report = session.scalar(select(Report).where(Report.id == report_id).with_for_update())
    if report is None:
        raise UnknownReport
    if report.state == "open":
        report.state, report.resolved_by, report.resolved_at = state, moderator_id, datetime.now(UTC)
        session.flush()
    elif report.state != state:
        raise ReportClosed
    return report


def look_into(session: Session, report_id: str) -> ReportedView:
    """Return a report with the reported message and those next to it, or the reported person's last ones.

    This is all that a moderator who is not a member sees of a conversation, and only because a member asked.

    Raises:
        UnknownReport: There is none.
    """
    report = session.scalar(select(Report).where(Report.id == report_id))
    conversation = session.get(Conversation, report.conversation_id) if report else None
    if report is None or conversation is None:
        raise UnknownReport
    rows = session.execute(_shown(session, report)).all()
    return {
        "report": report_view(report),
        "kind": "direct" if conversation.kind == "direct" else "group",
        "title": conversation.title,
        "messages": message_views(session, sorted(rows, key=lambda row: row.seq), None),
    }


def _shown(session: Session, report: Report) -> Select[Any]:
    table = Message.__table__
    here = select(table).where(table.c.conversation_id == report.conversation_id)
    if report.message_id is None:
        return here.where(table.c.author_id == report.user_id).order_by(table.c.seq.desc()).limit(NEARBY)
    seq = session.scalar(
        select(Message.seq).where(Message.conversation_id == report.conversation_id, Message.id == report.message_id)
    )
    return here.where(table.c.seq.between((seq or 0) - NEARBY, (seq or 0) + NEARBY))


def report_view(report: Report) -> ReportView:
    """Return a report for its reporter and for moderators."""
    return {
        "id": report.id,
        "conversation_id": report.conversation_id,
        "message_id": report.message_id,
        "user_id": report.user_id,
        "reporter_id": report.reporter_id,
        "reason": report.reason,
        "note": report.note,
        "state": report.state,  # type: ignore[typeddict-item]
        "created_at": rfc3339(report.created_at),
    }


def _author_of(session: Session, reporter_id: str, conversation_id: str, message_id: str) -> str:
    message = message_for(session, message_id, reporter_id)
    if message.conversation_id != conversation_id:
        raise UnknownMessage
    return message.author_id


def _demand_known(session: Session, conversation_id: str, user_id: str) -> None:
    is_member = exists().where(Member.conversation_id == conversation_id, Member.user_id == user_id)
    wrote = exists().where(Message.conversation_id == conversation_id, Message.author_id == user_id)
    if not session.execute(select(is_member | wrote)).scalar_one():
        raise UnknownMember


def _open_report(
    session: Session, reporter_id: str, conversation_id: str, message_id: str | None, user_id: str
) -> Report | None:
    query = select(Report).where(
        Report.conversation_id == conversation_id,
        Report.reporter_id == reporter_id,
        Report.state == "open",
        Report.user_id == user_id,
        Report.message_id.is_not_distinct_from(message_id),
    )
    return session.scalars(query).first()

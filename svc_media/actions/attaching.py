"""What carries a media. Naming a media's id in a message gives nobody a way to it: only who may read it sends it on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from plumbing.inbox import inbox_once
from svc_media import live
from svc_media.models import Attachment, ChannelPicture, Media

_CONSUMER = "media_carrier"


@dataclass(frozen=True, slots=True)
class Carrier:
    """A `message` (`kind`) in a conversation, a `post` in a channel, or a `channel` or a `creative` itself.

    A `closed_post` is one that not everybody in its channel may read.
    """

    kind: str
    id: str
    place_id: str


def attach(session: Session, carrier: Carrier, media_ids: Collection[str]) -> None:
    """Note that a carrier, whose author may read these media, carries them.

    Once for each carrier, and not after it is gone: events may come again, and in another order.
    """
    if inbox_once(session, _CONSUMER, carrier.id):
        _put(session, carrier, _lock(session, media_ids))


def detach(session: Session, carrier: Carrier) -> list[str]:
    """Forget a carrier that is gone; return the media it carried. What nothing carries any more is abandoned."""
    inbox_once(session, _CONSUMER, carrier.id)  # if this comes first, `attach` has nothing to do any more
    carried = _carried(session, carrier)
    _drop(session, carrier, _lock(session, carried))
    return carried


def show(session: Session, carrier: Carrier, seq: int, media_ids: Collection[str]) -> list[str]:
    """Let a channel carry its picture, or an ad's creative its media, and nothing else; return what it carries no more.

    Args:
        session: The transaction.
        carrier: The channel or the creative.
        seq: Orders the changes: one that is not newer than what came before changes nothing.
        media_ids: What it shows, where whoever set it may read it; else nothing.
    """
    if not _is_news(session, carrier.id, seq):
        return []
    old = [each for each in _carried(session, carrier) if each not in media_ids]
    locked = _lock(session, [*old, *media_ids])
    _drop(session, carrier, [each for each in locked if each.id in old])
    _put(session, carrier, [each for each in locked if each.id in media_ids])
    return old


def _is_news(session: Session, carrier_id: str, seq: int) -> bool:
    row = insert(ChannelPicture).values(channel_id=carrier_id, seq=seq)
    newer = row.on_conflict_do_update(
        index_elements=["channel_id"], set_={"seq": seq}, where=ChannelPicture.seq < row.excluded.seq
    )
    return session.scalar(newer.returning(ChannelPicture.seq)) is not None


def _carried(session: Session, carrier: Carrier) -> list[str]:
    return list(session.scalars(select(Attachment.media_id).where(Attachment.carrier_id == carrier.id)))


def _put(session: Session, carrier: Carrier, media: Sequence[Media]) -> None:
    for each in media:
        row = insert(Attachment).values(
            owner_id=each.owner_id,
            media_id=each.id,
            carrier=carrier.kind,
            carrier_id=carrier.id,
            place_id=carrier.place_id,
        )
        session.execute(row.on_conflict_do_nothing())
        each.abandoned_at = None
        each.ver += 1
        # Whoever looked before the carrier was known saw nothing.
        live.tell_changed(session, each)


def _drop(session: Session, carrier: Carrier, media: Sequence[Media]) -> None:
    for each in media:
        of_media = (Attachment.owner_id == each.owner_id) & (Attachment.media_id == each.id)
        session.execute(delete(Attachment).where(of_media, Attachment.carrier_id == carrier.id))
        if session.scalar(select(Attachment.carrier_id).where(of_media).limit(1)) is None:
            each.abandoned_at = datetime.now(UTC)


def _lock(session: Session, media_ids: Collection[str]) -> Sequence[Media]:
    wanted = select(Media).where(Media.id.in_(set(media_ids))).order_by(Media.owner_id, Media.id).with_for_update()
    return session.scalars(wanted.execution_options(populate_existing=True)).all()

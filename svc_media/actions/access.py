"""Who may read a media: its owner, whoever may read a message or post that carries it, may know a channel that it
shows, or may be shown an ad with it.

The services that own messages, posts and ads are asked by their ids, with this service's own token.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Protocol

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from contracts.media import PREVIEWS, UnknownMedia
from plumbing.database import Transactions
from svc_media.access_cache import AccessCache
from svc_media.models import Attachment, Media

#: Carriers of one media that are asked about, the newest first; what is older is asked for no more.
MAX_CARRIERS = 200
#: Ids in one question to another service.
BATCH = 500


class Messages(Protocol):
    """What is asked of svc_messaging."""

    def find_readable_messages(self, *, user_id: str, message_ids: list[str]) -> list[str]:
        """Return those of the messages that the person may read."""


class Posts(Protocol):
    """What is asked of svc_subscriptions."""

    def find_readable_posts(self, *, user_id: str, post_ids: list[str]) -> list[str]:
        """Return those of the posts that the person may read."""

    def find_readable_channels(self, *, user_id: str, channel_ids: list[str]) -> list[str]:
        """Return those of the channels that the person may know."""


class Ads(Protocol):
    """What is asked of svc_ads."""

    def find_shown_creatives(self, *, user_id: str, creative_ids: list[str]) -> list[str]:
        """Return those of the creatives whose media the person may see."""


class Access:
    """Answers who may read what.

    Args:
        db: The database.
        messaging: `ServiceClient.as_service()` of messaging.
        subscriptions: `ServiceClient.as_service()` of subscriptions.
        ads: `ServiceClient.as_service()` of ads.
        cache: What was answered a moment ago.
    """

    def __init__(
        self, db: Transactions, messaging: Messages, subscriptions: Posts, ads: Ads, cache: AccessCache
    ) -> None:
        self._db = db
        self._messaging = messaging
        self._subscriptions = subscriptions
        self._ads = ads
        self._cache = cache

    def demand(self, user_id: str, media_id: str) -> None:
        """Return where the person may read the media.

        Raises:
            UnknownMedia: They may not, or there is none.
            ServiceError: A kind of `Unavailable` where the owner of its carrier does not answer.
        """
        if media_id not in self.readable(user_id, [media_id]):
            raise UnknownMedia

    def may_read(self, user_id: str, media_id: str) -> bool:
        """Tell whether the person may read the media."""
        return media_id in self.readable(user_id, [media_id])

    def readable(self, user_id: str, media_ids: Collection[str]) -> set[str]:
        """Return those of the media that the person may read."""
        wanted = list(dict.fromkeys(media_ids))
        known, epochs = self._cache.known(user_id, wanted)
        unknown = [each for each in wanted if each not in known]
        if not unknown:
            return known
        with self._db.reading() as session:
            owned, carriers = _own(session, user_id, unknown), _carriers(session, unknown)
        others = self._by_carriers(user_id, [row for row in carriers if row.media_id not in owned])
        self._cache.remember(user_id, others, epochs)
        return known | owned | others

    def _by_carriers(self, user_id: str, carriers: Sequence[Attachment]) -> set[str]:
        media_of: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for row in carriers:
            media_of[row.carrier][row.carrier_id].append(row.media_id)
        readable: set[str] = set()
        for carrier, of_carrier in media_of.items():
            ids = list(of_carrier)
            for start in range(0, len(ids), BATCH):
                for each in self._ask(carrier, user_id, ids[start : start + BATCH]):
                    readable.update(of_carrier.get(each, ()))
        return readable

    def _ask(self, carrier: str, user_id: str, ids: list[str]) -> list[str]:
        if carrier in ("post", "closed_post"):
            return self._subscriptions.find_readable_posts(user_id=user_id, post_ids=ids)
        if carrier == "channel":
            return self._subscriptions.find_readable_channels(user_id=user_id, channel_ids=ids)
        if carrier == "creative":
            return self._ads.find_shown_creatives(user_id=user_id, creative_ids=ids)
        return self._messaging.find_readable_messages(user_id=user_id, message_ids=ids)


def _own(session: Session, user_id: str, media_ids: Sequence[str]) -> set[str]:
    mine = select(Media.id).where(Media.owner_id.in_((user_id, PREVIEWS)), Media.id.in_(media_ids))
    return set(session.scalars(mine))


def _carriers(session: Session, media_ids: Sequence[str]) -> list[Attachment]:
    newest = func.row_number().over(partition_by=Attachment.media_id, order_by=Attachment.attached_at.desc())
    ranked = (
        select(Attachment, newest.label("place"))
        .join(Media, (Media.owner_id == Attachment.owner_id) & (Media.id == Attachment.media_id))
        .where(Media.id.in_(media_ids))
        .subquery()
    )
    rows = select(ranked.c.media_id, ranked.c.carrier, ranked.c.carrier_id).where(ranked.c.place <= MAX_CARRIERS)
    return list(session.execute(rows).all())  # type: ignore[arg-type]

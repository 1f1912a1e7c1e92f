"""The worker's ears: domain events that become lines of people's lists.

To hear of one more event, import it and add three lines here, as for `MediaFailed` (README, "One more event").
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from functools import partial

from sqlalchemy.orm import Session

from contracts.base import Event
from contracts.media import MediaFailed, MediaProcessed
from contracts.messaging import MemberRemoved, MessageCreated
from contracts.payments import PaymentSucceeded, SubscriptionChanged
from contracts.subscriptions import ChannelUnsubscribed, PostPublished
from plumbing.doors import Writing
from plumbing.inbox import inbox_once
from plumbing.observer import observes
from svc_subscriptions import metrics
from svc_subscriptions.actions import collapse, fanout, hearing
from svc_subscriptions.actions.rules import Kind
from svc_subscriptions.recent_reads import Reads
from svc_subscriptions.telling import tell_unread

_KNOWN = 50_000
#: Conversations that were looked up: a post is there before the first comment, so an answer stays true.
_commented: OrderedDict[str, tuple[str, str] | None] = OrderedDict()


class Listening(Writing):
    """Observers. Each writes once, however often it is told: a line has one cause."""

    reads = Reads()

    @observes(MessageCreated, only="addressed")
    def on_message_addressed(self, event: MessageCreated) -> None:
        """Tell whom a message names or answers, or on whose post it comments."""
        commented = self._commented(event.conversation_id)
        if not (event.mentions or event.reply_to_author or commented):
            return
        told = self.write(lambda session: hearing.tell_of_message(session, event, commented))
        self._settle_read(event, told)
        self._told(told, "message")

    @observes(PostPublished)
    def on_post_published(self, event: PostPublished) -> None:
        """Tell the followers whom a post names."""
        if event.mentions:
            people, place = event.mentions, (event.channel_id, event.post_id)
            self._told(self.write(lambda session: fanout.tell_mentioned(session, *place, people)), "mention")

    @observes(MediaProcessed, only="video")
    def on_video_processed(self, event: MediaProcessed) -> None:
        """Tell somebody that their video is ready."""
        self.tell(event, [event.owner_id], "media", media_id=event.media_id)

    @observes(MediaFailed)
    def on_media_failed(self, event: MediaFailed) -> None:
        """Tell somebody that a file of theirs cannot be shown."""
        self.tell(event, [event.owner_id], "media", media_id=event.media_id, code=event.code)

    @observes(SubscriptionChanged)
    def on_subscription_changed(self, event: SubscriptionChanged) -> None:
        """Tell somebody what became of their paid subscription, once it is one."""
        if event.status != "incomplete":
            facts = _known(channel_id=event.channel_id, paid_until=event.paid_until)
            self.tell(
                event, [event.user_id], "payment", subscription_id=event.subscription_id, status=event.status, **facts
            )

    @observes(PaymentSucceeded, only="tip")
    def on_payment_succeeded(self, event: PaymentSucceeded) -> None:
        """Tell a creator of a tip."""
        if event.kind == "tip" and event.payee_id is not None:
            facts = _known(channel_id=event.channel_id, post_id=event.post_id)
            self.tell(
                event, [event.payee_id], "payment", payment_id=event.payment_id, payer_id=event.payer_id,
                amount=event.amount, currency=event.currency, **facts,
            )  # fmt: skip

    @observes(MemberRemoved)
    def on_member_removed(self, event: MemberRemoved) -> None:
        """Forget what somebody was told of a conversation that they are no longer in."""
        user_id, conversation_id = event.user_id, event.conversation_id
        self.write(lambda session: collapse.forget_conversation(session, user_id, conversation_id))
        tell_unread(self.db, self.push, [user_id])

    @observes(ChannelUnsubscribed)
    def on_follower_left(self, event: ChannelUnsubscribed) -> None:
        """Forget what somebody was told of a channel that they no longer follow."""
        user_id, channel_id = event.user_id, event.channel_id
        self.write(lambda session: collapse.forget_channel(session, user_id, channel_id))
        tell_unread(self.db, self.push, [user_id])

    def tell(self, event: Event, people: Iterable[str], kind: Kind, **facts: str | int) -> None:
        """Tell people of a domain event, once for each; `facts` are ids and the like that say why."""
        consumer = f"tell:{event.name}"

        def work(session: Session) -> list[str]:
            if not inbox_once(session, consumer, event.event_id):
                return []
            return hearing.tell_people(session, event, people, kind, facts)

        self._told(self.write(work), kind)

    def _settle_read(self, event: MessageCreated, told: list[str]) -> None:
        """Mark the lines read of those who had read the message before their line was there."""
        place, seq = event.conversation_id, event.seq
        for user_id in self.reads.readers(place, seq, told):
            self.write(partial(collapse.mark_conversation_read, user_id=user_id, conversation_id=place, seq=seq))

    def _told(self, told: list[str], cause: str) -> None:
        metrics.LINES.labels(cause).inc(len(told))
        tell_unread(self.db, self.push, told)

    def _commented(self, conversation_id: str) -> tuple[str, str] | None:
        if conversation_id not in _commented:
            with self.db.reading() as session:
                _commented[conversation_id] = hearing.commented_post(session, conversation_id)
            while len(_commented) > _KNOWN:
                _commented.popitem(last=False)
        return _commented[conversation_id]


def _known(**facts: str | None) -> dict[str, str]:
    return {name: value for name, value in facts.items() if value is not None}

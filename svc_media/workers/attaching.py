"""The worker's ears: which messages and posts carry media, and who loses their way in."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from contracts.ads import AdCreativeChanged
from contracts.messaging import MemberRemoved, MessageCreated, MessageDeleted
from contracts.payments import EntitlementChanged
from contracts.subscriptions import ChannelPictureChanged, ChannelUnsubscribed, PostDeleted, PostPublished
from plumbing.doors import Writing
from plumbing.observer import observes
from plumbing.rpc import ServiceRpc
from svc_media.actions import attaching
from svc_media.actions.access import Access
from svc_media.actions.attaching import Carrier
from svc_media.providers import Answers


class Attaching(Writing):
    """Observers. Each writes once, however often and in whatever order it is told."""

    messaging: Any = ServiceRpc("messaging")
    subscriptions: Any = ServiceRpc("subscriptions")
    ads: Any = ServiceRpc("ads")
    answers: Any = Answers()

    @observes(MessageCreated, only="media")
    def on_message_with_media(self, event: MessageCreated) -> None:
        """Let those read the media who read the message."""
        carrier = Carrier("message", event.message_id, event.conversation_id)
        self._attach(carrier, event.author_id, event.media_ids)

    @observes(PostPublished, only="media")
    def on_post_with_media(self, event: PostPublished) -> None:
        """Let those read the media who read the post."""
        kind = "closed_post" if event.closed else "post"
        self._attach(Carrier(kind, event.post_id, event.channel_id), event.author_id, event.media_ids)

    @observes(ChannelPictureChanged)
    def on_channel_picture_changed(self, event: ChannelPictureChanged) -> None:
        """Let those see the picture who may know the channel."""
        allowed = self._allowed(event.actor_id, [event.media_id] if event.media_id else [])
        self._show(Carrier("channel", event.channel_id, event.channel_id), event.seq, allowed)

    @observes(AdCreativeChanged)
    def on_ad_creative_changed(self, event: AdCreativeChanged) -> None:
        """Let those see the media who may be shown the ad."""
        allowed = self._allowed(event.owner_id, [event.media_id] if event.media_id else [])
        self._show(Carrier("creative", event.creative_id, event.creative_id), event.version, allowed)

    @observes(MessageDeleted, only="media")
    def on_message_with_media_deleted(self, event: MessageDeleted) -> None:
        """End what the message allowed."""
        self._detach(Carrier("message", event.message_id, event.conversation_id))

    @observes(PostDeleted, only="media")
    def on_post_with_media_deleted(self, event: PostDeleted) -> None:
        """End what the post allowed."""
        self._detach(Carrier("post", event.post_id, event.channel_id))

    @observes(MemberRemoved)
    def on_member_removed(self, event: MemberRemoved) -> None:
        """Ask anew what somebody may read who left a conversation."""
        self.answers.forget(event.user_id)

    @observes(ChannelUnsubscribed)
    def on_follower_left(self, event: ChannelUnsubscribed) -> None:
        """Ask anew what somebody may read who left a channel."""
        self.answers.forget(event.user_id)

    @observes(EntitlementChanged, only="channel")
    def on_channel_entitlement_changed(self, event: EntitlementChanged) -> None:
        """Ask anew what somebody may read who has paid for a channel, or no longer."""
        self.answers.forget(event.user_id)

    @observes(EntitlementChanged, only="post")
    def on_post_entitlement_changed(self, event: EntitlementChanged) -> None:
        """Ask anew what somebody may read who has paid for a post, or no longer."""
        self.answers.forget(event.user_id)

    def _attach(self, carrier: Carrier, author_id: str, media_ids: Collection[str]) -> None:
        allowed = self._allowed(author_id, media_ids)
        if allowed:
            self.write(lambda session: attaching.attach(session, carrier, allowed))

    def _show(self, carrier: Carrier, version: int, allowed: Collection[str]) -> None:
        old = self.write(lambda session: attaching.show(session, carrier, version, allowed))
        self.answers.forget(*old)

    def _allowed(self, author_id: str, media_ids: Collection[str]) -> set[str]:
        # Naming a media gives nobody a way to it: only whoever may read it can send it on.
        others = (self.messaging.as_service(), self.subscriptions.as_service(), self.ads.as_service())
        return Access(self.db, *others, self.answers).readable(author_id, media_ids)

    def _detach(self, carrier: Carrier) -> None:
        carried = self.write(lambda session: attaching.detach(session, carrier))
        self.answers.forget(*carried)

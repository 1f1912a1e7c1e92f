"""Posts: publishing, reading, changing, and what followers do with them."""

from __future__ import annotations

from typing import Any

from contracts.base import Invalid, Page
from contracts.messaging import EntityView
from contracts.subscriptions import MAX_POST, MAX_TEASER, PostView, PriceView, ScheduledPostView
from plumbing import checks
from plumbing.emoji import canonical_emoji
from plumbing.entities import checked_entities
from plumbing.rpc import rpc
from svc_subscriptions import views
from svc_subscriptions.actions import posts, publishing, reactions, scheduling
from svc_subscriptions.composing import compose
from svc_subscriptions.doors.base import Door


class Posts(Door):
    """What is said in a channel."""

    @rpc
    def publish_post(
        self,
        *,
        channel_id: str,
        client_post_id: str,
        text: str,
        entities: list[EntityView] | None = None,
        media_ids: list[str] | None = None,
        silent: bool = False,
        publish_at: str | None = None,
        comments: bool = False,
        paid: bool = False,
        price: PriceView | None = None,
        teaser: str = "",
    ) -> dict[str, Any]:
        """Publish a post now (`{post, replayed}`) or at a time (`{scheduled, replayed}`)."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        draft = compose(
            client_post_id=client_post_id,
            text=text,
            entities=entities,
            media_ids=media_ids,
            silent=silent,
            publish_at=publish_at,
            comments=comments,
            paid=paid,
            price=price,
            teaser=teaser,
        )
        outcome = self.write(lambda session: publishing.publish(session, channel_id, me, draft))
        if outcome.scheduled is not None:
            return {"scheduled": views.scheduled_view(outcome.scheduled), "replayed": outcome.replayed}
        return {"post": outcome.post, "replayed": outcome.replayed}

    @rpc
    def get_post(self, *, post_id: str) -> PostView:
        """Return one post; a deleted one without its text."""
        me, post_id = self.me(), checks.an_id(post_id, "post_id")
        with self.db.reading() as session:
            return posts.get_post(session, post_id, me)

    @rpc
    def list_posts(
        self,
        *,
        channel_id: str,
        limit: int = 30,
        before_seq: int | None = None,
        after_seq: int | None = None,
        pinned: bool = False,
    ) -> list[PostView]:
        """Return up to `limit` posts, or pinned posts, in the order of `seq`: the last, or those next to a number."""
        me, channel_id, limit = self.me(), checks.an_id(channel_id, "channel_id"), checks.a_limit(limit)
        before = checks.an_optional_number(before_seq, "before_seq")
        after = checks.an_optional_number(after_seq, "after_seq")
        if before is not None and after is not None:
            raise Invalid("Give one of before_seq and after_seq.", code="too_many_marks")
        pinned = checks.a_flag(pinned, "pinned")
        with self.db.reading() as session:
            return posts.list_posts(session, channel_id, me, limit, before, after, pinned=pinned)

    @rpc
    def edit_post(
        self, *, post_id: str, text: str, entities: list[EntityView] | None = None, teaser: str | None = None
    ) -> PostView:
        """Replace the text of one's own post, and its teaser where one is given."""
        me, post_id, text = self.me(), checks.an_id(post_id, "post_id"), checks.a_text(text, "text", MAX_POST)
        checked = checked_entities(entities, text)
        wanted = None if teaser is None else checks.a_text(teaser, "teaser", MAX_TEASER)
        return self.write(lambda session: posts.edit_post(session, post_id, me, text, checked, wanted))

    @rpc
    def delete_post(self, *, post_id: str) -> None:
        """Delete one's own post, or anybody's as an admin of the channel."""
        me, post_id = self.me(), checks.an_id(post_id, "post_id")
        self.write(lambda session: posts.delete_post(session, post_id, me))

    @rpc
    def pin_post(self, *, post_id: str, pinned: bool) -> PostView:
        """Pin a post to its channel, or take the pin away."""
        me, post_id, pinned = self.me(), checks.an_id(post_id, "post_id"), checks.a_flag(pinned, "pinned")
        return self.write(lambda session: posts.pin_post(session, post_id, me, pinned=pinned))

    @rpc
    def list_scheduled_posts(self, *, channel_id: str) -> Page[ScheduledPostView]:
        """Return what waits for its time, the next first."""
        me, channel_id = self.me(), checks.an_id(channel_id, "channel_id")
        with self.db.reading() as session:
            found = scheduling.list_scheduled(session, channel_id, me)
        return {"items": [views.scheduled_view(row) for row in found], "next": None}

    @rpc
    def cancel_scheduled_post(self, *, post_id: str) -> None:
        """Call off a waiting post."""
        me, post_id = self.me(), checks.an_id(post_id, "post_id")
        self.write(lambda session: scheduling.cancel_scheduled(session, me, post_id))

    @rpc
    def add_post_reaction(self, *, post_id: str, emoji: str) -> PostView:
        """Put an emoji on a post."""
        me, post_id, wanted = self.me(), checks.an_id(post_id, "post_id"), _emoji(emoji)
        return self.write(lambda session: reactions.add_reaction(session, post_id, me, wanted))

    @rpc
    def remove_post_reaction(self, *, post_id: str, emoji: str) -> PostView:
        """Take one's own emoji off a post."""
        me, post_id, wanted = self.me(), checks.an_id(post_id, "post_id"), _emoji(emoji)
        return self.write(lambda session: reactions.remove_reaction(session, post_id, me, wanted))


def _emoji(value: object) -> str:
    return canonical_emoji(checks.a_text(value, "emoji", 100))

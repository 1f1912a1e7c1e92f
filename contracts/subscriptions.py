"""What svc_subscriptions offers: channels, posts, followers, the Observer and notifications."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NotRequired, Protocol, TypedDict

from contracts.base import Conflict, Event, Forbidden, Invalid, NotFound, Page, TooMany
from contracts.messaging import EntityView, ReactionCount

ChannelRole = Literal["follower", "author", "admin", "owner"]
Level = Literal["all", "mentions", "silent"]
Visibility = Literal["public", "private"]
ObserverKind = Literal["webhook", "digest"]

MAX_FOLLOWED = 5_000
MAX_INVITES = 200
MAX_OBSERVERS = 50
MAX_PUSH_ENDPOINTS = 20
MAX_POST = 16_000
MAX_TEASER = 300


class SubscriptionView(TypedDict):
    """How the caller follows a channel. `read_seq` is the last log entry they have read."""

    level: Level
    role: ChannelRole
    since: str
    read_seq: int
    muted_until: str | None


class PriceView(TypedDict):
    """What a thing costs, in minor units of the currency."""

    amount: int
    currency: str


class AdLink(TypedDict):
    """Marks a post as advertising: which campaign it tells of, and where that leads."""

    campaign_id: str
    url: str


class ChannelView(TypedDict):
    """A channel. `seq` is the gap-free number of its log's last entry; `unread` counts posts.

    `paid` says that it sells access to its paid posts.

    `picture` is a media that whoever may know the channel may see, if its setter could read it.
    """

    id: str
    handle: str | None
    title: str
    description: str
    topics: list[str]
    language: str
    visibility: Visibility
    verified: bool
    paid: bool
    picture: str | None
    owner_id: str
    created_at: str
    seq: int
    follower_count: int
    subscription: SubscriptionView | None
    unread: int


class PostView(TypedDict):
    """A post. A deleted one keeps id and seq and has `deleted` true and no text.

    `comments` says that people may comment; the conversation for that follows within seconds, and
    whoever wants to take part calls `join_comments`.

    A `paid` post is for those who pay for the channel, one with a `price` for those who buy it; either opens one
    that is both. The channel's team and the author always read. To others it is `locked`: its text is the
    `teaser` alone, without entities, media and comments.

    A post with `ad` is advertising, and is to be shown as such.
    """

    id: str
    channel_id: str
    seq: int
    author_id: str
    text: str
    entities: list[EntityView]
    media_ids: list[str]
    silent: bool
    pinned: bool
    views: int
    reactions: list[ReactionCount]
    comments: bool
    comments_conversation_id: str | None
    paid: bool
    price: PriceView | None
    teaser: str
    locked: bool
    ad: AdLink | None
    created_at: str
    edited_at: str | None
    deleted: bool


class LogEntryView(TypedDict):
    """One entry of a channel's append-only log.

    Types: post.published post.edited post.deleted post.pinned post.unpinned channel.updated
    observed.event (a domain event that the channel's observers asked for).
    """

    channel_id: str
    seq: int
    type: str
    post: PostView | None
    data: dict[str, Any]
    at: str


class ChannelSyncItem(TypedDict):
    """How far a channel is ahead of the client. `gone` means: forget it, you do not follow it.

    `reset` means: it is behind the client, because older data was restored; fetch it anew.
    """

    channel: str
    seq: int
    unread: int
    gone: NotRequired[bool]
    reset: NotRequired[bool]


class ScheduledPostView(TypedDict):
    id: str
    channel_id: str
    text: str
    publish_at: str
    created_at: str


class InviteView(TypedDict):
    """An invitation to a private channel; `code` is shown once, when it is made."""

    id: str
    channel_id: str
    code: NotRequired[str]
    url: NotRequired[str]
    expires_at: str | None
    max_uses: int | None
    uses: int
    needs_approval: bool
    created_by: str
    created_at: str
    revoked: bool


class JoinRequestView(TypedDict):
    channel_id: str
    user_id: str
    requested_at: str


class FollowerView(TypedDict):
    user_id: str
    role: ChannelRole
    since: str


class PublicChannelView(TypedDict):
    """What everybody may know of a public channel, for services; as in `public_channel_changed`."""

    channel_id: str
    version: int
    listed: bool
    owner_id: str
    topics: list[str]
    language: str


class StatsView(TypedDict):
    """For the channel's team. Each day: {day, followers, joined, left, posts, reach, reads}."""

    channel_id: str
    followers: int
    days: list[dict[str, Any]]


class ObserverView(TypedDict):
    """A webhook or digest that observes a channel; `cursor` is the last entry it has got."""

    id: str
    channel_id: str
    kind: ObserverKind
    url: str | None
    secret: NotRequired[str]
    events: list[str]
    cursor: int
    behind: int
    state: Literal["active", "paused", "failing", "disabled"]
    failures: int
    last_error: str | None
    next_attempt_at: str | None
    created_at: str


class DeliveryView(TypedDict):
    """One attempt to hand a log entry to a webhook."""

    id: str
    observer_id: str
    seq: int
    status: int | None
    error: str | None
    duration_ms: int
    at: str


class NotificationView(TypedDict):
    """One line of a person's list. `why` names the rule that caused it: {rule, channel_id?, level?, ...}."""

    id: str
    kind: Literal["post", "mention", "reply", "comment", "media", "payment", "ad_approval", "system"]
    channel_id: str | None
    conversation_id: str | None
    post_id: str | None
    message_id: str | None
    actor_id: str | None
    count: int
    preview: str
    why: dict[str, Any]
    created_at: str
    read: bool


class NotificationPage(TypedDict):
    """A page of notifications, and how many are unread in all."""

    # Not `Page[NotificationView]` with one more: the OpenAPI document would lose what `items` are.
    items: list[NotificationView]
    next: str | None
    unread: int


class PreferencesView(TypedDict):
    """How a person wants to hear of things. Quiet hours are local times `HH:MM` in `time_zone`."""

    time_zone: str
    quiet_from: str | None
    quiet_to: str | None
    push: bool
    email_digest: Literal["off", "daily", "weekly"]
    email: str | None
    mentions: bool
    replies: bool


class PushEndpointView(TypedDict):
    """A browser's push subscription on one device."""

    id: str
    device: str
    endpoint_host: str
    enabled: bool
    quiet: bool
    created_at: str
    last_success_at: str | None


@dataclass(frozen=True, kw_only=True)
class _ChannelEvent(Event):
    source: ClassVar[str] = "subscriptions"
    channel_id: str
    seq: int

    def aggregate(self) -> tuple[str, int]:
        """Events of a channel keep the order of its log."""
        return self.channel_id, self.seq


@dataclass(frozen=True, kw_only=True)
class PostPublished(_ChannelEvent):
    """A post entered a channel's log; `closed` says that only who paid may read it."""

    name: ClassVar[str] = "post_published"
    post_id: str
    author_id: str
    mentions: list[str]
    media_ids: list[str]
    silent: bool
    closed: bool = False

    def facets(self) -> tuple[str, ...]:
        """Return `media` where it carries such."""
        return ("media",) if self.media_ids else ()


@dataclass(frozen=True, kw_only=True)
class PostEdited(_ChannelEvent):
    """A post's text was replaced."""

    name: ClassVar[str] = "post_edited"
    post_id: str


@dataclass(frozen=True, kw_only=True)
class PostDeleted(_ChannelEvent):
    """A post was removed; `carried_media` says that it carried such."""

    name: ClassVar[str] = "post_deleted"
    post_id: str
    carried_media: bool = False

    def facets(self) -> tuple[str, ...]:
        """Return `media` where it carried such."""
        return ("media",) if self.carried_media else ()


@dataclass(frozen=True, kw_only=True)
class ChannelPictureChanged(_ChannelEvent):
    """A channel shows another picture, or none. Of several the one with the highest `seq` holds."""

    name: ClassVar[str] = "channel_picture_changed"
    actor_id: str
    media_id: str | None


@dataclass(frozen=True, kw_only=True)
class PublicChannelChanged(Event):
    """What everybody may know of a public channel; `listed` false: it is public no longer, or gone.

    Channels that never were public are never told of. The newest `version` counts.
    """

    name: ClassVar[str] = "public_channel_changed"
    source: ClassVar[str] = "subscriptions"
    channel_id: str
    version: int
    listed: bool
    owner_id: str
    topics: list[str]
    language: str

    def aggregate(self) -> tuple[str, int]:
        """What is told of a channel keeps its order."""
        return self.channel_id, self.version


@dataclass(frozen=True, kw_only=True)
class AdPostPublished(_ChannelEvent):
    """A brand's channel told its followers of a campaign, by a post in its log."""

    name: ClassVar[str] = "ad_post_published"
    post_id: str
    campaign_id: str


@dataclass(frozen=True, kw_only=True)
class ChannelSubscribed(Event):
    """Somebody began to follow a channel."""

    name: ClassVar[str] = "channel_subscribed"
    source: ClassVar[str] = "subscriptions"
    channel_id: str
    user_id: str
    level: str

    def aggregate(self) -> tuple[str, int]:
        """Follows of one person in one channel belong together."""
        return self.channel_id, 0


@dataclass(frozen=True, kw_only=True)
class ChannelUnsubscribed(Event):
    """Somebody no longer follows a channel, by their own wish or not."""

    name: ClassVar[str] = "channel_unsubscribed"
    source: ClassVar[str] = "subscriptions"
    channel_id: str
    user_id: str

    def aggregate(self) -> tuple[str, int]:
        """Follows of one person in one channel belong together."""
        return self.channel_id, 0


class UnknownChannel(NotFound):
    """Also the answer to people who may not know that it exists."""

    code = "unknown_channel"
    detail = "There is no such channel."


class UnknownPost(NotFound):
    code = "unknown_post"
    detail = "There is no such post."


class UnknownInvite(NotFound):
    code = "unknown_invite"
    detail = "That invitation does not exist, was used up, or has expired."


class UnknownObserver(NotFound):
    code = "unknown_observer"
    detail = "There is no such observer."


class UnknownJoinRequest(NotFound):
    code = "unknown_join_request"
    detail = "That person has not asked to join."


class UnknownFollower(NotFound):
    code = "unknown_follower"
    detail = "That person does not follow this channel."


class UnknownPushEndpoint(NotFound):
    code = "unknown_push_endpoint"
    detail = "There is no such push subscription."


class UnknownScheduledPost(NotFound):
    code = "unknown_scheduled_post"
    detail = "There is no such scheduled post."


class ChannelRoleTooLow(Forbidden):
    code = "channel_role_too_low"
    detail = "Your role in this channel does not allow that."


class PostLocked(Forbidden):
    code = "post_locked"
    detail = "Pay for this post first."


class ChannelNotPaid(Conflict):
    code = "channel_not_paid"
    detail = "Make a plan for this channel first."


class CommentsOff(Conflict):
    code = "comments_off"
    detail = "That post takes no comments."


class TooManyPostReactions(Conflict):
    code = "too_many_reactions"
    detail = "That post has as many different emoji as a post can have."


class HandleTaken(Conflict):
    code = "handle_taken"
    detail = "Another channel has that name."


class HandleInvalid(Invalid):
    code = "handle_invalid"
    detail = "A handle has 3 to 32 letters, digits or underscores and starts with a letter."


class PostMismatch(Conflict):
    code = "idempotency_mismatch"
    detail = "That client_post_id was used for another post."


class PostEmpty(Invalid):
    code = "post_empty"
    detail = "A post has text or media."


class PublishTimeInvalid(Invalid):
    code = "publish_time_invalid"
    detail = "publish_at lies in the past or more than a year ahead."


class ChannelLastOwner(Conflict):
    code = "channel_last_owner"
    detail = "A channel needs an owner; name another one first."


class TooManyFollowed(TooMany):
    code = "too_many_followed"
    detail = "You follow as many channels as one person can."


class TooManyObservers(Conflict):
    code = "too_many_observers"
    detail = "This channel has as many observers as it can have."


class TooManyPushEndpoints(Conflict):
    code = "too_many_push_endpoints"
    detail = "You have as many push subscriptions as one person can have."


class TooManyInvites(Conflict):
    code = "too_many_invites"
    detail = "This channel has as many invitations as it can have; revoke one first."


class UrlWanted(Invalid):
    code = "url_wanted"
    detail = "A webhook has a URL, and a digest has none."


class AddressRefused(Invalid):
    code = "address_refused"
    detail = "That address is not one that Charla may call."


class PushEndpointInvalid(Invalid):
    code = "push_endpoint_invalid"
    detail = "That is not a browser's push subscription."


class PreferencesInvalid(Invalid):
    code = "preferences_invalid"
    detail = "One of those preferences is not valid."


class UnsubscribeLinkInvalid(Invalid):
    code = "unsubscribe_link_invalid"
    detail = "That link is not valid."


class SubscriptionsService(Protocol):
    """RPC interface of svc_subscriptions (service name `subscriptions`).

    The caller's access token travels in the call context. `after` and `next` are opaque cursors.
    """

    # channels
    def create_channel(
        self,
        *,
        title: str,
        visibility: Visibility,
        handle: str | None = None,
        description: str = "",
        topics: list[str] | None = None,
        language: str = "en",
        picture: str | None = None,
    ) -> ChannelView: ...
    def get_channel(self, *, channel_id: str) -> ChannelView: ...
    def find_channel_by_handle(self, *, handle: str) -> ChannelView: ...
    def search_channels(
        self,
        *,
        query: str = "",
        topic: str | None = None,
        language: str | None = None,
        limit: int = 20,
        after: str | None = None,
    ) -> Page[ChannelView]: ...
    def list_my_channels(self, *, limit: int = 100, after: str | None = None) -> Page[ChannelView]: ...
    def update_channel(self, *, channel_id: str, changes: dict[str, Any]) -> ChannelView: ...
    def delete_channel(self, *, channel_id: str) -> None: ...  # owner; posts are gone for all
    def set_verified(self, *, channel_id: str, verified: bool) -> ChannelView: ...  # platform admins
    def get_channel_stats(self, *, channel_id: str, days: int = 30) -> StatsView: ...  # the channel's team

    # following
    def subscribe(
        self, *, channel_id: str, level: Level = "all", muted_until: str | None = None
    ) -> SubscriptionView: ...  # idempotent; again: changes the level
    def unsubscribe(self, *, channel_id: str) -> None: ...  # idempotent
    def list_followers(
        self, *, channel_id: str, role: ChannelRole | None = None, limit: int = 100, after: str | None = None
    ) -> Page[FollowerView]: ...  # the channel's team
    def set_channel_role(self, *, channel_id: str, user_id: str, role: ChannelRole) -> FollowerView: ...
    def remove_follower(self, *, channel_id: str, user_id: str) -> None: ...
    def create_invite(
        self,
        *,
        channel_id: str,
        expires_in_s: int | None = None,
        max_uses: int | None = None,
        needs_approval: bool = False,
    ) -> InviteView: ...
    def list_invites(self, *, channel_id: str) -> Page[InviteView]: ...
    def revoke_invite(self, *, channel_id: str, invite_id: str) -> None: ...
    def accept_invite(self, *, code: str) -> dict[str, Any]: ...  # {state: joined|requested, channel|null}
    def list_join_requests(self, *, channel_id: str) -> Page[JoinRequestView]: ...
    def answer_join_request(self, *, channel_id: str, user_id: str, accept: bool) -> None: ...

    # posts and the log
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
    ) -> dict[str, Any]: ...  # {post, replayed} or {scheduled, replayed}
    def get_post(self, *, post_id: str) -> PostView: ...
    def list_posts(
        self,
        *,
        channel_id: str,
        limit: int = 30,
        before_seq: int | None = None,
        after_seq: int | None = None,
        pinned: bool = False,
    ) -> list[PostView]: ...  # ascending seq; public channels may be read by anybody signed in; `pinned`: those alone
    def edit_post(
        self, *, post_id: str, text: str, entities: list[EntityView] | None = None, teaser: str | None = None
    ) -> PostView: ...  # the teaser stays where none is given
    def delete_post(self, *, post_id: str) -> None: ...
    def pin_post(self, *, post_id: str, pinned: bool) -> PostView: ...
    def list_scheduled_posts(self, *, channel_id: str) -> Page[ScheduledPostView]: ...
    def cancel_scheduled_post(self, *, post_id: str) -> None: ...
    def add_post_reaction(self, *, post_id: str, emoji: str) -> PostView: ...
    def remove_post_reaction(self, *, post_id: str, emoji: str) -> PostView: ...
    def mark_channel_read(self, *, channel_id: str, up_to_seq: int) -> SubscriptionView: ...  # counts views once
    def join_comments(self, *, post_id: str) -> dict[str, str]: ...  # {conversation_id}; followers
    def list_log(
        self, *, channel_id: str, after_seq: int, limit: int = 200
    ) -> dict[str, Any]: ...  # {items: [LogEntryView], seq, more}: replay from any cursor
    def sync_channels(self, *, heads: dict[str, int]) -> dict[str, Any]: ...  # {items: [ChannelSyncItem]}
    def list_my_channel_ids(self) -> list[str]: ...  # for live sockets
    def list_channel_access_removed(self, *, since: str) -> list[dict[str, str]]: ...  # (service token: gateway)

    # observers attached at run time (the channel's admins)
    def attach_observer(
        self,
        *,
        channel_id: str,
        kind: ObserverKind,
        url: str | None = None,
        events: list[str] | None = None,
        from_seq: int | None = None,
    ) -> ObserverView: ...  # the log from the entry from_seq; None: from now on
    def list_observers(self, *, channel_id: str) -> Page[ObserverView]: ...
    def update_observer(self, *, channel_id: str, observer_id: str, changes: dict[str, Any]) -> ObserverView: ...
    def detach_observer(self, *, channel_id: str, observer_id: str) -> None: ...
    def replay_observer(self, *, channel_id: str, observer_id: str, from_seq: int) -> ObserverView: ...
    def list_deliveries(self, *, channel_id: str, observer_id: str, limit: int = 50) -> Page[DeliveryView]: ...

    # notifications
    def list_notifications(
        self, *, limit: int = 50, after: str | None = None, unread_only: bool = False
    ) -> NotificationPage: ...
    def mark_notifications_read(
        self, *, ids: list[str] | None = None, up_to: str | None = None
    ) -> dict[str, int]: ...  # {unread}
    def mark_conversation_read(
        self, *, conversation_id: str, up_to_seq: int
    ) -> dict[str, int]: ...  # {unread}; the gateway calls it when somebody reads a conversation
    def get_preferences(self) -> PreferencesView: ...
    def update_preferences(self, *, changes: dict[str, Any]) -> PreferencesView: ...
    def unsubscribe_by_link(self, *, token: str) -> None: ...  # RFC 8058; no sign-in
    def get_push_key(self) -> dict[str, str]: ...  # {public_key} VAPID, base64url
    def add_push_endpoint(
        self, *, endpoint: str, p256dh: str, auth: str, device: str
    ) -> PushEndpointView: ...  # idempotent by endpoint
    def list_push_endpoints(self) -> Page[PushEndpointView]: ...
    def update_push_endpoint(self, *, endpoint_id: str, changes: dict[str, Any]) -> PushEndpointView: ...
    def delete_push_endpoint(self, *, endpoint_id: str) -> None: ...

    # for the owners of what posts carry and channels show, by their own token
    def find_readable_posts(self, *, user_id: str, post_ids: list[str]) -> list[str]: ...
    def find_readable_channels(self, *, user_id: str, channel_ids: list[str]) -> list[str]: ...
    def find_channel_owners(self, *, channel_ids: list[str]) -> list[dict[str, str]]: ...  # {channel_id, owner_id}
    # for svc_ads, by its own token: what everybody may know, and the topics alone of public channels that one follows
    def list_public_channels(
        self, *, channel_ids: list[str] | None = None, limit: int = 200, after: str | None = None
    ) -> Page[PublicChannelView]: ...  # all, by their ids, or those of `channel_ids` that are public
    def list_followed_topics(self, *, user_id: str) -> list[str]: ...
    # for svc_auth, by its own token: what is kept of a person, page by page
    def list_own_data(self, *, user_id: str, section: str, after: str | None = None) -> Page[dict[str, Any]]: ...

"""What svc_messaging offers: conversations, messages and everything that happens to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NotRequired, Protocol, TypedDict

from contracts.base import Conflict, Event, Forbidden, Invalid, NotFound, Page, TooMany

ConversationKind = Literal["direct", "group"]
SharedKind = Literal["media", "links"]
MemberRole = Literal["member", "moderator", "owner"]

MAX_TEXT = 8_000
MAX_MEMBERS = 1_000
MAX_ENTITIES = 200
MAX_BATCH = 64
MAX_PAGES = 8
MAX_WEBHOOKS = 20
MAX_WEBHOOK_NAME = 60
MAX_COMMANDS, MAX_OWN_COMMANDS = 100, 30
MAX_COMMAND_WORDS = 100
COMMAND_NAME = "^[a-z0-9_]{1,32}$"
#: Messages in one of several pages that are read together.
MAX_PAGE_OF_MANY = 50


class MemberView(TypedDict):
    """One person's place in a conversation. `read_seq` is hidden (0) where they read privately."""

    user_id: str
    role: MemberRole
    joined_at: str
    read_seq: int
    delivered_seq: int


class MySettingsView(TypedDict):
    """What the caller has set for a conversation, for themselves alone."""

    muted_until: str | None
    pinned: bool
    archived: bool
    marked_unread: bool
    read_seq: int


class ConversationView(TypedDict):
    """A conversation as one member sees it. `seq` and `ver` are its gap-free counters."""

    id: str
    kind: ConversationKind
    title: str | None
    created_by: str
    created_at: str
    seq: int
    ver: int
    slow_mode_s: int
    role: MemberRole
    member_count: int
    members: NotRequired[list[MemberView]]  # direct chats, and get_conversation up to 100 members
    unread: int
    my: MySettingsView
    last_message: NotRequired[MessageView | None]


class EntityView(TypedDict):
    """A formatted stretch of text; `offset` and `length` count Unicode code points.

    The service alone writes a `command`: the text begins with one that the member `user_id` answers.
    """

    type: Literal["bold", "italic", "code", "pre", "strike", "spoiler", "link", "mention", "command"]
    offset: int
    length: int
    url: NotRequired[str]
    user_id: NotRequired[str]
    language: NotRequired[str]


class ReceiptCounts(TypedDict):
    """How many of the `others` (all members but a message's author) have read it, and how many received it."""

    others: int
    read: int
    delivered: int


class ReactionCount(TypedDict):
    emoji: str
    count: int
    mine: bool


class PollOptionView(TypedDict):
    id: int
    text: str
    votes: int
    mine: bool


class PollView(TypedDict):
    question: str
    options: list[PollOptionView]
    multiple: bool
    anonymous: bool
    closed: bool
    closes_at: str | None
    voters: int


class ForwardedFrom(TypedDict):
    """Where a forwarded message comes from; `author_id` is None where its author was blocked or left."""

    conversation_id: str
    message_id: str
    author_id: str | None
    created_at: str


class ChatPaymentView(TypedDict):
    """Money that went between two members, or that one asked another for; `id` is that payment's or request's.

    `status` is a `PaymentStatus` or a `RequestStatus` of `contracts.payments`. `payment_id` is the payment itself,
    None for a request that was not paid.
    """

    id: str
    kind: Literal["payment", "request"]
    status: str
    payer_id: str
    payee_id: str
    amount: int
    currency: str
    refunded: int
    disputed: bool
    note: str
    payment_id: str | None


class WebhookAuthor(TypedDict):
    """The webhook that a message came in by, and what it was called then."""

    id: str
    name: str


class MessageView(TypedDict):
    """A message. A deleted one keeps its id, seq and author and has `deleted` true and no text.

    `ver` is the conversation version of the message's creation. The service itself writes those of the kinds
    `system` and `payment`; the text of a payment is its note, and `payment` changes with it. Where `webhook` is set,
    `author_id` is the webhook's id, and no person's.
    """

    id: str
    conversation_id: str
    seq: int
    ver: int
    kind: Literal["text", "poll", "system", "payment"]
    author_id: str
    client_msg_id: str | None
    text: str
    entities: list[EntityView]
    media_ids: list[str]
    reply_to: str | None
    thread_root: str | None
    reply_count: int
    forwarded_from: ForwardedFrom | None
    poll: PollView | None
    payment: ChatPaymentView | None
    webhook: WebhookAuthor | None
    reactions: list[ReactionCount]
    pinned: bool
    created_at: str
    edited_at: str | None
    expires_at: str | None
    deleted: bool


class EditView(TypedDict):
    """One earlier text of a message, and when it was replaced."""

    text: str
    entities: list[EntityView]
    replaced_at: str


class SendResult(TypedDict):
    """Outcome of one item of `send_many`: exactly one of `message`, `scheduled` and `error` is set."""

    message: NotRequired[MessageView]
    scheduled: NotRequired[ScheduledView]
    replayed: NotRequired[bool]
    error: NotRequired[dict[str, Any]]


class ScheduledView(TypedDict):
    id: str
    conversation_id: str
    client_msg_id: str
    text: str
    send_at: str
    created_at: str


class PollDraft(TypedDict):
    question: str
    options: list[str]
    multiple: NotRequired[bool]
    anonymous: NotRequired[bool]
    closes_at: NotRequired[str | None]


class PageItem(TypedDict):
    """One page of messages to read, as for `list_messages`. `token` is the reader's own access token."""

    token: str
    conversation_id: str
    limit: int
    before_seq: NotRequired[int | None]
    after_seq: NotRequired[int | None]
    around_seq: NotRequired[int | None]


class PageResult(TypedDict):
    """Outcome of one item of `list_message_pages`: `page` or `error` is set."""

    page: NotRequired[Page[MessageView]]
    error: NotRequired[dict[str, Any]]


class SendItem(TypedDict):
    """One message to send. `token` is the sender's own access token; each item is authorised alone."""

    token: str
    conversation_id: str
    client_msg_id: str
    text: str
    entities: NotRequired[list[EntityView]]
    media_ids: NotRequired[list[str]]
    reply_to: NotRequired[str | None]
    send_at: NotRequired[str | None]
    ttl_s: NotRequired[int | None]
    poll: NotRequired[PollDraft | None]


class MembersItem(TypedDict):
    """One conversation, and the people who are looked for in it."""

    conversation_id: str
    user_ids: list[str]


class ChangeView(TypedDict):
    """One durable change of a conversation.

    Types: message.created message.edited message.deleted reaction.changed pin.changed poll.changed
    member.added member.removed member.role conversation.updated commands.changed. `data` is what a client
    needs to apply it: the whole message for message.* and poll.changed, otherwise the changed values.
    """

    conv: str
    ver: int
    type: str
    data: dict[str, Any]


class SyncItem(TypedDict):
    """How far a conversation is ahead of the client. `gone` means: forget it, you are not a member.

    `reset` means: it is behind the client, because older data was restored; fetch it anew.
    """

    conv: str
    ver: int
    seq: int
    unread: int
    gone: NotRequired[bool]
    reset: NotRequired[bool]


class DraftView(TypedDict):
    conversation_id: str
    text: str
    entities: list[EntityView]
    reply_to: str | None
    updated_at: str


class WebhookView(TypedDict):
    """A way into a group for a program that has its address; `secret` is the part of that which is shown once."""

    id: str
    conversation_id: str
    name: str
    created_by: str
    created_at: str
    last_posted_at: str | None
    secret: NotRequired[str]


class PostedView(TypedDict):
    """The message that a post to a webhook has become."""

    message_id: str
    conversation_id: str
    seq: int
    created_at: str


class CommandDraft(TypedDict):
    """A command as whoever answers it describes it; `usage` shows what comes after its name."""

    name: str
    description: str
    usage: NotRequired[str]


class CommandView(TypedDict):
    """A command that members of a conversation can send; the member `user_id` answers it."""

    name: str
    description: str
    usage: str
    user_id: str


class ReportView(TypedDict):
    id: str
    conversation_id: str
    message_id: str | None
    user_id: str | None
    reporter_id: str
    reason: str
    note: str
    state: Literal["open", "resolved", "dismissed"]
    created_at: str


class ReportedView(TypedDict):
    """A report with what it is about, for the platform's moderators.

    Attributes:
        title: The conversation's.
        messages: The reported message and those next to it, or the last ones of the reported person.
    """

    report: ReportView
    kind: ConversationKind
    title: str | None
    messages: list[MessageView]


class BlockView(TypedDict):
    user_id: str
    created_at: str


class AccessRemovedView(TypedDict):
    """A person's way into a conversation ended; open sockets must stop showing it."""

    user_id: str
    conversation_id: str
    removed_at: str


@dataclass(frozen=True, kw_only=True)
class _ConversationEvent(Event):
    source: ClassVar[str] = "messaging"
    conversation_id: str
    ver: int

    def aggregate(self) -> tuple[str, int]:
        return self.conversation_id, self.ver


@dataclass(frozen=True, kw_only=True)
class MessageCreated(_ConversationEvent):
    """A message was stored. Texts do not travel.

    Attributes:
        mentions: The members whom it names, without those who have blocked its author.
        reply_to_author: The author of the message that it answers, under the same conditions.
        linked: Whether another service linked the conversation to something of its own, such as a post.
    """

    name: ClassVar[str] = "message_created"
    message_id: str
    seq: int
    author_id: str
    mentions: list[str]
    reply_to: str | None
    media_ids: list[str]
    reply_to_author: str | None = None
    linked: bool = False

    def facets(self) -> tuple[str, ...]:
        """Return `addressed` where somebody may want to be told, `media` where it carries such: most do neither."""
        addressed = ("addressed",) if self.mentions or self.reply_to_author or self.linked else ()
        return (*addressed, "media") if self.media_ids else addressed


@dataclass(frozen=True, kw_only=True)
class MessageEdited(_ConversationEvent):
    """A message's text was replaced."""

    name: ClassVar[str] = "message_edited"
    message_id: str
    seq: int


@dataclass(frozen=True, kw_only=True)
class MessageDeleted(_ConversationEvent):
    """A message was removed for everybody; `carried_media` says that it carried such."""

    name: ClassVar[str] = "message_deleted"
    message_id: str
    seq: int
    carried_media: bool = False

    def facets(self) -> tuple[str, ...]:
        """Return `media` where it carried such."""
        return ("media",) if self.carried_media else ()


@dataclass(frozen=True, kw_only=True)
class MemberAdded(_ConversationEvent):
    """A person became a member of a conversation."""

    name: ClassVar[str] = "member_added"
    user_id: str
    role: str


@dataclass(frozen=True, kw_only=True)
class MemberRemoved(_ConversationEvent):
    """A person left a conversation or was removed from it."""

    name: ClassVar[str] = "member_removed"
    user_id: str


class UnknownConversation(NotFound):
    """Also the answer to people who are not members: they may not know that it exists."""

    code = "unknown_conversation"
    detail = "There is no such conversation."


class UnknownMessage(NotFound):
    code = "unknown_message"
    detail = "There is no such message."


class UnknownMember(NotFound):
    code = "unknown_member"
    detail = "That person is not a member."


class UnknownScheduledMessage(NotFound):
    code = "unknown_scheduled_message"
    detail = "There is no such scheduled message."


class UnknownWebhook(NotFound):
    """Also the answer to whoever does not know its secret."""

    code = "unknown_webhook"
    detail = "There is no such webhook."


class UnknownReport(NotFound):
    code = "unknown_report"
    detail = "There is no such report."


class ReportClosed(Conflict):
    """A settled report stays as it was settled."""

    code = "report_closed"
    detail = "That report was settled in another way."


class UnknownPerson(Invalid):
    code = "unknown_person"
    detail = "One of those people does not exist."


class IdempotencyMismatch(Conflict):
    code = "idempotency_mismatch"
    detail = "That client_msg_id was used for another message."


class RoleTooLow(Forbidden):
    code = "role_too_low"
    detail = "Your role in this conversation does not allow that."


class NotYourMessage(Forbidden):
    code = "not_your_message"
    detail = "Only its author may do that."


class NotEditable(Conflict):
    """Polls, payments and system messages stay as they are."""

    code = "not_editable"
    detail = "Only the text of a message can be edited."


class Blocked(Forbidden):
    code = "blocked"
    detail = "You cannot write to this person."


class MessageEmpty(Invalid):
    code = "message_empty"
    detail = "A message has text, media or a poll."


class TextTooLong(Invalid):
    code = "text_too_long"
    detail = "A message has at most 8,000 characters."


class EntityInvalid(Invalid):
    code = "entity_invalid"
    detail = "An entity does not fit the text."


class ReplyInvalid(Invalid):
    code = "reply_invalid"
    detail = "That message is not in this conversation."


class SendTimeInvalid(Invalid):
    code = "send_time_invalid"
    detail = "send_at lies in the past or more than a year ahead."


class NotAPoll(Invalid):
    code = "not_a_poll"
    detail = "That message is not a poll."


class VoteInvalid(Invalid):
    code = "vote_invalid"
    detail = "Those options are not in this poll, or it takes only one."


class PollAnonymous(Forbidden):
    code = "poll_anonymous"
    detail = "Votes in this poll are anonymous."


class PollClosed(Conflict):
    code = "poll_closed"
    detail = "This poll is closed."


class PollInvalid(Invalid):
    code = "poll_invalid"
    detail = "A poll has a question, 2 to 12 different options, and single votes unless it says otherwise."


class TooManyMembers(Conflict):
    code = "too_many_members"
    detail = "A group holds at most 1,000 people."


class TooManyReactions(Conflict):
    code = "too_many_reactions"
    detail = "At most 20 different reactions fit on a message."


class TooManyPins(Conflict):
    code = "too_many_pins"
    detail = "At most 100 messages can be pinned."


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"
    detail = "A group has at most 20 webhooks."


class CommandInvalid(Invalid):
    code = "command_invalid"
    detail = "A command has a name of 1 to 32 letters a-z, digits and _, a description and, maybe, a usage."


class CommandTaken(Conflict):
    code = "command_taken"
    detail = "Somebody else answers a command of that name here."


class TooManyCommands(Conflict):
    code = "too_many_commands"
    detail = "A conversation has at most 100 commands."


class LastOwner(Conflict):
    code = "last_owner"
    detail = "A group needs an owner; name another one first."


class DirectIsForTwo(Invalid):
    code = "direct_is_for_two"
    detail = "A direct conversation is between you and one other person."


class SlowMode(TooMany):
    code = "slow_mode"
    detail = "Slow mode: wait before you write again."


class MessagingService(Protocol):
    """RPC interface of svc_messaging (service name `messaging`).

    Everybody's access token travels in the call context, except in `send_many`, where every item
    carries its own. `before`, `after` and `next` are opaque cursors.
    """

    # conversations and members
    def create_conversation(
        self, *, kind: ConversationKind, member_ids: list[str], title: str | None = None
    ) -> ConversationView: ...  # a direct one that exists already is returned
    def get_conversation(self, *, conversation_id: str) -> ConversationView: ...
    def list_conversations(
        self, *, limit: int = 50, after: str | None = None, archived: bool = False
    ) -> Page[ConversationView]: ...
    def update_conversation(
        self, *, conversation_id: str, changes: dict[str, Any]
    ) -> ConversationView: ...  # title slow_mode_s
    def update_my_settings(
        self, *, conversation_id: str, changes: dict[str, Any]
    ) -> MySettingsView: ...  # muted_until pinned archived marked_unread
    def list_members(self, *, conversation_id: str, limit: int = 100, after: str | None = None) -> Page[MemberView]: ...
    def add_members(self, *, conversation_id: str, user_ids: list[str]) -> ConversationView: ...
    def remove_member(self, *, conversation_id: str, user_id: str) -> None: ...  # oneself: leave
    def set_member_role(self, *, conversation_id: str, user_id: str, role: MemberRole) -> MemberView: ...

    # messages
    def send_many(self, *, items: list[SendItem]) -> list[SendResult]: ...
    def list_messages(
        self,
        *,
        conversation_id: str,
        limit: int = 50,
        before_seq: int | None = None,
        after_seq: int | None = None,
        around_seq: int | None = None,
    ) -> Page[MessageView]: ...  # ascending seq; `next` is the seq to go on from, in the direction asked for
    def list_message_pages(self, *, items: list[PageItem]) -> list[PageResult]: ...

    def list_shared(
        self, *, conversation_id: str, kind: SharedKind, limit: int = 50, before_seq: int | None = None
    ) -> list[MessageView]: ...  # those that carry media or links, ascending seq, the last ones
    def get_message(self, *, message_id: str) -> MessageView: ...
    def edit_message(self, *, message_id: str, text: str, entities: list[EntityView] | None = None) -> MessageView: ...
    def list_edits(self, *, message_id: str) -> Page[EditView]: ...
    def delete_message(self, *, message_id: str, scope: Literal["me", "all"] = "all") -> None: ...
    def list_thread(self, *, message_id: str, limit: int = 50, after_seq: int | None = None) -> list[MessageView]: ...
    def forward_message(self, *, message_id: str, conversation_id: str, client_msg_id: str) -> SendResult: ...

    # what people do with messages
    def add_reaction(self, *, message_id: str, emoji: str) -> MessageView: ...
    def remove_reaction(self, *, message_id: str, emoji: str) -> MessageView: ...
    def list_reactions(
        self, *, message_id: str, limit: int = 100, after: str | None = None
    ) -> Page[dict[str, str]]: ...  # {user_id, emoji, created_at}
    def pin_message(self, *, message_id: str) -> MessageView: ...
    def unpin_message(self, *, message_id: str) -> MessageView: ...
    def list_pins(self, *, conversation_id: str) -> list[MessageView]: ...
    def vote_poll(self, *, message_id: str, option_ids: list[int]) -> MessageView: ...  # [] takes the vote back
    def close_poll(self, *, message_id: str) -> MessageView: ...
    def list_poll_votes(
        self, *, message_id: str, limit: int = 100, after: str | None = None
    ) -> Page[dict[str, Any]]: ...  # {user_id, option_id}; refused (poll_anonymous) where votes are anonymous
    def mark_read(self, *, conversation_id: str, up_to_seq: int, private: bool = False) -> MySettingsView: ...
    def count_receipts(self, *, message_id: str) -> ReceiptCounts: ...
    def mark_delivered(self, *, conversation_id: str, up_to_seq: int) -> None: ...
    def mark_unread(self, *, conversation_id: str) -> MySettingsView: ...
    def put_draft(
        self,
        *,
        conversation_id: str,
        text: str,
        entities: list[EntityView] | None = None,
        reply_to: str | None = None,
    ) -> DraftView: ...
    def delete_draft(self, *, conversation_id: str) -> None: ...
    def list_drafts(self) -> Page[DraftView]: ...
    def list_scheduled(self, *, conversation_id: str | None = None) -> Page[ScheduledView]: ...
    def cancel_scheduled(self, *, scheduled_id: str) -> None: ...

    # programs: webhooks are for a group's moderators and owners; commands for every member
    def create_webhook(self, *, conversation_id: str, name: str) -> WebhookView: ...  # with `secret`
    def list_webhooks(self, *, conversation_id: str) -> Page[WebhookView]: ...
    def rename_webhook(self, *, conversation_id: str, webhook_id: str, name: str) -> WebhookView: ...
    def renew_webhook_secret(self, *, conversation_id: str, webhook_id: str) -> WebhookView: ...  # with `secret`
    def delete_webhook(self, *, conversation_id: str, webhook_id: str) -> None: ...
    def post_to_webhook(
        self, *, webhook_id: str, secret: str, text: str, entities: list[EntityView] | None = None
    ) -> PostedView: ...  # (service token: gateway)
    def set_commands(
        self, *, conversation_id: str, commands: list[CommandDraft]
    ) -> Page[CommandView]: ...  # all of one's own; answers with those of everybody
    def list_commands(self, *, conversation_id: str) -> Page[CommandView]: ...
    def search_messages(
        self,
        *,
        query: str,
        conversation_id: str | None = None,
        limit: int = 20,
        after: str | None = None,
    ) -> Page[MessageView]: ...

    # people and moderation
    def block_user(self, *, user_id: str) -> BlockView: ...
    def unblock_user(self, *, user_id: str) -> None: ...
    def list_blocked(self) -> Page[BlockView]: ...
    def create_report(
        self,
        *,
        conversation_id: str,
        reason: str,
        note: str = "",
        message_id: str | None = None,
        user_id: str | None = None,
    ) -> ReportView: ...
    def list_reports(
        self, *, state: str = "open", limit: int = 50, after: str | None = None
    ) -> Page[ReportView]: ...  # moderators of the platform
    def get_report(self, *, report_id: str) -> ReportedView: ...  # moderators of the platform
    def resolve_report(self, *, report_id: str, state: Literal["resolved", "dismissed"]) -> ReportView: ...

    # live path
    def list_changes(
        self, *, conversation_id: str, after_ver: int, limit: int = 200
    ) -> dict[str, Any]: ...  # {items: [ChangeView], ver, more}
    def sync(self, *, heads: dict[str, int]) -> dict[str, Any]: ...  # {items: [SyncItem]} of all that differ
    def list_my_conversation_ids(self) -> list[str]: ...
    def list_access_removed(self, *, since: str) -> list[AccessRemovedView]: ...  # (service token: gateway)
    # for other services, by their own token: a group under an id that they choose (all idempotent)
    def create_linked_conversation(self, *, conversation_id: str, owner_id: str, title: str) -> None: ...
    def add_linked_member(self, *, conversation_id: str, user_id: str) -> None: ...
    def remove_linked_member(self, *, conversation_id: str, user_id: str) -> None: ...
    # for svc_payments, by its own token: those who are members now; nobody of a direct chat with a block
    def find_members(self, *, conversation_id: str, user_ids: list[str]) -> list[str]: ...
    def find_members_of_many(self, *, items: list[MembersItem]) -> list[list[str]]: ...  # up to MAX_BATCH
    # for the owners of what messages carry, by their own token
    def find_readable_messages(self, *, user_id: str, message_ids: list[str]) -> list[str]: ...
    # for svc_auth, by its own token: what is kept of a person, page by page
    def list_own_data(self, *, user_id: str, section: str, after: str | None = None) -> Page[dict[str, Any]]: ...

"""Posts: publish, read, change, and what followers do with them."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
import msgspec
from msgspec import Meta

from contracts import subscriptions as contract
from contracts.base import Invalid, Page
from contracts.messaging import EntityInvalid, TooManyMembers
from contracts.payments import AmountInvalid, CurrencyUnknown
from gateway_flask.fields import ClientId, Id, Limit, Moment, Number, Request, moment_text
from gateway_flask.operation import Call, operation
from gateway_flask.reply import REPLAYED, Reply
from gateway_flask.routes.payments_fields import Amount, Currency
from gateway_flask.routes.texts import Entities, an_emoji, entity_views
from plumbing import codec

bp = flask.Blueprint("posts", __name__, url_prefix="/v1")

PostText = Annotated[str, Meta(max_length=contract.MAX_POST)]
Teaser = Annotated[str, Meta(max_length=contract.MAX_TEASER)]


class PriceBody(Request):
    """What a post costs alone."""

    amount: Amount
    currency: Currency


class PublishBody(Request):
    """A post. Sending the same body again under the same `client_post_id` publishes nothing twice."""

    client_post_id: ClientId
    text: PostText = ""
    entities: Entities = []
    media_ids: Annotated[list[Id], Meta(max_length=20)] = []
    silent: bool = False
    publish_at: Moment | None = None
    comments: bool = False
    paid: bool = False
    price: PriceBody | None = None
    teaser: Teaser = ""


class PostsQuery(Request):
    """Which posts: the last ones, or those next to a number; with `pinned`, those alone that are pinned."""

    limit: Limit = 30
    before_seq: Number | None = None
    after_seq: Number | None = None
    pinned: bool = False


class EditPostBody(Request):
    """The new text; the teaser stays where none is given."""

    text: PostText
    entities: Entities = []
    teaser: Teaser | None = None


class Comments(TypedDict):
    """The conversation below a post, which one is a member of now."""

    conversation_id: str


@bp.post("/channels/<id:channel_id>/posts")
@operation(
    summary="Publish a post", body=PublishBody, returns=contract.PostView, status=201, limit="write",
    errors=(contract.UnknownChannel, contract.ChannelRoleTooLow, contract.PostMismatch, contract.PostEmpty,
            contract.PublishTimeInvalid, EntityInvalid, contract.ChannelNotPaid, AmountInvalid, CurrencyUnknown),
    description="A `paid` one is for those who pay for the channel, one with a `price` for those who buy it; others "
    "see its `teaser`. Neither can be changed later.",
    also={
        200: (contract.PostView, "The same post was published before; this is it (`Idempotent-Replayed: true`)."),
        202: (contract.ScheduledPostView, "Stored, to be published at `publish_at`."),
    },
)  # fmt: skip
def publish_post(call: Call, channel_id: str) -> Reply:
    body: PublishBody = call.body
    result = call.ask(
        "subscriptions", "publish_post", channel_id=channel_id, client_post_id=body.client_post_id, text=body.text,
        entities=entity_views(body.entities), media_ids=body.media_ids, silent=body.silent,
        publish_at=moment_text(body.publish_at), comments=body.comments, paid=body.paid,
        price=msgspec.to_builtins(body.price), teaser=body.teaser,
    )  # fmt: skip
    headers = [REPLAYED] if result["replayed"] else []
    if "scheduled" in result:
        return Reply(202, codec.encode(result["scheduled"]), headers)
    return Reply(200 if result["replayed"] else 201, codec.encode(result["post"]), headers)


@bp.get("/channels/<id:channel_id>/posts")
@operation(
    summary="Read posts", query=PostsQuery, returns=Page[contract.PostView], errors=(contract.UnknownChannel,),
    description="In ascending order of seq. `next` is the seq to go on from: as `before_seq`, or as `after_seq` "
    "where the page was asked for with `after_seq`.",
)  # fmt: skip
def list_posts(call: Call, channel_id: str) -> Any:
    query: PostsQuery = call.query
    if query.before_seq is not None and query.after_seq is not None:
        raise Invalid("Give one of before_seq and after_seq.", code="invalid_field", field="before_seq")
    items: list[contract.PostView] = call.ask(
        "subscriptions", "list_posts", channel_id=channel_id, limit=query.limit, before_seq=query.before_seq,
        after_seq=query.after_seq, pinned=query.pinned,
    )  # fmt: skip
    edge = 0 if query.after_seq is None else -1
    return {"items": items, "next": str(items[edge]["seq"]) if len(items) == query.limit else None}


@bp.get("/posts/<id:post_id>")
@operation(summary="Get a post", returns=contract.PostView, errors=(contract.UnknownPost,))
def get_post(call: Call, post_id: str) -> Any:
    return call.ask("subscriptions", "get_post", post_id=post_id)


@bp.patch("/posts/<id:post_id>")
@operation(
    summary="Edit one's own post", body=EditPostBody, returns=contract.PostView, limit="write",
    errors=(contract.UnknownPost, contract.ChannelRoleTooLow, contract.PostEmpty, EntityInvalid),
)  # fmt: skip
def edit_post(call: Call, post_id: str) -> Any:
    body: EditPostBody = call.body
    return call.ask(
        "subscriptions", "edit_post", post_id=post_id, text=body.text, entities=entity_views(body.entities),
        teaser=body.teaser,
    )  # fmt: skip


@bp.delete("/posts/<id:post_id>")
@operation(
    summary="Delete a post", limit="write", errors=(contract.UnknownPost, contract.ChannelRoleTooLow)
)  # fmt: skip
def delete_post(call: Call, post_id: str) -> None:
    call.ask("subscriptions", "delete_post", post_id=post_id)


@bp.put("/posts/<id:post_id>/pin")
@operation(
    summary="Pin a post", returns=contract.PostView, limit="write",
    errors=(contract.UnknownPost, contract.ChannelRoleTooLow),
)  # fmt: skip
def pin_post(call: Call, post_id: str) -> Any:
    return call.ask("subscriptions", "pin_post", post_id=post_id, pinned=True)


@bp.delete("/posts/<id:post_id>/pin")
@operation(
    summary="Unpin a post", returns=contract.PostView, limit="write",
    errors=(contract.UnknownPost, contract.ChannelRoleTooLow),
)  # fmt: skip
def unpin_post(call: Call, post_id: str) -> Any:
    return call.ask("subscriptions", "pin_post", post_id=post_id, pinned=False)


@bp.put("/posts/<id:post_id>/reactions/<emoji>")
@operation(
    summary="React to a post", returns=contract.PostView, limit="write",
    errors=(contract.UnknownPost, contract.PostLocked, contract.ChannelRoleTooLow, contract.TooManyPostReactions),
)  # fmt: skip
def add_post_reaction(call: Call, post_id: str, emoji: str) -> Any:
    return call.ask("subscriptions", "add_post_reaction", post_id=post_id, emoji=an_emoji(emoji))


@bp.delete("/posts/<id:post_id>/reactions/<emoji>")
@operation(
    summary="Take a reaction to a post back", returns=contract.PostView, limit="write",
    errors=(contract.UnknownPost, contract.PostLocked, contract.ChannelRoleTooLow),
)  # fmt: skip
def remove_post_reaction(call: Call, post_id: str, emoji: str) -> Any:
    return call.ask("subscriptions", "remove_post_reaction", post_id=post_id, emoji=an_emoji(emoji))


@bp.post("/posts/<id:post_id>/comments")
@operation(
    summary="Join the comments of a post", returns=Comments, limit="write",
    errors=(contract.UnknownPost, contract.PostLocked, contract.ChannelRoleTooLow, contract.CommentsOff,
            TooManyMembers),
    description="Comments are messages of the conversation that is named in the answer; 1,000 people can be in it.",
)  # fmt: skip
def join_comments(call: Call, post_id: str) -> Any:
    return call.ask("subscriptions", "join_comments", post_id=post_id)


@bp.get("/channels/<id:channel_id>/scheduled-posts")
@operation(
    summary="List posts that wait for their time", returns=Page[contract.ScheduledPostView],
    errors=(contract.UnknownChannel, contract.ChannelRoleTooLow),
    description="An author's own, and everybody's for the channel's admins.",
)  # fmt: skip
def list_scheduled_posts(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "list_scheduled_posts", channel_id=channel_id)


@bp.delete("/scheduled-posts/<id:post_id>")
@operation(summary="Call a waiting post off", limit="write", errors=(contract.UnknownScheduledPost,))
def cancel_scheduled_post(call: Call, post_id: str) -> None:
    call.ask("subscriptions", "cancel_scheduled_post", post_id=post_id)

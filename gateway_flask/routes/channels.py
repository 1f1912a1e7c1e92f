"""Channels: begin, find, set up and end them; their log and their statistics."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import subscriptions as contract
from contracts.base import Page
from gateway_flask.body import check_text
from gateway_flask.fields import Cursor, Id, Limit, Number, Request, given
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("channels", __name__, url_prefix="/v1/channels")

Title = Annotated[str, Meta(min_length=1, max_length=100)]
Handle = Annotated[str, Meta(min_length=1, max_length=100, description="3 to 32 letters, digits or underscores.")]
Topic = Annotated[str, Meta(min_length=1, max_length=40)]
Topics = Annotated[list[Topic], Meta(max_length=10)]
Language = Annotated[str, Meta(min_length=2, max_length=20, description="A tag, such as `es` or `pt-BR`.")]
Description = Annotated[str, Meta(max_length=2_000)]


class Log(TypedDict):
    """Entries in the order of `seq`; `seq` is the log's last one, `more` says that the page ends before it."""

    items: list[contract.LogEntryView]
    seq: int
    more: bool


class ChannelBody(Request):
    """A channel: a public one is found by search, a private one is joined by invitation."""

    title: Title
    visibility: Literal["public", "private"]
    handle: Handle | None = None
    description: Description = ""
    topics: Topics = []
    language: Language = "en"
    picture: Id | None = None


class ChannelsQuery(Request):
    """Words or a handle; without them all public channels, the most followed first."""

    query: Annotated[str, Meta(max_length=200)] = ""
    topic: Topic | None = None
    language: Language | None = None
    limit: Limit = 20
    after: Cursor | None = None


class MyChannelsQuery(Request):
    """A page of the channels that one follows."""

    limit: Limit = 100
    after: Cursor | None = None


class ChannelChangesBody(Request):
    """What to change; handle and visibility are the owners' to change."""

    title: Title | UnsetType = UNSET
    visibility: Literal["public", "private"] | UnsetType = UNSET
    handle: Handle | None | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    topics: Topics | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    picture: Id | None | UnsetType = UNSET


class VerifiedBody(Request):
    """Whether the channel bears the platform's mark."""

    verified: bool


class StatsQuery(Request):
    """Of how many days, today included."""

    days: Annotated[int, Meta(ge=1, le=366)] = 30


class LogQuery(Request):
    """From which entry on, and how many."""

    after_seq: Number
    limit: Annotated[int, Meta(ge=1, le=500)] = 200


class ReadLogBody(Request):
    """How far the caller has read."""

    up_to_seq: Number


@bp.post("")
@operation(
    summary="Begin a channel", body=ChannelBody, returns=contract.ChannelView, status=201, limit="create", keyed=True,
    errors=(contract.HandleInvalid, contract.HandleTaken, contract.TooManyFollowed, contract.UnknownChannel),
    description="404: what the key made is deleted by now.",
)  # fmt: skip
def create_channel(call: Call) -> Any:
    body: ChannelBody = call.body
    return call.ask(
        "subscriptions", "create_channel", title=body.title, visibility=body.visibility, handle=body.handle,
        description=body.description, topics=body.topics, language=body.language, picture=body.picture,
    )  # fmt: skip


@bp.get("")
@operation(summary="Find public channels", query=ChannelsQuery, returns=Page[contract.ChannelView], limit="search")
def search_channels(call: Call) -> Any:
    query: ChannelsQuery = call.query
    return call.ask(
        "subscriptions", "search_channels", query=query.query, topic=query.topic, language=query.language,
        limit=query.limit, after=query.after,
    )  # fmt: skip


@bp.get("/mine")
@operation(summary="List the channels one follows", query=MyChannelsQuery, returns=Page[contract.ChannelView])
def list_my_channels(call: Call) -> Any:
    return call.ask("subscriptions", "list_my_channels", limit=call.query.limit, after=call.query.after)


@bp.get("/handles/<handle>")
@operation(
    summary="Get the channel of a handle", returns=contract.ChannelView,
    errors=(contract.UnknownChannel, contract.HandleInvalid),
)  # fmt: skip
def get_channel_by_handle(call: Call, handle: str) -> Any:
    check_text(handle)
    return call.ask("subscriptions", "find_channel_by_handle", handle=handle)


@bp.get("/<id:channel_id>")
@operation(summary="Get a channel", returns=contract.ChannelView, errors=(contract.UnknownChannel,))
def get_channel(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "get_channel", channel_id=channel_id)


@bp.patch("/<id:channel_id>")
@operation(
    summary="Set a channel up", body=ChannelChangesBody, returns=contract.ChannelView, limit="write",
    errors=(contract.UnknownChannel, contract.ChannelRoleTooLow, contract.HandleInvalid, contract.HandleTaken),
)  # fmt: skip
def update_channel(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "update_channel", channel_id=channel_id, changes=given(call.body))


@bp.delete("/<id:channel_id>")
@operation(
    summary="End a channel for everybody", limit="write",
    errors=(contract.UnknownChannel, contract.ChannelRoleTooLow),
)  # fmt: skip
def delete_channel(call: Call, channel_id: str) -> None:
    call.ask("subscriptions", "delete_channel", channel_id=channel_id)


@bp.put("/<id:channel_id>/verified")
@operation(
    summary="Give or take the platform's mark (administrators)", body=VerifiedBody, returns=contract.ChannelView,
    limit="write", errors=(contract.UnknownChannel,),
)  # fmt: skip
def set_verified(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "set_verified", channel_id=channel_id, verified=call.body.verified)


@bp.get("/<id:channel_id>/stats")
@operation(
    summary="See followers, reach and reads by day (the channel's team)", query=StatsQuery,
    returns=contract.StatsView, errors=(contract.UnknownChannel, contract.ChannelRoleTooLow),
)  # fmt: skip
def get_channel_stats(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "get_channel_stats", channel_id=channel_id, days=call.query.days)


@bp.get("/<id:channel_id>/log")
@operation(
    summary="Replay the log from any entry", query=LogQuery, returns=Log, errors=(contract.UnknownChannel,),
    description="`seq` has no gaps: ask again with the last one while `more` is true, and nothing is missed.",
)  # fmt: skip
def list_log(call: Call, channel_id: str) -> Any:
    query: LogQuery = call.query
    return call.ask(
        "subscriptions", "list_log", channel_id=channel_id, after_seq=query.after_seq, limit=query.limit
    )  # fmt: skip


@bp.post("/<id:channel_id>/read")
@operation(
    summary="Mark the log as read up to a seq", body=ReadLogBody, returns=contract.SubscriptionView, limit="write",
    errors=(contract.UnknownChannel, contract.UnknownFollower),
    description="Each post that is read so counts one view of each person, and its notifications are cleared.",
)  # fmt: skip
def mark_channel_read(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "mark_channel_read", channel_id=channel_id, up_to_seq=call.body.up_to_seq)

"""Following channels, and the people of a channel."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Any

import flask

from contracts import subscriptions as contract
from contracts.base import Page
from gateway_flask.fields import Cursor, Limit, Moment, Request, moment_text
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("following", __name__, url_prefix="/v1/channels/<id:channel_id>")


class FollowBody(Request):
    """How to hear of new posts: of all, of mentions alone, or in silence; nothing at all before `muted_until`."""

    level: contract.Level = "all"
    muted_until: Moment | None = None


class FollowersQuery(Request):
    """A page of followers, of all roles or of one."""

    role: contract.ChannelRole | None = None
    limit: Limit = 100
    after: Cursor | None = None


class ChannelRoleBody(Request):
    """The new role."""

    role: contract.ChannelRole


@bp.post("/subscription")
@operation(
    summary="Follow a channel, or change how one does", body=FollowBody, body_required=False,
    returns=contract.SubscriptionView, limit="write", errors=(contract.UnknownChannel, contract.TooManyFollowed),
)  # fmt: skip
def subscribe(call: Call, channel_id: str) -> Any:
    body: FollowBody = call.body or FollowBody()
    until = moment_text(body.muted_until)
    return call.ask("subscriptions", "subscribe", channel_id=channel_id, level=body.level, muted_until=until)


@bp.delete("/subscription")
@operation(
    summary="Stop following a channel", limit="write", errors=(contract.ChannelLastOwner, contract.UnknownChannel),
    description="Whoever does not follow it stays as they are.",
)  # fmt: skip
def unsubscribe(call: Call, channel_id: str) -> None:
    call.ask("subscriptions", "unsubscribe", channel_id=channel_id)


@bp.get("/followers")
@operation(
    summary="List followers (the channel's team)", query=FollowersQuery, returns=Page[contract.FollowerView],
    errors=(contract.UnknownChannel, contract.ChannelRoleTooLow),
)  # fmt: skip
def list_followers(call: Call, channel_id: str) -> Any:
    query: FollowersQuery = call.query
    return call.ask(
        "subscriptions", "list_followers", channel_id=channel_id, role=query.role, limit=query.limit,
        after=query.after,
    )  # fmt: skip


@bp.patch("/followers/<id:user_id>")
@operation(
    summary="Give a follower another role", body=ChannelRoleBody, returns=contract.FollowerView, limit="write",
    errors=(contract.UnknownChannel, contract.UnknownFollower, contract.ChannelRoleTooLow, contract.ChannelLastOwner),
)  # fmt: skip
def set_channel_role(call: Call, channel_id: str, user_id: str) -> Any:
    return call.ask(
        "subscriptions", "set_channel_role", channel_id=channel_id, user_id=user_id, role=call.body.role
    )  # fmt: skip


@bp.delete("/followers/<id:user_id>")
@operation(
    summary="Remove a follower of a lower role", limit="write",
    errors=(contract.UnknownChannel, contract.UnknownFollower, contract.ChannelRoleTooLow, contract.ChannelLastOwner),
)  # fmt: skip
def remove_follower(call: Call, channel_id: str, user_id: str) -> None:
    call.ask("subscriptions", "remove_follower", channel_id=channel_id, user_id=user_id)

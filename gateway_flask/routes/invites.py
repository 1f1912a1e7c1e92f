"""The ways into a private channel: invitations, and those who wait to be let in."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

import flask
from msgspec import Meta

from contracts import subscriptions as contract
from contracts.base import Page
from gateway_flask.fields import Request
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("invites", __name__, url_prefix="/v1")

_ADMINS = (contract.UnknownChannel, contract.ChannelRoleTooLow)


class Accepted(TypedDict):
    """The channel that one follows now; null where its admins have to agree first."""

    state: Literal["joined", "requested"]
    channel: contract.ChannelView | None


class InviteBody(Request):
    """How long and how often it is good, and whether the channel's admins decide about each who comes."""

    expires_in_s: Annotated[int, Meta(ge=1, le=366 * 24 * 3600)] | None = None
    max_uses: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    needs_approval: bool = False


class AcceptBody(Request):
    """The code of the invitation; it stands in a body, since addresses are logged on the way."""

    code: Annotated[str, Meta(min_length=1, max_length=100)]


class AnswerBody(Request):
    """Whether to let them in."""

    accept: bool


@bp.post("/channels/<id:channel_id>/invites")
@operation(
    summary="Invite to a channel", body=InviteBody, body_required=False, returns=contract.InviteView, status=201,
    limit="create", keyed=True, errors=(*_ADMINS, contract.TooManyInvites),
    description="`code` and `url` are in this answer alone.",
)  # fmt: skip
def create_invite(call: Call, channel_id: str) -> Any:
    body: InviteBody = call.body or InviteBody()
    return call.ask(
        "subscriptions", "create_invite", channel_id=channel_id, expires_in_s=body.expires_in_s,
        max_uses=body.max_uses, needs_approval=body.needs_approval,
    )  # fmt: skip


@bp.get("/channels/<id:channel_id>/invites")
@operation(summary="List invitations (the channel's admins)", returns=Page[contract.InviteView], errors=_ADMINS)
def list_invites(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "list_invites", channel_id=channel_id)


@bp.delete("/channels/<id:channel_id>/invites/<id:invite_id>")
@operation(summary="End an invitation", limit="write", errors=(*_ADMINS, contract.UnknownInvite))
def revoke_invite(call: Call, channel_id: str, invite_id: str) -> None:
    call.ask("subscriptions", "revoke_invite", channel_id=channel_id, invite_id=invite_id)


@bp.post("/invites/accept")
@operation(
    summary="Accept an invitation", body=AcceptBody, returns=Accepted, limit="write",
    errors=(contract.UnknownInvite, contract.UnknownChannel, contract.TooManyFollowed),
)  # fmt: skip
def accept_invite(call: Call) -> Any:
    return call.ask("subscriptions", "accept_invite", code=call.body.code)


@bp.get("/channels/<id:channel_id>/join-requests")
@operation(
    summary="List who waits to be let in (the channel's admins)", returns=Page[contract.JoinRequestView],
    errors=_ADMINS,
)  # fmt: skip
def list_join_requests(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "list_join_requests", channel_id=channel_id)


@bp.post("/channels/<id:channel_id>/join-requests/<id:user_id>")
@operation(
    summary="Let somebody in, or turn them down", body=AnswerBody, limit="write",
    errors=(*_ADMINS, contract.UnknownJoinRequest, contract.TooManyFollowed),
)  # fmt: skip
def answer_join_request(call: Call, channel_id: str, user_id: str) -> None:
    call.ask(
        "subscriptions", "answer_join_request", channel_id=channel_id, user_id=user_id, accept=call.body.accept
    )  # fmt: skip

"""Observers that a channel's admins attach: signed webhooks, and digests by mail."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import subscriptions as contract
from contracts.base import Page
from gateway_flask.fields import Limit, Number, Request, given
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("observers", __name__, url_prefix="/v1/channels/<id:channel_id>/observers")

Address = Annotated[str, Meta(min_length=1, max_length=2_000)]
Events = Annotated[list[Annotated[str, Meta(min_length=1, max_length=40)]], Meta(max_length=7)]
_ADMINS = (contract.UnknownChannel, contract.ChannelRoleTooLow)
_ONE = (*_ADMINS, contract.UnknownObserver)


class ObserverBody(Request):
    """Who observes, of which types of entries (none: all), and from which entry on (null: from now on)."""

    kind: contract.ObserverKind
    url: Address | None = None
    events: Events = []
    from_seq: Number | None = None


class ObserverChangesBody(Request):
    """What to change; `active` also enables a disabled one again."""

    url: Address | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    state: Literal["active", "paused"] | UnsetType = UNSET


class ReplayBody(Request):
    """The first entry of the log that it gets again."""

    from_seq: Number


class DeliveriesQuery(Request):
    """How many attempts."""

    limit: Limit = 50


@bp.post("")
@operation(
    summary="Attach an observer", body=ObserverBody, returns=contract.ObserverView, status=201, limit="create",
    keyed=True,
    errors=(*_ADMINS, contract.TooManyObservers, contract.AddressRefused, contract.UrlWanted,
            contract.PreferencesInvalid),
    description="A webhook's `secret`, which its deliveries are signed with, is in this answer alone.",
)  # fmt: skip
def create_observer(call: Call, channel_id: str) -> Any:
    body: ObserverBody = call.body
    return call.ask(
        "subscriptions", "attach_observer", channel_id=channel_id, kind=body.kind, url=body.url, events=body.events,
        from_seq=body.from_seq,
    )  # fmt: skip


@bp.get("")
@operation(summary="List observers (the channel's admins)", returns=Page[contract.ObserverView], errors=_ADMINS)
def list_observers(call: Call, channel_id: str) -> Any:
    return call.ask("subscriptions", "list_observers", channel_id=channel_id)


@bp.patch("/<id:observer_id>")
@operation(
    summary="Change, pause or enable an observer", body=ObserverChangesBody, returns=contract.ObserverView,
    limit="write", errors=(*_ONE, contract.AddressRefused, contract.UrlWanted),
)  # fmt: skip
def update_observer(call: Call, channel_id: str, observer_id: str) -> Any:
    return call.ask(
        "subscriptions", "update_observer", channel_id=channel_id, observer_id=observer_id, changes=given(call.body)
    )  # fmt: skip


@bp.delete("/<id:observer_id>")
@operation(summary="Detach an observer", limit="write", errors=_ADMINS)
def delete_observer(call: Call, channel_id: str, observer_id: str) -> None:
    call.ask("subscriptions", "detach_observer", channel_id=channel_id, observer_id=observer_id)


@bp.post("/<id:observer_id>/replay")
@operation(
    summary="Let an observer have the log again", body=ReplayBody, returns=contract.ObserverView, limit="write",
    errors=_ONE, description="A disabled one is active again.",
)  # fmt: skip
def replay_observer(call: Call, channel_id: str, observer_id: str) -> Any:
    return call.ask(
        "subscriptions", "replay_observer", channel_id=channel_id, observer_id=observer_id,
        from_seq=call.body.from_seq,
    )  # fmt: skip


@bp.get("/<id:observer_id>/deliveries")
@operation(
    summary="List the last attempts to hand something over", query=DeliveriesQuery,
    returns=Page[contract.DeliveryView], errors=_ONE,
)  # fmt: skip
def list_deliveries(call: Call, channel_id: str, observer_id: str) -> Any:
    return call.ask(
        "subscriptions", "list_deliveries", channel_id=channel_id, observer_id=observer_id, limit=call.query.limit
    )  # fmt: skip

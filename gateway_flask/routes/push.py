"""The devices that a person gets pushes on."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, TypedDict

import flask
from msgspec import UNSET, Meta, UnsetType

from contracts import subscriptions as contract
from contracts.base import Page
from gateway_flask.fields import Request, given
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("push", __name__, url_prefix="/v1/push")

Device = Annotated[str, Meta(max_length=80)]
Key = Annotated[str, Meta(min_length=1, max_length=200, description="base64url, as the browser tells it.")]


class PushKey(TypedDict):
    """What a browser needs to subscribe: the VAPID public key, base64url."""

    public_key: str


class EndpointBody(Request):
    """A browser's push subscription; the same endpoint again gets the new keys."""

    endpoint: Annotated[str, Meta(min_length=1, max_length=2_048)]
    p256dh: Key
    auth: Key
    device: Device = ""


class EndpointChangesBody(Request):
    """What to change; pushes on a `quiet` device make no sound."""

    device: Device | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    quiet: bool | UnsetType = UNSET


@bp.get("/key")
@operation(summary="Get the key for push subscriptions", returns=PushKey)
def get_push_key(call: Call) -> Any:
    return call.ask("subscriptions", "get_push_key")


@bp.post("/endpoints")
@operation(
    summary="Add a device, or its new keys", body=EndpointBody, returns=contract.PushEndpointView, limit="write",
    errors=(contract.PushEndpointInvalid, contract.TooManyPushEndpoints),
)  # fmt: skip
def add_push_endpoint(call: Call) -> Any:
    body: EndpointBody = call.body
    return call.ask(
        "subscriptions", "add_push_endpoint", endpoint=body.endpoint, p256dh=body.p256dh, auth=body.auth,
        device=body.device,
    )  # fmt: skip


@bp.get("/endpoints")
@operation(summary="List one's devices", returns=Page[contract.PushEndpointView])
def list_push_endpoints(call: Call) -> Any:
    return call.ask("subscriptions", "list_push_endpoints")


@bp.patch("/endpoints/<id:endpoint_id>")
@operation(
    summary="Change a device", body=EndpointChangesBody, returns=contract.PushEndpointView, limit="write",
    errors=(contract.UnknownPushEndpoint,),
)  # fmt: skip
def update_push_endpoint(call: Call, endpoint_id: str) -> Any:
    return call.ask("subscriptions", "update_push_endpoint", endpoint_id=endpoint_id, changes=given(call.body))


@bp.delete("/endpoints/<id:endpoint_id>")
@operation(summary="Remove a device", limit="write")
def delete_push_endpoint(call: Call, endpoint_id: str) -> None:
    call.ask("subscriptions", "delete_push_endpoint", endpoint_id=endpoint_id)

"""About the gateway itself: its OpenAPI document, its docs page, the public keys, its health."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Literal, TypedDict

import flask

from contracts.base import Forbidden
from gateway_flask import instances
from gateway_flask.instances import breaker
from gateway_flask.live import hub
from gateway_flask.openapi import document
from gateway_flask.operation import Call, operation
from gateway_flask.options import options
from gateway_flask.reply import Header, Reply
from gateway_flask.rpc import rpc_ready
from plumbing import codec
from plumbing.registry import Instance

bp = flask.Blueprint("meta", __name__)

PartStatus = Literal["up", "down", "unknown"]
#: The services that people's requests are answered by.
SERVICES = ("auth", "messaging", "subscriptions", "media", "payments", "ads")

_DOCS = Path(__file__).parent.parent / "docs_page"
_DOCS_POLICY: Header = (
    "Content-Security-Policy",
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
)
_PUBLIC: Header = ("Cache-Control", "public, max-age=300")


class Jwks(TypedDict):
    """Public keys (RFC 7517)."""

    keys: list[dict[str, Any]]


class InstallationView(TypedDict):
    """What clients have to know of this installation: the origin of uploads and media, and advertising's currency."""

    media_url: str
    ads_currency: str


class Health(TypedDict):
    """Whether this worker lives, or is ready for work, and what each check said."""

    ok: bool
    checks: dict[str, str]


class StatusView(TypedDict):
    """Which parts can be used. `ok` says that none is known to be down."""

    ok: bool
    parts: dict[str, PartStatus]


class InstanceView(TypedDict):
    """One process, as its sidecar told the registry of it. `status`: `UP`, `DOWN`, `OUT_OF_SERVICE` or `STARTING`."""

    id: str
    app: str
    address: str
    status: str
    version: str


class InstancesView(TypedDict):
    """All of them, and how long ago the registry answered; None where it never did."""

    items: list[InstanceView]
    age_s: float | None


@bp.get("/v1/.well-known/jwks.json")
@operation(summary="Get the public keys of access tokens", returns=Jwks, auth=False)
def get_jwks(call: Call) -> Reply:
    return _jwks(call)


@bp.get("/.well-known/jwks.json")
@operation(summary="Get the public keys of access tokens", returns=Jwks, auth=False)
def get_well_known_jwks(call: Call) -> Reply:
    return _jwks(call)


def _jwks(call: Call) -> Reply:
    return Reply(200, codec.encode(call.ask("auth", "get_jwks")), [_PUBLIC])


@bp.get("/v1/installation")
@operation(summary="Get what clients have to know of this installation", returns=InstallationView, auth=False)
def get_installation(call: Call) -> Reply:
    told: InstallationView = {"media_url": options().media_url, "ads_currency": options().ads_currency}
    return Reply(200, codec.encode(told), [_PUBLIC])


@bp.get("/healthz")
@operation(summary="Ask whether the gateway lives", returns=Health, auth=False)
def get_health(call: Call) -> Health:
    return {"ok": True, "checks": {}}


@bp.get("/readyz")
@operation(
    summary="Ask whether the gateway is ready", returns=Health, auth=False, also={503: (Health, "It is not, yet.")}
)
def get_readiness(call: Call) -> Reply:
    checks = {"bus": "ok" if rpc_ready() else "away", "draining": "yes" if hub().draining else "no"}
    ready = rpc_ready() and not hub().draining
    checks["live"] = "ok" if hub().subscriber.connected else "away"
    headers = [] if ready else [("Retry-After", "1")]
    return Reply(200 if ready else 503, codec.encode({"ok": ready, "checks": checks}), headers)


@bp.get("/v1/status")
@operation(
    summary="Ask which parts of Charla can be used now",
    description="`unknown` where no registry is kept or it is away: then nobody can tell, and all may be well.",
    returns=StatusView,
    auth=False,
)
def get_status(call: Call) -> StatusView:
    parts = {service: _standing(service) for service in SERVICES}
    return {"ok": "down" not in parts.values(), "parts": parts}


def _standing(service: str) -> PartStatus:
    if breaker(service).is_open:
        return "down"
    return "up" if instances.is_fresh() and instances.registry().up(service) else "unknown"


@bp.get("/v1/admin/instances")
@operation(summary="List all instances, as the registry knows them (administrators)", returns=InstancesView)
def list_instances(call: Call) -> InstancesView:
    if "admin" not in call.me.roles:
        raise Forbidden
    known = instances.registry().known.values()
    return {
        "items": sorted((_instance(each) for app in known for each in app), key=lambda each: each["id"]),
        "age_s": instances.registry().age_s,
    }


def _instance(each: Instance) -> InstanceView:
    return {
        "id": each.instance_id,
        "app": each.app.lower(),
        "address": each.address,
        "status": each.status,
        "version": each.metadata.get("version", ""),
    }


@bp.get("/v1/openapi.json")
@operation(summary="Get this document", returns=dict[str, Any], auth=False)
def get_openapi(call: Call) -> Reply:
    return Reply(200, _openapi_bytes(), [_PUBLIC])


@cache
def _openapi_bytes() -> bytes:
    return codec.encode(document(flask.current_app))


@bp.get("/v1/docs")
@operation(summary="Read the wire API as a page", auth=False, status=200, content_type="text/html")
def get_docs(call: Call) -> Reply:
    return _asset("index.html", "text/html; charset=utf-8")


@bp.get("/v1/docs/docs.js")
@operation(summary="The page's script", auth=False, status=200, content_type="text/javascript")
def get_docs_script(call: Call) -> Reply:
    return _asset("docs.js", "text/javascript; charset=utf-8")


@bp.get("/v1/docs/docs.css")
@operation(summary="The page's style", auth=False, status=200, content_type="text/css")
def get_docs_style(call: Call) -> Reply:
    return _asset("docs.css", "text/css; charset=utf-8")


def _asset(name: str, content_type: str) -> Reply:
    return Reply(200, (_DOCS / name).read_bytes(), [_DOCS_POLICY, ("Cache-Control", "no-cache")], content_type)

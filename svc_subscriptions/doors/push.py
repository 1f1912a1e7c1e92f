"""The devices that a person gets pushes on."""

from __future__ import annotations

from functools import cache
from typing import Any

from contracts.base import Page
from contracts.subscriptions import PushEndpointView
from plumbing import checks
from plumbing.rpc import rpc
from svc_subscriptions import vapid
from svc_subscriptions.actions import endpoints
from svc_subscriptions.doors.base import Door

MAX_DEVICE, MAX_ENDPOINT, MAX_KEY = 80, 2_048, 200


@cache
def _public_key() -> str:
    return vapid.load().public_key


class PushEndpoints(Door):
    """Browsers' push subscriptions."""

    @rpc
    def get_push_key(self) -> dict[str, str]:
        """Return `{public_key}`, which a browser needs to subscribe."""
        self.me()
        return {"public_key": _public_key()}

    @rpc
    def add_push_endpoint(self, *, endpoint: str, p256dh: str, auth: str, device: str) -> PushEndpointView:
        """Add a device, or give a known one its new keys."""
        me, name = self.me(), checks.a_text(device, "device", MAX_DEVICE)
        address = checks.a_text(endpoint, "endpoint", MAX_ENDPOINT)
        key, secret = checks.a_text(p256dh, "p256dh", MAX_KEY), checks.a_text(auth, "auth", MAX_KEY)
        endpoints.demand_usable(address, key, secret)
        return self.write(
            lambda session: endpoints.endpoint_view(endpoints.add(session, me, address, key, secret, name))
        )

    @rpc
    def list_push_endpoints(self) -> Page[PushEndpointView]:
        """Return one's devices."""
        me = self.me()
        with self.db.reading() as session:
            rows = endpoints.list_of(session, me)
            return {"items": [endpoints.endpoint_view(row) for row in rows], "next": None}

    @rpc
    def update_push_endpoint(self, *, endpoint_id: str, changes: dict[str, Any]) -> PushEndpointView:
        """Change a device's `device`, `enabled` or `quiet` (pushes that make no sound)."""
        me, key, wanted = self.me(), checks.an_id(endpoint_id, "endpoint_id"), _checked(changes)
        return self.write(lambda session: endpoints.endpoint_view(endpoints.change(session, me, key, wanted)))

    @rpc
    def delete_push_endpoint(self, *, endpoint_id: str) -> None:
        """Remove a device; the same again does nothing."""
        me, key = self.me(), checks.an_id(endpoint_id, "endpoint_id")
        self.write(lambda session: endpoints.remove(session, me, key))


def _checked(changes: object) -> dict[str, Any]:
    found = dict(checks.only_fields(changes, ("device", "enabled", "quiet")))
    if "device" in found:
        found["device"] = checks.a_text(found["device"], "device", MAX_DEVICE)
    for name in found.keys() - {"device"}:
        found[name] = checks.a_flag(found[name], name)
    return found

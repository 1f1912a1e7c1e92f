"""Worlds: sets of real things that belong together, whose ids a generated request can name."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from drill.loads.payments import Books
from fuzz.people import PASSWORD, Person
from fuzz.site import Site
from fuzz.tus_client import STREAM, TusClient, pairs

World = Mapping[str, Any]
WALLET = 10_000_000
_MONEY = {"amount": 500, "currency": "EUR"}
_HOOK = {"kind": "webhook", "url": "https://93.184.216.34/charla", "events": ["post.unpinned"]}
_DEVICE = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
_CREATIVE = {"kind": "text", "title": "Bread", "body": "Fresh", "url": "https://bakery.example/"}
#: Not a path, but what stands in it.
_PLACES: dict[str, Any] = {"emoji": "👍", "provider": "nowhere"}


class Worlds:
    """Makes worlds, all of the same two people.

    Args:
        site: Where.

    Attributes:
        owner: Who made everything, and administers the platform.
        other: A member of all of it.
        bystander: About whom an admin may decide as they like.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.owner, self.other, self.bystander = site.admin("ana"), site.person("ben"), site.person("carl")
        for each in (self.owner, self.other):
            Books(site.stack).give(each.id, WALLET)
        self.owner.need("PUT", "/v1/advertiser", {"name": "The bakery"})

    def open_doors(self) -> None:
        """Take back what the two may have been made to decide of each other."""
        for one in (self.owner, self.other):
            for blocked in one.need("GET", "/v1/blocks")["items"]:
                one.need("DELETE", f"/v1/blocks/{blocked['id']}")
        self.owner.need("PUT", f"/v1/users/{self.bystander.id}/deactivated", {"deactivated": False})

    def make(self) -> World:
        """Return the ids of a new world, by the names that the API calls them."""
        facts: dict[str, Any] = {**_PLACES, "user_id": self.other.id, "ad_id": str(uuid.uuid4())}
        facts |= self._conversation() | self._channel() | self._advertising() | self._own()
        facts |= self._money(facts)
        return facts | {f"{operation}.body": body for operation, body in _bodies(facts).items()}

    def _conversation(self) -> dict[str, Any]:
        body = {"kind": "group", "title": "Fuzz", "member_ids": [self.other.id]}
        room = self.owner.need("POST", "/v1/conversations", body)["id"]
        base = f"/v1/conversations/{room}"
        message = self._send(base, text="hello there")
        later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        report = {"conversation_id": room, "reason": "spam", "message_id": message}
        return {
            "conversation_id": room,
            "message_id": message,
            "reply_to": message,
            "poll_id": self._send(base, poll={"question": "Tea?", "options": ["yes", "no"]}),
            "scheduled_id": self._send(base, text="later", send_at=later),
            "report_id": self.other.need("POST", "/v1/reports", report)["id"],
            "member_ids": [self.other.id],
            "user_ids": [self.bystander.id],
            "payer_id": self.other.id,
            "payee_id": self.other.id,
        }

    def _send(self, base: str, **body: Any) -> str:
        return str(self.owner.need("POST", f"{base}/messages", {"client_msg_id": str(uuid.uuid4()), **body})["id"])

    def _channel(self) -> dict[str, Any]:
        handle = f"h{secrets.token_hex(8)}"
        body = {"title": "Night owls", "visibility": "public", "handle": handle}
        channel = self.owner.need("POST", "/v1/channels", body)["id"]
        base = f"/v1/channels/{channel}"
        self.other.need("POST", f"{base}/subscription", {})
        invite = self.owner.need("POST", f"{base}/invites", {})
        post = {"client_post_id": str(uuid.uuid4()), "text": "news", "comments": True}
        later = {"client_post_id": str(uuid.uuid4()), "text": "later"}
        later["publish_at"] = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
        return {
            "channel_id": channel,
            "handle": handle,
            "invite_id": invite["id"],
            "accept_invite.code": invite["code"],
            "post_id": self.owner.need("POST", f"{base}/posts", post)["id"],
            "cancel_scheduled_post.post_id": self.owner.need("POST", f"{base}/posts", later)["id"],
            "observer_id": self.owner.need("POST", f"{base}/observers", _HOOK)["id"],
        }

    def _advertising(self) -> dict[str, Any]:
        campaign = self.owner.need("POST", "/v1/campaigns", _campaign())["id"]
        made = self.owner.need("POST", f"/v1/campaigns/{campaign}/creatives", _CREATIVE)
        return {"campaign_id": campaign, "creative_id": made["id"]}

    def _own(self) -> dict[str, Any]:
        media, factor = self._media(), {"label": "phone", "password": PASSWORD}
        return {
            "endpoint_id": self.owner.need("POST", "/v1/push/endpoints", _endpoint())["id"],
            "media_id": media,
            "media_ids": [media],
            "ids": [media],
            "picture": None,
            "delete_session.session_id": str(uuid.uuid4()),
            "factor_id": self.owner.need("POST", "/v1/auth/factors/totp", factor)["factor_id"],
        }

    def _media(self) -> str:
        headers = {"Upload_Length": "5", "Content_Type": STREAM, "Upload_Metadata": pairs(filename="a.bin")}
        client = TusClient(self._site.media_url, self.owner)
        return str(client.ask("POST", "/uploads", secrets.token_bytes(5), **headers).headers["Charla-Media-Id"])

    def _money(self, facts: World) -> dict[str, Any]:
        room, base = facts["conversation_id"], f"/v1/channels/{facts['channel_id']}"
        payment = {**_MONEY, "conversation_id": room, "payee_id": self.other.id, "method": "balance"}
        request = {**_MONEY, "conversation_id": room, "payer_id": self.owner.id}
        plan = self._keyed(self.owner, f"{base}/plans", {**_MONEY, "title": "Members"})
        coupon = f"C{secrets.token_hex(6)}"
        self._keyed(self.owner, f"{base}/coupons", {"code": coupon, "percent": 10})
        begun = self._keyed(self.other, f"/v1/plans/{plan}/subscription", {"method": "balance"})
        return {
            "payment_id": self._keyed(self.owner, "/v1/payments", payment),
            "request_id": self._keyed(self.other, "/v1/payment-requests", request),
            "plan_id": plan,
            "code": coupon,
            "subscription_id": begun,
            "method": "balance",
            "method_id": "pm_nobodys",
        }

    def _keyed(self, person: Person, path: str, body: Any) -> str:
        made = person.need("POST", path, body, {"Idempotency-Key": str(uuid.uuid4())})
        return str(made.get("id", ""))


def _campaign() -> dict[str, Any]:
    now = datetime.now(UTC)
    body = {"title": "Autumn", "category": "food", "currency": "EUR", "budget": 1_000, "bid_cpm": 200}
    return {**body, "starts_at": now.isoformat(), "ends_at": (now + timedelta(days=7)).isoformat()}


def _endpoint() -> dict[str, Any]:
    return {"endpoint": f"https://push.example.org/{uuid.uuid4()}", **_DEVICE}


def _bodies(facts: World) -> dict[str, Any]:
    """Return right bodies of what makes things, so that others have something to go on with."""
    room, other = facts["conversation_id"], facts["user_id"]
    paid = {**_MONEY, "method": "balance"}
    return {
        "create_conversation": {"kind": "group", "title": "New", "member_ids": [other]},
        "send_message": {"client_msg_id": str(uuid.uuid4()), "text": "hello"},
        "create_channel": {"title": "New", "visibility": "public"},
        "publish_post": {"client_post_id": str(uuid.uuid4()), "text": "news"},
        "create_observer": _HOOK,
        "create_report": {"conversation_id": room, "reason": "spam", "message_id": facts["message_id"]},
        "create_campaign": _campaign(),
        "create_creative": _CREATIVE,
        "add_push_endpoint": _endpoint(),
        "create_plan": {**_MONEY, "title": "Friends"},
        "create_coupon": {"code": f"C{secrets.token_hex(6)}", "percent": 10},
        "create_payment": {**paid, "conversation_id": room, "payee_id": other},
        "create_payment_request": {**_MONEY, "conversation_id": room, "payer_id": other},
        "create_tip": {**paid, "user_id": other, "conversation_id": room},
        "create_refund": {"payment_id": facts["payment_id"]},
        "top_up": _MONEY,
        "open_payout_account": {"country": "ES"},
        "accept_invite": {"code": facts["accept_invite.code"]},
    }

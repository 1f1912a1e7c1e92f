"""Who may do what with advertising over HTTP: one row for each operation, one cell a role.

The scene of test_ad_rights.py: `owner` owns a public channel, `advertiser` a campaign with a creative, both of
their own. `moderator` moderates the platform. `stranger` has nothing, and `follower` follows the channel.
"""

from __future__ import annotations

from typing import Any

from rights import Cell, Row

ROLES = ("anonymous", "stranger", "follower", "owner", "advertiser", "moderator")
LOW: Cell = "403 channel_role_too_low"
_NO_CAMPAIGN: Cell = "404 unknown_campaign"
_TICKET: Cell = "400 ad_ticket_invalid"


def _row(request: str, body: Any, *cells: Cell) -> Row:
    method, path = request.split(" ")
    return Row(method, path, body, dict(zip(ROLES, cells, strict=True)))


def people(request: str, done: Cell, body: Any = None) -> Row:
    """Whoever is signed in, about themselves."""
    return _row(request, body, 401, *([done] * 5))


def advertisers(request: str, done: Cell, body: Any = None) -> Row:
    """Whoever has an advertiser's account."""
    low: Cell = "403 not_an_advertiser"
    return _row(request, body, 401, low, low, low, done, low)


def campaigns(request: str, done: Cell, body: Any = None) -> Row:
    """The campaign's own advertiser; to others it is not there."""
    hidden = _NO_CAMPAIGN
    return _row(request, body, 401, hidden, hidden, hidden, done, hidden)


def moderators(request: str, done: Cell, body: Any = None) -> Row:
    """The platform's moderators."""
    return _row(request, body, 401, 403, 403, 403, 403, done)


def owners(request: str, done: Cell, body: Any = None) -> Row:
    """The channel's owner; everybody knows the channel."""
    return _row(request, body, 401, LOW, LOW, done, LOW, LOW)


_C = "/v1/campaigns/{campaign}"
_CR = f"{_C}/creatives/{{creative}}"
_A = "/v1/channels/{channel}/ads"
_AD = "/v1/ads/{unknown}"
_NEW = {
    "title": "Autumn", "category": "food", "currency": "EUR", "budget": 1_000, "bid_cpm": 200,
    "starts_at": "{starts}", "ends_at": "{ends}",
}  # fmt: skip
_CREATIVE = {"kind": "text", "title": "Bread", "body": "Fresh", "url": "https://bakery.example/"}
_FORGED = {"ticket": "forged"}

TABLE: dict[str, Row] = {
    # the ad
    "choose_ad": people("GET /v1/channels/{channel}/ad?at_seq=1", 204),
    "view_ad": people(f"POST {_AD}/viewed", 200, {**_FORGED, "visible_ms": 1_000}),
    "click_ad": people(f"POST {_AD}/clicked", 200, _FORGED),
    "hide_ad": people(f"POST {_AD}/hide", _TICKET, _FORGED),
    "report_ad": people(f"POST {_AD}/report", _TICKET, {**_FORGED, "reason": "scam"}),
    "explain_ad": people(f"POST {_AD}/why", _TICKET, _FORGED),
    # what people decide
    "get_ad_preferences": people("GET /v1/users/me/ads", 200),
    "set_ad_preferences": people("PATCH /v1/users/me/ads", 200, {"consent": "contextual"}),
    "unhide_campaign": people("DELETE /v1/users/me/ads/hidden/{campaign}", 204),
    # advertisers
    "get_advertiser": advertisers("GET /v1/advertiser", 200),
    "create_campaign": advertisers("POST /v1/campaigns", 201, _NEW),
    "list_campaigns": advertisers("GET /v1/campaigns", 200),
    "estimate_reach": people("POST /v1/campaigns/reach", 200, {"targeting": {"languages": ["es"]}}),
    "get_campaign": campaigns(f"GET {_C}", 200),
    "update_campaign": campaigns(f"PATCH {_C}", 200, {"title": "Winter"}),
    "delete_campaign": campaigns(f"DELETE {_C}", 204),
    "start_campaign": advertisers(f"POST {_C}/start", "409 campaign_not_ready"),
    "pause_campaign": campaigns(f"POST {_C}/pause", "409 campaign_state_invalid"),
    "end_campaign": campaigns(f"POST {_C}/end", "409 campaign_state_invalid"),
    "get_campaign_report": campaigns(f"GET {_C}/report", 200),
    "get_campaign_csv": campaigns(f"GET {_C}/report.csv", 200),
    "create_creative": campaigns(f"POST {_C}/creatives", 201, _CREATIVE),
    "update_creative": campaigns(f"PATCH {_CR}", 200, {"title": "Cake"}),
    "delete_creative": campaigns(f"DELETE {_CR}", 204),
    # moderators
    "list_creatives": moderators("GET /v1/creatives", 200),
    "review_creative": moderators(f"POST {_CR}/review", 200, {"review": "approved"}),
    "list_ad_reports": moderators("GET /v1/ads/reports", 200),
    "suspend_advertiser": moderators("POST /v1/advertisers/{advertiser}/suspend", 204, {"suspended": False}),
    # owners of channels
    "get_channel_ads": owners(f"GET {_A}", 200),
    "set_channel_ads": owners(f"PATCH {_A}", 200, {"approve_first": True}),
    "list_approvals": owners(f"GET {_A}/approvals", 200),
    "decide_approval": owners(f"POST {_A}/approvals/{{campaign}}", "404 unknown_approval", {"status": "approved"}),
    "get_channel_ad_stats": owners(f"GET {_A}/stats", 200),
    # last: whoever does it is an advertiser from then on
    "set_advertiser": people("PUT /v1/advertiser", 200, {"name": "The bakery"}),
}  # fmt: skip

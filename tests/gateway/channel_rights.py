"""Who may do what with channels over HTTP: one row for each operation, one cell a role, private and public.

`{…}` in a path or body names a thing of the scene that test_channel_rights.py sets up: the post is the
author's, what waits for its time is the owner's, the asker waits to be let in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rights import Cell

OUTSIDE = ("stranger", "removed", "site_moderator", "site_admin")
INSIDE = ("follower", "author", "channel_admin", "owner")
ROLES = ("anonymous", *OUTSIDE, *INSIDE)
LOW: Cell = "403 channel_role_too_low"


@dataclass(frozen=True)
class Row:
    """One operation, a request for it, and what each role gets at a private and at a public channel."""

    method: str
    path: str
    body: Any
    private: dict[str, Cell]
    public: dict[str, Cell]


def _row(request: str, body: Any, hidden: Cell, shown: Cell, *inside: Cell, anonymous: Cell = 401) -> Row:
    """Return a row: what outsiders get at a private and at a public channel, and what those inside get."""
    method, path = request.split(" ")
    known = {"anonymous": anonymous, **dict(zip(INSIDE, inside, strict=True))}
    private, public = (dict.fromkeys(OUTSIDE, cell) for cell in (hidden, shown))
    return Row(method, path, body, known | private, known | public)


def public(request: str, done: Cell, body: Any = None) -> Row:
    """Everybody, signed in or not."""
    return _row(request, body, *([done] * 6), anonymous=done)


def people(request: str, done: Cell, body: Any = None) -> Row:
    """Whoever is signed in, about themselves or about what everybody may see."""
    return _row(request, body, *([done] * 6))


def readers(request: str, done: Cell, body: Any = None) -> Row:
    """Everybody signed in at a public channel; a private one does not exist for those outside."""
    return _row(request, body, 404, *([done] * 5))


def followers(request: str, done: Cell, body: Any = None, outside: Cell = LOW) -> Row:
    """Those who follow it."""
    return _row(request, body, 404, outside, *([done] * 4))


def authors(request: str, done: Cell, body: Any = None) -> Row:
    """Its team."""
    return _row(request, body, 404, LOW, LOW, done, done, done)


def admins(request: str, done: Cell, body: Any = None) -> Row:
    """Its admins and owners."""
    return _row(request, body, 404, LOW, LOW, LOW, done, done)


def owners(request: str, done: Cell, body: Any = None) -> Row:
    """Its owners."""
    return _row(request, body, 404, LOW, LOW, LOW, LOW, done)


def site_admins(request: str, done: Cell, body: Any = None) -> Row:
    """Administrators of the platform, who see no more of a private channel by that."""
    row = _row(request, body, *([403] * 6))
    return Row(row.method, row.path, row.body, {**row.private, "site_admin": done}, {**row.public, "site_admin": done})


_C, _P, _O = "/v1/channels/{channel}", "/v1/posts/{post}", "/v1/channels/{channel}/observers"
_N = "/v1/notifications"
_POST = {"client_post_id": "{new_id}", "text": "news"}
#: Nothing is ever sent there: no entry of this type comes about.
_HOOK = {"kind": "webhook", "url": "https://93.184.216.34/charla", "events": ["post.unpinned"]}
_DEVICE = {
    "endpoint": "https://push.example.org/{new_id}",
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}

TABLE: dict[str, Row] = {
    # channels
    "create_channel": people("POST /v1/channels", 201, {"title": "New", "visibility": "private"}),
    "search_channels": people("GET /v1/channels?query=owls", 200),
    "list_my_channels": people("GET /v1/channels/mine", 200),
    "get_channel_by_handle": readers("GET /v1/channels/handles/{handle}", 200),
    "get_channel": readers(f"GET {_C}", 200),
    "update_channel": admins(f"PATCH {_C}", 200, {"title": "Other"}),
    "update_channel: handle": owners(f"PATCH {_C}", 200, {"handle": None}),
    "update_channel: visibility": owners(f"PATCH {_C}", 200, {"visibility": "{other_visibility}"}),
    "delete_channel": owners(f"DELETE {_C}", 204),
    "set_verified": site_admins(f"PUT {_C}/verified", 200, {"verified": True}),
    "get_channel_stats": authors(f"GET {_C}/stats", 200),
    "list_log": readers(f"GET {_C}/log?after_seq=0", 200),
    "mark_channel_read": followers(f"POST {_C}/read", 200, {"up_to_seq": 1}, outside="404 unknown_follower"),
    # following
    "subscribe": readers(f"POST {_C}/subscription", 200, {"level": "mentions"}),
    "unsubscribe": _row(f"DELETE {_C}/subscription", None, 204, 204, 204, 204, 204, "409 channel_last_owner"),
    "list_followers": authors(f"GET {_C}/followers", 200),
    "set_channel_role": admins(f"PATCH {_C}/followers/{{bystander}}", 200, {"role": "author"}),
    "set_channel_role: admin": owners(f"PATCH {_C}/followers/{{bystander}}", 200, {"role": "admin"}),
    "remove_follower": admins(f"DELETE {_C}/followers/{{bystander}}", 204),
    # the way in
    "create_invite": admins(f"POST {_C}/invites", 201, {"max_uses": 1}),
    "list_invites": admins(f"GET {_C}/invites", 200),
    "revoke_invite": admins(f"DELETE {_C}/invites/{{invite}}", 204),
    "accept_invite": people("POST /v1/invites/accept", 200, {"code": "{code}"}),
    "list_join_requests": admins(f"GET {_C}/join-requests", 200),
    "answer_join_request": admins(f"POST {_C}/join-requests/{{asker}}", 204, {"accept": True}),
    # posts
    "publish_post": authors(f"POST {_C}/posts", 201, _POST),
    "list_posts": readers(f"GET {_C}/posts", 200),
    "get_post": readers(f"GET {_P}", 200),
    "edit_post": _row(f"PATCH {_P}", {"text": "edited"}, 404, LOW, LOW, 200, LOW, LOW),
    "delete_post": authors(f"DELETE {_P}", 204),
    "delete_post: another's": admins("DELETE /v1/posts/{owners_post}", 204),
    "pin_post": admins(f"PUT {_P}/pin", 200),
    "unpin_post": admins(f"DELETE {_P}/pin", 200),
    "add_post_reaction": followers(f"PUT {_P}/reactions/👍", 200),
    "remove_post_reaction": followers(f"DELETE {_P}/reactions/👍", 200),
    "join_comments": followers(f"POST {_P}/comments", 200),
    "list_scheduled_posts": authors(f"GET {_C}/scheduled-posts", 200),
    "cancel_scheduled_post": _row("DELETE /v1/scheduled-posts/{scheduled}", None, *([404] * 4), 204, 204),
    # observers
    "create_observer": admins(f"POST {_O}", 201, _HOOK),
    "list_observers": admins(f"GET {_O}", 200),
    "update_observer": admins(f"PATCH {_O}/{{observer}}", 200, {"state": "paused"}),
    "delete_observer": admins(f"DELETE {_O}/{{observer}}", 204),
    "replay_observer": admins(f"POST {_O}/{{observer}}/replay", 200, {"from_seq": 1}),
    "list_deliveries": admins(f"GET {_O}/{{observer}}/deliveries", 200),
    # notifications
    "list_notifications": people(f"GET {_N}", 200),
    "mark_notifications_read": people(f"POST {_N}/read", 200, {}),
    "get_preferences": people(f"GET {_N}/preferences", 200),
    "update_preferences": people(f"PATCH {_N}/preferences", 200, {"mentions": True}),
    "show_unsubscribe": public(f"GET {_N}/unsubscribe?token=x", 200),
    "unsubscribe_by_link": public(f"POST {_N}/unsubscribe?token=x", "400 unsubscribe_link_invalid"),
    "get_push_key": people("GET /v1/push/key", 200),
    "add_push_endpoint": people("POST /v1/push/endpoints", 200, _DEVICE),
    "list_push_endpoints": people("GET /v1/push/endpoints", 200),
    "update_push_endpoint": people("PATCH /v1/push/endpoints/{unknown}", "404 unknown_push_endpoint", {"quiet": True}),
    "delete_push_endpoint": people("DELETE /v1/push/endpoints/{unknown}", 204),
}

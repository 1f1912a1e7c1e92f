"""Who may do what over HTTP: one row for each operation of the OpenAPI document, one cell a role.

A cell is a status, a status and a code, or several of those (where another limit may come first).
`{…}` in a path or body names a thing of the scene that
test_rights.py sets up: the message is the member's, the poll and the scheduled message the owner's.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from client import PASSWORD

ROLES = ("anonymous", "stranger", "removed", "member", "moderator", "owner", "admin")
Cell = int | str | tuple[int | str, ...]


@dataclass(frozen=True)
class Row:
    """One operation, a request for it, and what each role gets."""

    method: str
    path: str
    body: Any
    cells: dict[str, Cell]


def _row(request: str, body: Any, *cells: Cell) -> Row:
    method, path = request.split(" ")
    assert len(cells) == len(ROLES), request
    return Row(method, path, body, dict(zip(ROLES, cells, strict=True)))


def named(row: Row) -> set[str]:
    """Return the things of a scene that a row's path and body name."""
    return set(re.findall(r"{(\w+)}", row.path + json.dumps(row.body)))


def filled(template: Any, things: dict[str, str]) -> Any:
    """Return a path or body with the ids of a scene in it."""
    text = json.dumps(template)
    for name, value in things.items():
        text = text.replace("{" + name + "}", value)
    return json.loads(text)


def fits(cell: Cell, status: int, raw: bytes) -> bool:
    """Tell whether an answer is what a cell says."""
    if isinstance(cell, tuple):
        return any(fits(choice, status, raw) for choice in cell)
    if isinstance(cell, int):
        return status == cell
    wanted_status, _, code = cell.partition(" ")
    return status == int(wanted_status) and json.loads(raw)["code"] == code


def public(request: str, done: Cell, body: Any = None) -> Row:
    """Everybody, signed in or not."""
    return _row(request, body, *([done] * 7))


def people(request: str, done: Cell, body: Any = None) -> Row:
    """Whoever is signed in, about themselves or about what everybody may see."""
    return _row(request, body, 401, *([done] * 6))


def members(request: str, done: Cell, body: Any = None) -> Row:
    """The members of the conversation; to others it does not exist, administrators included."""
    return _row(request, body, 401, 404, 404, done, done, done, 404)


def moderators(request: str, done: Cell, body: Any = None) -> Row:
    """Its moderators and owners."""
    return _row(request, body, 401, 404, 404, "403 role_too_low", done, done, 404)


def owners(request: str, done: Cell, body: Any = None) -> Row:
    """Its owners."""
    return _row(request, body, 401, 404, 404, "403 role_too_low", "403 role_too_low", done, 404)


def admins(request: str, done: Cell, body: Any = None) -> Row:
    """Administrators of the platform."""
    return _row(request, body, 401, 403, 403, 403, 403, 403, done)


_C = "/v1/conversations/{conversation}"
_M = "/v1/messages/{message}"
_NEW = {"username": "{new_name}", "password": "a long enough sentence 42", "display_name": "New"}
_WRONG = {"username": "{new_name}", "password": "wrong"}
_SEND = {"client_msg_id": "{new_id}", "text": "hello"}

TABLE: dict[str, Row] = {
    # accounts
    "register": public("POST /v1/auth/register", 201, _NEW),
    "login": public("POST /v1/auth/login", "401 wrong_credentials", _WRONG),
    "login_with_code": public("POST /v1/auth/login/code", 401, {"factor_token": "x", "code": "123456"}),
    "refresh": public("POST /v1/auth/refresh", "401 token_invalid", {"refresh_token": "x"}),
    "logout": _row("POST /v1/auth/logout", None, 401, 204, 204, 204, 204, 204, 204),
    "list_sessions": people("GET /v1/auth/sessions", 200),
    "delete_other_sessions": people("DELETE /v1/auth/sessions", 204),
    "delete_session": people("DELETE /v1/auth/sessions/{unknown}", "404 unknown_session"),
    "change_password": people(
        "POST /v1/auth/password", "401 wrong_credentials", {"old_password": "x", "new_password": "another 1 long"}
    ),
    "request_password_reset": public("POST /v1/auth/password/forgot", (204, 429), {"email": "nobody@example.org"}),
    "reset_password": public(
        "POST /v1/auth/password/reset", "400 link_invalid", {"reset_token": "x", "new_password": "another 1 long"}
    ),
    "request_email_verification": people("POST /v1/auth/email/verification", "400 no_email"),
    "verify_email": public("POST /v1/auth/email/verify", "400 link_invalid", {"verify_token": "x"}),
    "start_totp_enrolment": public("POST /v1/auth/enrolment/totp", "401 token_invalid", {"enrolment_token": "x"}),
    "finish_totp_enrolment": public(
        "POST /v1/auth/enrolment/totp/finish",
        "401 token_invalid",
        {"enrolment_token": "x", "factor_id": "{unknown}", "code": "123456"},
    ),
    "start_passkey_enrolment": public(
        "POST /v1/auth/enrolment/passkey", "401 token_invalid", {"enrolment_token": "x"}
    ),
    "finish_passkey_enrolment": public(
        "POST /v1/auth/enrolment/passkey/finish",
        "401 token_invalid",
        {"enrolment_token": "x", "factor_id": "{unknown}", "credential": {"id": "x"}},
    ),
    "list_factors": people("GET /v1/auth/factors", 200),
    "start_totp": people("POST /v1/auth/factors/totp", 201, {"label": "phone", "password": PASSWORD}),
    "confirm_totp": people("POST /v1/auth/factors/{unknown}/confirm", "404 unknown_factor", {"code": "123456"}),
    "delete_factor": people("POST /v1/auth/factors/{unknown}/delete", 401, {"password": "wrong"}),
    "start_passkey_registration": people("POST /v1/auth/factors/passkeys", 201, {"label": "key", "password": PASSWORD}),
    "finish_passkey_registration": people(
        "POST /v1/auth/factors/{unknown}/passkey", "404 unknown_factor", {"credential": {}}
    ),
    "start_passkey_login": public("POST /v1/auth/passkey-login", 200),
    "finish_passkey_login": public(
        "POST /v1/auth/passkey-login/finish", 401, {"challenge_id": "{unknown}", "credential": {}}
    ),
    # sign-in with a provider (this stack knows none; test_oidc.py has one)
    "list_oidc_providers": public("GET /v1/auth/oidc", 200),
    "start_oidc": public("POST /v1/auth/oidc/nowhere/start", "404 unknown_provider", {"app_redirect": "org.x:/"}),
    "come_back": public("GET /v1/auth/oidc/nowhere/callback?state=x&code=x", 303),
    "finish_oidc": public(
        "POST /v1/auth/oidc/nowhere/callback", "404 unknown_provider", {"flow_token": "x", "state": "x", "code": "x"}
    ),
    "list_identities": people("GET /v1/auth/identities", 200),
    "start_identity": people(
        "POST /v1/auth/identities",
        "404 unknown_provider",
        {"provider": "nowhere", "app_redirect": "org.x:/", "password": PASSWORD},
    ),
    "delete_identity": people("POST /v1/auth/identities/{unknown}/delete", 401, {"password": "wrong"}),
    # people
    "get_me": people("GET /v1/users/me", 200),
    "update_me": people("PATCH /v1/users/me", 200, {"locale": "es"}),
    "list_users": people("GET /v1/users?ids={bystander}", 200),
    "get_user": people("GET /v1/users/{bystander}", 200),
    "set_roles": admins("PUT /v1/users/{bystander}/roles", 200, {"roles": ["user"]}),
    "set_deactivated": admins("PUT /v1/users/{bystander}/deactivated", 200, {"deactivated": False}),
    "list_audit": admins("GET /v1/audit", 200),
    "search_accounts": admins("GET /v1/accounts?query=bystander", 200),
    # one's data
    "start_export": people("POST /v1/users/me/data/exports", (202, "409 export_running", "429 too_many_exports")),
    "list_exports": people("GET /v1/users/me/data/exports", 200),
    "get_export_file": public("GET /v1/users/me/data/exports/{unknown}/file?token=x", "404 unknown_export"),
    "start_erasure": people("POST /v1/users/me/data/erasure", "401 wrong_credentials", {"password": "wrong"}),
    "get_erasure": people("GET /v1/users/me/data/erasure", 200),
    "cancel_erasure": people("DELETE /v1/users/me/data/erasure", 204),
    "list_blocked": people("GET /v1/blocks", 200),
    "block_user": people("PUT /v1/blocks/{bystander}", 200),
    "unblock_user": people("DELETE /v1/blocks/{bystander}", 204),
    # conversations
    "create_conversation": people("POST /v1/conversations", 201, {"kind": "group", "title": "New", "member_ids": []}),
    "list_conversations": people("GET /v1/conversations", 200),
    "get_conversation": members(f"GET {_C}", 200),
    "update_conversation": moderators(f"PATCH {_C}", 200, {"title": "Other"}),
    "update_my_settings": members(f"PATCH {_C}/my", 200, {"pinned": True}),
    "mark_read": members(f"POST {_C}/read", 200, {"up_to_seq": 1}),
    "mark_delivered": members(f"POST {_C}/delivered", 204, {"up_to_seq": 1}),
    "mark_unread": members(f"POST {_C}/unread", 200),
    "list_changes": members(f"GET {_C}/changes?after_ver=0", 200),
    "list_members": members(f"GET {_C}/members", 200),
    "list_presence": members(f"GET {_C}/presence", 200),
    "add_members": moderators(f"POST {_C}/members", 200, {"user_ids": ["{stranger}"]}),
    "remove_member": moderators(f"DELETE {_C}/members/{{bystander}}", 204),
    "set_member_role": owners(f"PATCH {_C}/members/{{bystander}}", 200, {"role": "moderator"}),
    # programs
    "create_webhook": moderators(f"POST {_C}/webhooks", 201, {"name": "Builds"}),
    "list_webhooks": moderators(f"GET {_C}/webhooks", 200),
    "rename_webhook": moderators(f"PATCH {_C}/webhooks/{{webhook}}", 200, {"name": "Tests"}),
    "renew_webhook_secret": moderators(f"POST {_C}/webhooks/{{webhook}}/secret", 200),
    "delete_webhook": moderators(f"DELETE {_C}/webhooks/{{webhook}}", 204),
    "post_to_webhook": public("POST /v1/hooks/{webhook}/wrong", "404 unknown_webhook", {"text": "hello"}),
    "set_commands": members(f"PUT {_C}/commands", 200, {"commands": [{"name": "echo", "description": "Echo"}]}),
    "list_commands": members(f"GET {_C}/commands", 200),
    # messages
    "send_message": members(f"POST {_C}/messages", 201, _SEND),
    "list_messages": members(f"GET {_C}/messages", 200),
    "list_shared": members(f"GET {_C}/shared?kind=media", 200),
    "get_message": members(f"GET {_M}", 200),
    "edit_message": _row(
        f"PATCH {_M}", {"text": "edited"}, 401, 404, 404, 200, "403 not_your_message", "403 not_your_message", 404
    ),
    "delete_message": members(f"DELETE {_M}", 204),
    "list_edits": members(f"GET {_M}/edits", 200),
    "count_receipts": members(f"GET {_M}/receipts", 200),
    "list_thread": members(f"GET {_M}/thread", 200),
    "forward_message": members(
        f"POST {_M}/forward", 201, {"conversation_id": "{conversation}", "client_msg_id": "{new_id}"}
    ),
    "add_reaction": members(f"PUT {_M}/reactions/👍", 200),
    "remove_reaction": members(f"DELETE {_M}/reactions/👍", 200),
    "list_reactions": members(f"GET {_M}/reactions", 200),
    "pin_message": moderators(f"PUT {_M}/pin", 200),
    "unpin_message": moderators(f"DELETE {_M}/pin", 200),
    "list_pins": members(f"GET {_C}/pins", 200),
    "vote_poll": members("PUT /v1/messages/{poll}/vote", 200, {"option_ids": [0]}),
    "list_poll_votes": members("GET /v1/messages/{poll}/poll/votes", 200),
    "close_poll": moderators("POST /v1/messages/{poll}/poll/close", 200),
    "put_draft": members(f"PUT {_C}/draft", 200, {"text": "later"}),
    "delete_draft": members(f"DELETE {_C}/draft", 204),
    "list_drafts": people("GET /v1/drafts", 200),
    "list_scheduled": people("GET /v1/scheduled", 200),
    "cancel_scheduled": _row(
        "DELETE /v1/scheduled/{scheduled}", None, 401, 404, 404, 404, 404, 204, "404 unknown_scheduled_message"
    ),
    "search_messages": people("GET /v1/search?q=hello", 200),
    # moderation
    "create_report": members("POST /v1/reports", 201, {
        "conversation_id": "{conversation}", "reason": "spam", "user_id": "{bystander}"}),
    "list_reports": admins("GET /v1/reports", 200),
    "get_report": admins("GET /v1/reports/{report}", 200),
    "resolve_report": admins("PATCH /v1/reports/{report}", 200, {"state": "resolved"}),
    # live and meta
    "create_ticket": people("POST /v1/ws-ticket", 200),
    "sync": people("POST /v1/sync", 200, {"heads": {}}),
    "poll_by_query": people("GET /v1/poll?timeout=0", 200),
    "poll_by_body": people("POST /v1/poll", 200, {"timeout": 0}),
    "get_jwks": public("GET /v1/.well-known/jwks.json", 200),
    "get_well_known_jwks": public("GET /.well-known/jwks.json", 200),
    "get_openapi": public("GET /v1/openapi.json", 200),
    "get_docs": public("GET /v1/docs", 200),
    "get_docs_script": public("GET /v1/docs/docs.js", 200),
    "get_docs_style": public("GET /v1/docs/docs.css", 200),
    "get_health": public("GET /healthz", 200),
    "get_readiness": public("GET /readyz", 200),
    "get_status": public("GET /v1/status", 200),
    "list_instances": admins("GET /v1/admin/instances", 200),
    "get_installation": public("GET /v1/installation", 200),
}  # fmt: skip

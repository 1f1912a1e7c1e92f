"""Who may call what over the bus: every method of the contracts x who calls, with the ids of real things of others.

The rule is that nobody is let in without a token, or with a forged one, that a stranger gets nothing of what is not
theirs, and that no service is let in by a token of its own. The tables name the exceptions; a method that is in none
has no exception.
"""

from __future__ import annotations

import importlib
import inspect
import json
import struct
import typing
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drill.broker import operator_channel
from fuzz.amqp_grammar import Sent
from fuzz.forged_tokens import HEADER, payload, signed
from plumbing.identity import own_signer
from plumbing.topology import DIRECT_REPLY
from stack.running import RunningStack
from stack.topology import SERVICES

DONE = "done"
#: Who has keys to sign for itself.
CALLERS = sorted({*SERVICES, "gateway"})
#: For people who are not signed in (yet), for whoever has a secret, and batches whose every item has its own token.
OPEN = {
    "auth.register", "auth.login", "auth.login_with_code", "auth.refresh", "auth.request_password_reset",
    "auth.reset_password", "auth.verify_email", "auth.start_passkey_login", "auth.finish_passkey_login",
    "auth.start_totp_enrolment", "auth.finish_totp_enrolment", "auth.start_passkey_enrolment",
    "auth.finish_passkey_enrolment", "auth.list_oidc_providers", "auth.start_oidc", "auth.finish_oidc",
    "auth.find_app_redirect", "auth.open_export", "auth.read_export", "auth.get_jwks",
    "subscriptions.unsubscribe_by_link",
    "messaging.send_many", "messaging.list_message_pages", "payments.create_payments",
}  # fmt: skip
#: What anybody who is signed in may do: about themselves, about what all may see, and what is done without a word on
#: whether there was anything to do.
OWN = {
    "ads.choose_ad", "ads.click_ad", "ads.estimate_reach", "ads.get_ad_preferences", "ads.list_campaigns",
    "ads.set_ad_preferences", "ads.set_advertiser", "ads.unhide_campaign", "ads.view_ad", "auth.cancel_erasure",
    "auth.delete_other_sessions", "auth.find_users", "auth.get_erasure", "auth.get_me", "auth.get_user",
    "auth.list_exports", "auth.list_factors", "auth.list_identities", "auth.list_sessions", "auth.logout",
    "auth.search_users", "auth.start_export", "auth.update_me", "media.delete_media", "media.get_many",
    "media.get_quota", "media.list_my_media", "media.preview_link", "media.sign_links", "messaging.block_user",
    "messaging.create_conversation", "messaging.list_blocked", "messaging.list_conversations",
    "messaging.list_drafts", "messaging.list_my_conversation_ids", "messaging.sync", "messaging.unblock_user",
    "payments.add_payment_method", "payments.get_balances", "payments.get_earnings",
    "payments.get_payout_account", "payments.get_statement", "payments.list_disputes",
    "payments.list_entitlements", "payments.list_lines", "payments.list_paid_subscriptions",
    "payments.list_payment_methods", "payments.list_payment_requests", "payments.list_payments",
    "payments.list_payouts", "payments.open_payout_account", "payments.top_up", "subscriptions.add_push_endpoint",
    "subscriptions.create_channel", "subscriptions.delete_push_endpoint", "subscriptions.find_channel_by_handle",
    "subscriptions.get_preferences", "subscriptions.get_push_key", "subscriptions.list_my_channel_ids",
    "subscriptions.list_my_channels", "subscriptions.list_notifications", "subscriptions.list_push_endpoints",
    "subscriptions.mark_conversation_read", "subscriptions.mark_notifications_read",
    "subscriptions.search_channels", "subscriptions.sync_channels", "subscriptions.unsubscribe",
}  # fmt: skip
#: What services may ask by themselves, and which.
OF_SERVICES: dict[str, set[str]] = {
    "auth.get_user": set(CALLERS), "auth.find_users": set(CALLERS), "auth.list_revocations": {"gateway", "media"},
    **{f"{each}.list_own_data": {"auth"} for each in SERVICES if each != "auth"},
    "ads.find_shown_creatives": {"media"},
    "media.get_many": {"messaging", "subscriptions", "payments", "ads"},
    "messaging.find_readable_messages": {"media"},
    "messaging.list_access_removed": {"gateway"}, "messaging.post_to_webhook": {"gateway"},
    "messaging.create_linked_conversation": {"subscriptions"}, "messaging.add_linked_member": {"subscriptions"},
    "messaging.remove_linked_member": {"subscriptions"},
    "messaging.find_members": {"payments"}, "messaging.find_members_of_many": {"payments"},
    "payments.set_aside_ad_budget": {"ads"}, "payments.release_ad_budget": {"ads"},
    "payments.receive_webhook": {"gateway"}, "payments.find_entitlements": {"subscriptions", "media", "ads"},
    "subscriptions.list_public_channels": {"ads"}, "subscriptions.list_followed_topics": {"ads"},
    "subscriptions.list_channel_access_removed": {"gateway"}, "subscriptions.find_channel_owners": {"payments"},
    "subscriptions.find_readable_posts": {"media"}, "subscriptions.find_readable_channels": {"media"},
}  # fmt: skip
#: Another service's token at a service: it was made for somebody else.
MISDIRECTED = "misdirected"
#: What ends the caller's own session comes last.
_LAST = {"auth.delete_session": 1, "auth.delete_other_sessions": 2, "auth.start_erasure": 2, "auth.logout": 3}
#: Arguments that are looked at before anything else; any others are made of their names and types.
_ARGUMENTS: dict[str, Any] = {
    "query": "somebody", "since": "2026-11-01", "until": "2026-11-02", "code": "123456", "password": "wrong",
    "old_password": "wrong", "new_password": "a long enough sentence 42", "currency": "EUR", "amount": 500,
    "currencies": ["EUR"], "emoji": "👍", "title": "New", "text": "hello", "username": "somebody",
    "return_path": "/wallet", "language": "en", "month": "2026-11", "url": "https://bakery.example/", "locale": "en",
    "handle": "x", "option_ids": [0], "display_name": "Somebody", "address": "127.0.0.1", "quiet": True,
    "state": "paused", "mentions": True, "slow_mode_s": 0, "pinned": True, "purpose": "balance", "device": "",
    "endpoint": "https://push.example.org/x", "method": "balance", "reason": "spam", "note": "", "at_seq": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A method of a contract, and arguments that it takes."""

    method: str
    arguments: dict[str, Any]


def calls(things: dict[str, str]) -> list[Call]:
    """Return a call of each method that a contract promises.

    Args:
        things: Ids of real things, by kind.
    """
    found = [
        Call(f"{service}.{name}", {key: _argument(key, hint, things) for key, hint in _hints(method).items()})
        for service in SERVICES
        for name, method in vars(_contract(service)).items()
        if inspect.isfunction(method) and not name.startswith("_")
    ]
    return sorted(found, key=lambda call: _LAST.get(call.method, 0))


def _contract(service: str) -> Any:
    return getattr(importlib.import_module(f"contracts.{service}"), f"{service.title()}Service")


def _hints(method: Any) -> dict[str, Any]:
    return {name: hint for name, hint in typing.get_type_hints(method).items() if name != "return"}


def _argument(name: str, hint: Any, things: dict[str, str]) -> Any:
    choices, kind = typing.get_args(hint), typing.get_origin(hint) or hint
    if name in _ARGUMENTS:
        return _ARGUMENTS[name]
    if name.endswith("_ids"):
        return [_thing(name.removesuffix("_ids"), things)]
    if name.endswith("_id"):
        return _thing(name.removesuffix("_id"), things)
    if kind is typing.Literal:
        return choices[0]
    if type(None) in choices:
        return None
    return {bool: False, int: 1, float: 1.0, str: "x"}.get(kind, {} if _is_mapping(kind) else [])


def _thing(name: str, things: dict[str, str]) -> str:
    return things.get({"user": "person", "payer": "person", "payee": "person"}.get(name, name), str(uuid.uuid4()))


def _is_mapping(kind: Any) -> bool:
    return typing.is_typeddict(kind) or "dict" in str(kind).lower() or "mapping" in str(kind).lower()


def refused_services(made: list[Call]) -> list[tuple[str, Call]]:
    """Return who calls as a service and is refused: whose call it is not, and whose token is for another service."""
    callers = [*CALLERS, MISDIRECTED]
    return [(each, call) for each in callers for call in made if each not in OF_SERVICES.get(call.method, ())]


def answers(
    stack: RunningStack, asked: list[tuple[str, Call]], token_of: Callable[[str, Call], str | None]
) -> dict[tuple[str, str], str]:
    """Make each call as its caller; return what came, by caller and method: a code, or that it was done."""
    found: dict[tuple[str, str], str] = {}

    def send(caller: str, call: Call) -> None:
        outgoing = _sent(caller, call, token_of(caller, call)).outgoing()
        channel.basic_publish(outgoing, "nameko-rpc", call.method)

    with operator_channel(stack) as channel:
        channel.basic_consume(DIRECT_REPLY, no_ack=True, callback=lambda message: found.update(_answer(message)))
        for caller, call in asked:
            send(caller, call)
            if _LAST.get(call.method):
                _hear(channel, found, (caller, call.method))
        for caller, call in asked:
            _hear(channel, found, (caller, call.method))
            deadline = monotonic() + 120
            while _is_busy(found[(caller, call.method)]) and monotonic() < deadline:  # asked too much at once
                del found[(caller, call.method)]
                send(caller, call)
                _hear(channel, found, (caller, call.method))
    return found


def _is_busy(code: str) -> bool:
    return code in {"deadline_exceeded", "service_away", "overloaded"}


def _sent(caller: str, call: Call, token: str | None) -> Sent:
    body = json.dumps({"args": [], "kwargs": call.arguments}).encode()
    headers = b""
    if token is not None:
        headers = b"\x0cnameko.token" + b"S" + struct.pack(">I", len(token)) + token.encode()
    number = f"{caller} {call.method}".encode()
    return Sent(call.method.encode(), body, headers=headers, reply_to=DIRECT_REPLY.encode(), correlation_id=number)


def _answer(message: Any) -> Iterator[tuple[tuple[str, str], str]]:
    caller, _, method = message.properties["correlation_id"].partition(" ")
    error = json.loads(message.body)["error"]
    yield (caller, method), error["charla"]["code"] if error else DONE


def _hear(channel: Any, found: dict[tuple[str, str], str], wanted: tuple[str, str]) -> None:
    deadline = monotonic() + 120
    while wanted not in found:
        assert monotonic() < deadline, f"{wanted} was not answered"
        with suppress(TimeoutError):
            channel.connection.drain_events(timeout=1)


def fits(method: str, caller: str, code: str) -> bool:
    """Tell whether a caller may be answered so."""
    if code == "internal":
        return False
    if method in OPEN:
        return True
    if caller == "stranger":
        return code != DONE or method in OWN
    refused = {"nobody": {"unauthenticated"}, "forger": {"token_invalid"}, MISDIRECTED: {"token_invalid"}}
    return code in refused.get(caller, {"forbidden", "token_invalid"})


def forged() -> str:
    """Return a token that another key signed."""
    return signed(Ed25519PrivateKey.generate(), HEADER, payload())


class ServiceTokens:
    """Tokens by which services act by themselves, signed with their keys."""

    def __init__(self, stack: RunningStack) -> None:
        keys = Path(stack.env("auth")["KEYS_DIR"])
        self._signers = {each: own_signer(keys, each) for each in CALLERS}

    def made_for(self, caller: str, call: Call) -> str:
        """Return a service's token for the service that is called."""
        service = call.method.partition(".")[0]
        if caller == MISDIRECTED:
            return self._signers["gateway"].own_token("ads" if service == "auth" else "auth")
        return self._signers[caller].own_token(service)

"""Two people and a conversation, for a first look: `./charla up --demo`."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

from stack.credentials import Passwords
from stack.errors import StackError
from stack.places import address

if TYPE_CHECKING:
    from stack.lifecycle import Stack

PEOPLE = {"ana": "Ana Ramírez", "ben": "Ben Okafor"}
_TALK = (
    ("ana", "¡Hola, Ben! Welcome to Charla 👋"),
    ("ben", "Gracias, Ana. It is nice in here."),
    ("ana", "Open it in two windows, one for each of us, and write to me."),
)
_PASSWORD_LENGTH = 16
_SECONDS = 15


def make(stack: Stack) -> None:
    """Makes what is missing of it, and tells names and passwords; made twice, it is there once.

    Raises:
        StackError: somebody else has one of the names.
    """
    signed_in = {name: _sign_in(stack, name, shown) for name, shown in PEOPLE.items()}
    tokens = {name: answer["access_token"] for name, answer in signed_in.items()}
    pair = {"kind": "direct", "member_ids": [signed_in["ben"]["user"]["id"]]}
    conversation = _ask(stack, "/conversations", pair, tokens["ana"])["id"]
    for number, (name, text) in enumerate(_TALK):
        message = {"client_msg_id": f"demo-{number}", "text": text}
        _ask(stack, f"/conversations/{conversation}/messages", message, tokens[name])
    stack.say(f"\nTwo people to try it with, at {stack.address}")
    for name in PEOPLE:
        stack.say(f"  {name}  {_password(stack, name)}")


def _password(stack: Stack, name: str) -> str:
    return Passwords(stack.run).get(f"demo-{name}")[:_PASSWORD_LENGTH]


def _sign_in(stack: Stack, name: str, shown: str) -> dict[str, Any]:
    known = {"username": name, "password": _password(stack, name)}
    try:
        return _ask(stack, "/auth/register", {**known, "display_name": shown})
    except urllib.error.HTTPError as refused:
        if refused.code != 409:  # noqa: PLR2004 - the name is taken
            raise
    try:
        return _ask(stack, "/auth/login", known)
    except urllib.error.HTTPError as refused:
        message = f"somebody here is called {name} already, with another password"
        raise StackError(message) from refused


def _ask(stack: Stack, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    # The gateway's own door, which speaks plain HTTP whatever certificate stands before it.
    door = f"http://{address(stack.places, 'gateway')}/v1{path}"
    request = urllib.request.Request(door, json.dumps(body).encode(), headers)  # noqa: S310
    with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
        found: dict[str, Any] = json.load(answer)
        return found

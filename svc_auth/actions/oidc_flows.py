"""A sign-in at a provider, from its begin to its end, with nothing stored until it ends.

Two signed tokens belong to it. `state` travels with the browser through the provider; anybody may see
it. The flow token stays with who began it, a browser's cookie or an app's memory: without it the answer
is worth nothing, so nobody is signed in by an answer to a sign-in that somebody else began. Nonce and
PKCE verifier are made of the flow's id with a key of ours.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session as Db

from contracts.auth import OidcStateInvalid
from svc_auth.actions import links
from svc_auth.actions.sealing import keyed_hash
from svc_auth.policy import OIDC_FLOW_S


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in at a provider.

    Attributes:
        flow_id: Its name; it ends once.
        provider_id: Where.
        user_id: Whose account to link the identity to; None to sign in.
        session_id: The session in which that person asked for it.
        former: Person and session of the browser that began to sign in; it ends when that succeeds. The browser keeps
            its cookie from a provider's redirect, so that it has to be known before.
    """

    flow_id: str
    provider_id: str
    user_id: str | None = None
    session_id: str | None = None
    former: tuple[str, str] | None = None

    @property
    def nonce(self) -> str:
        """What the ID token has to repeat."""
        return _derived("oidc nonce", self.flow_id)

    @property
    def verifier(self) -> str:
        """What proves to the provider that who began it ends it (PKCE)."""
        return _derived("oidc verifier", self.flow_id)


@dataclass(frozen=True, slots=True)
class Begun:
    """A fresh flow and its two tokens."""

    flow: Flow
    state: str
    token: str


def begin(
    provider_id: str,
    user_id: str | None,
    session_id: str | None,
    app_redirect: str | None,
    former: tuple[str, str] | None = None,
) -> Begun:
    """Begin a sign-in, or with a person the linking of an identity; an app is answered at `app_redirect`."""
    flow = Flow(secrets.token_urlsafe(32), provider_id, user_id, session_id, former)
    state = links.sign("oidc state", {"f": flow.flow_id, "p": provider_id, "r": app_redirect})
    before = {"b": former} if former else {}
    token = links.sign("oidc flow", {"f": flow.flow_id, "u": user_id, "s": session_id, **before})
    return Begun(flow, state, token)


def app_redirect_of(state: str, provider_id: str) -> str | None:
    """Return where an app waits for the answer; None where a browser began the sign-in.

    Raises:
        OidcStateInvalid: Not a state of ours for this provider, or an old one.
    """
    found: str | None = _read_state(state, provider_id)["r"]
    return found


def resume(token: str, state: str, provider_id: str) -> Flow:
    """Return the flow that both tokens belong to.

    Raises:
        OidcStateInvalid: One of them is forged or old, or they belong to different flows or another provider.
    """
    found = links.read("oidc flow", token, OIDC_FLOW_S)
    if found is None or found["f"] != _read_state(state, provider_id)["f"]:
        raise OidcStateInvalid
    former = found.get("b")
    return Flow(found["f"], provider_id, found["u"], found["s"], tuple(former) if former else None)


def end(db: Db, flow: Flow, now: datetime) -> None:
    """Use a flow up.

    Raises:
        OidcStateInvalid: It was used before.
    """
    if not links.spend(db, flow.flow_id, now, 2 * OIDC_FLOW_S):
        raise OidcStateInvalid


def _read_state(state: str, provider_id: str) -> dict[str, str | None]:
    found = links.read("oidc state", state, OIDC_FLOW_S)
    if found is None or found["p"] != provider_id:
        raise OidcStateInvalid
    return found


def _derived(purpose: str, flow_id: str) -> str:
    return base64.urlsafe_b64encode(keyed_hash(purpose, flow_id)).rstrip(b"=").decode()

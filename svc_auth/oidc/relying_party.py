"""The authorization code flow with PKCE, towards one provider."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from typing import Any, Protocol
from urllib.parse import quote_plus, urlencode, urlsplit

from contracts.auth import UnknownProvider
from plumbing.settings import settings
from svc_auth.oidc.config import Provider, app_redirects, providers
from svc_auth.oidc.discovery import Metadata, discover, fetch_keys
from svc_auth.oidc.errors import AnswerRefused, ProviderAway
from svc_auth.oidc.fetching import Kept, post_form
from svc_auth.oidc.id_token import Claims, Keys, believe
from svc_auth.policy import OIDC_AT_ONCE, OIDC_KEYS_LIFE_S, OIDC_METADATA_LIFE_S


class Secrets(Protocol):
    """What belongs to one sign-in alone."""

    @property
    def nonce(self) -> str:
        """What its ID token has to repeat."""

    @property
    def verifier(self) -> str:
        """What proves that who began it ends it (PKCE)."""


class RelyingParty:
    """Us, at one provider.

    Args:
        provider: Which.
        at_once: How many may wait for it at the same time, so that a slow provider does not take
            every worker of the service.
    """

    def __init__(self, provider: Provider, at_once: int) -> None:
        self.provider = provider
        self._metadata: Kept[Metadata] = Kept(lambda: discover(provider), OIDC_METADATA_LIFE_S)
        self._keys: Kept[Keys] = Kept(lambda: fetch_keys(self._metadata.get().jwks_uri), OIDC_KEYS_LIFE_S)
        self._turns = BoundedSemaphore(at_once)

    @property
    def redirect_uri(self) -> str:
        """Where the provider sends browsers back to; each provider has its own (RFC 9700, 4.4.2)."""
        return f"{settings().public_url.rstrip('/')}/v1/auth/oidc/{self.provider.id}/callback"

    def authorize_url(self, state: str, sign_in: Secrets) -> str:
        """Return where the browser has to go.

        Raises:
            ProviderAway: The provider does not say where.
        """
        with self._turn():
            endpoint = self._metadata.get().authorization_endpoint
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sign_in.verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self.redirect_uri,
            "scope": " ".join(self.provider.scopes),
            "state": state,
            "nonce": sign_in.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        return f"{endpoint}{'&' if urlsplit(endpoint).query else '?'}{urlencode(query)}"

    def redeem(self, code: str, sign_in: Secrets) -> Claims:
        """Return who somebody is, for the code that the provider gave them.

        Raises:
            AnswerRefused: The code was not taken, or the ID token cannot be believed.
            ProviderAway: The provider gives no answer.
        """
        with self._turn():
            token = self._trade(code, sign_in.verifier)
            return believe(token, self.provider, sign_in.nonce, self._keys.get, self._keys.fetch_anew)

    def check_issuer(self, named: str | None) -> None:
        """Refuse an authorization response that another provider gave (RFC 9207).

        Raises:
            AnswerRefused: It is another's, or names none though this one always does.
            ProviderAway: The provider does not say whether it does.
        """
        if named is None:
            with self._turn():
                is_missing = self._metadata.get().sends_iss
            if is_missing:
                raise AnswerRefused("iss_missing")
        elif named != self.provider.issuer:
            raise AnswerRefused("iss")

    def _trade(self, code: str, verifier: str) -> object:
        metadata = self._metadata.get()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.redirect_uri,
            "code_verifier": verifier,
        }
        headers = self._authenticate(form, metadata)
        status, answer = post_form(metadata.token_endpoint, form, headers)
        if status != 200:
            raise AnswerRefused(_reason(answer))
        return answer.get("id_token")

    def _authenticate(self, form: dict[str, str], metadata: Metadata) -> dict[str, str]:
        """Put our secret into the form or return it as a header, whichever the provider takes."""
        secret = self.provider.secret()
        if not secret or metadata.secret_in_body:
            form |= {"client_id": self.provider.client_id} | ({"client_secret": secret} if secret else {})
            return {}
        pair = f"{quote_plus(self.provider.client_id)}:{quote_plus(secret)}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(blocking=False):
            raise ProviderAway("too_many_wait")
        try:
            yield
        finally:
            self._turns.release()


def _reason(answer: dict[str, Any]) -> str:
    """Return the provider's own code for why it refused, as far as it can stand in a log."""
    error = answer.get("error")
    is_code = isinstance(error, str) and len(error) <= 40 and error.replace("_", "").isalnum()
    return f"token_endpoint_{error}" if is_code else "token_endpoint"


@cache
def relying_parties() -> dict[str, RelyingParty]:
    """Return us at every configured provider, by the provider's id.

    Raises:
        Misconfigured: The configuration is wrong; it is read once, when the service starts.
    """
    app_redirects()
    found = providers()
    share = max(1, OIDC_AT_ONCE // max(1, len(found)))
    return {each.id: RelyingParty(each, share) for each in found.values()}


def relying_party(provider_id: str) -> RelyingParty:
    """Return us at a provider.

    Raises:
        UnknownProvider: There is none of that id.
    """
    found = relying_parties().get(provider_id)
    if found is None:
        raise UnknownProvider
    return found

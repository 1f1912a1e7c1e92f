"""svc_auth in a container, with two providers to sign in with, and a browser's way through them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from plumbing import codec
from plumbing.container import CharlaContainer
from plumbing.settings import Settings
from svc_auth.service import AuthService
from tests.services import call_entrypoint
from tests.svc_auth.conftest import forget_caches
from tests.svc_auth.oidc_provider import Provider

PASSWORD = "an unlikely heron 47"  # noqa: S105 - of people who live for one test
HERE = {"device": "laptop", "address": "203.0.113.9"}
APP = "org.example.charla:/signed-in"


@dataclass
class World:
    """What a test of OIDC has around it."""

    home: Provider
    closed: Provider
    container: CharlaContainer

    def call(self, method: str, token: str | None = None, **kwargs: Any) -> Any:
        """Call a method as a worker does, with a token in the call's context."""
        context = {"token": token} if token else {}
        return codec.decode(codec.encode(call_entrypoint(self.container, method, context, kwargs)))

    def start(
        self,
        provider_id: str = "home",
        token: str | None = None,
        app: str | None = None,
        password: str | None = PASSWORD,
    ) -> dict[str, Any]:
        """Begin a sign-in, or with a token (and the password, which is nobody's where the account has none) to link."""
        if token is None:
            begun = self.call("start_oidc", provider_id=provider_id, app_redirect=app, address=HERE["address"])
        else:
            begun = self.call("start_identity", token, provider_id=provider_id, app_redirect=app, password=password)
        return dict(begun)

    def finish(self, begun: dict[str, Any], answer: dict[str, str], provider_id: str = "home", **more: Any) -> Any:
        """End it by a provider's answer."""
        given = {"code": None, "error": None, "iss": None, "flow_token": begun["flow_token"], **HERE, **answer, **more}
        return self.call("finish_oidc", provider_id=provider_id, **given)

    def sign_in(self, provider_id: str = "home", token: str | None = None) -> Any:
        """Go all the way through a provider."""
        begun = self.start(provider_id, token)
        return self.finish(begun, self.provider(provider_id).visit(begun["authorize_url"]), provider_id)

    def provider(self, provider_id: str) -> Provider:
        """Return a provider by its id."""
        return {"home": self.home, "closed": self.closed}[provider_id]


@contextmanager
def world(configured: Settings) -> Iterator[World]:
    """Start the providers, and svc_auth with them."""
    with ExitStack() as stack:
        home, closed = stack.enter_context(Provider()), stack.enter_context(Provider("charla-at-work", ""))
        wanted = {
            "OIDC_PROVIDERS": json.dumps([described(home, "home"), described(closed, "closed", sign_up=False)]),
            "OIDC_APP_REDIRECTS": f"{APP}, http://127.0.0.1/done",
            "OUTGOING_ALLOW": f"127.0.0.1:{home.port},127.0.0.1:{closed.port}",
        }
        os.environ.update(wanted)
        stack.callback(forget_caches)
        stack.callback(lambda: [os.environ.pop(name) for name in wanted])
        forget_caches()
        yield World(home, closed, stack.enter_context(_container(configured)))


def described(provider: Provider, provider_id: str, **more: Any) -> dict[str, Any]:
    """Return a provider as an operator writes it down."""
    found = {"id": provider_id, "name": provider_id.title(), "issuer": provider.issuer}
    return {**found, "client_id": provider.client_id, "client_secret": provider.secret, **more}


@contextmanager
def _container(configured: Settings) -> Iterator[CharlaContainer]:
    config = {
        "AMQP_URI": configured.amqp_uri,
        "DB_URIS": {"auth:Base": configured.database_url},
        "max_workers": 20,
        "serializer": "json",
    }
    container = CharlaContainer(AuthService, config)
    container.start()
    try:
        yield container
    finally:
        container.stop()

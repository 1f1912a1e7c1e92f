"""A gateway and an auth process that know a provider on loopback, beside the running stack.

They share its database, Redis and keys, and talk over the broker's other virtual host, so that the
stack itself is left as it is.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from client import PASSWORD, Reply

from stack.environment import read
from tests.svc_auth.oidc_provider import Provider

ROOT = Path(__file__).resolve().parents[2]
PUBLIC_URL = "https://chat.example.org"
APP = "org.example.charla:/signed-in"
CSRF = {"X-Charla-CSRF": "1"}


@dataclass
class Gateway:
    """Where it answers, and the provider that it knows as `home`."""

    url: str
    provider: Provider

    def ask(
        self, method: str, path: str, body: Any = None, *, token: str = "", headers: dict[str, str] | None = None
    ) -> Reply:
        """Send one request."""
        sent = {**({"Authorization": f"Bearer {token}"} if token else {}), **(headers or {})}
        answer = requests.request(
            method, self.url + path, json=body, headers=sent, timeout=30, allow_redirects=False
        )  # fmt: skip
        return Reply(answer.status_code, answer.headers, answer.content)

    def start(self, token: str = "", app: str | None = APP) -> Any:
        """Begin as an app does; with a token, to link."""
        if token:
            body = {"provider": "home", "app_redirect": app, "password": PASSWORD}
            reply = self.ask("POST", "/v1/auth/identities", body, token=token)
        else:
            reply = self.ask("POST", "/v1/auth/oidc/home/start", {"app_redirect": app})
        assert reply.status in (200, 201), reply.raw
        return reply.json

    def sign_in(self, token: str = "") -> Reply:
        """Go all the way through as an app does."""
        begun = self.start(token)
        back = self.ask("GET", path_of(self.provider.come_from(begun["authorize_url"])))
        answer = dict(parse_qsl(urlsplit(back.headers["Location"]).query))
        body = {"flow_token": begun["flow_token"], "device": "phone", **answer}
        return self.ask("POST", "/v1/auth/oidc/home/callback", body)


@dataclass
class Browser:
    """Somebody's browser: it keeps cookies, and sends `Strict` ones only on its way within our site."""

    gateway: Gateway
    jar: dict[str, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: Any = None, *, token: str = "", from_elsewhere: bool = False) -> Reply:
        """Send one request, and keep the cookies of its answer."""
        sent = [
            f"{name}={morsel.value}"
            for name, morsel in self.jar.items()
            if not (from_elsewhere and morsel["samesite"] == "Strict")
        ]
        headers = {} if from_elsewhere else dict(CSRF)
        if sent:
            headers["Cookie"] = "; ".join(sent)
        reply = self.gateway.ask(method, path, body, token=token, headers=headers)
        self._keep(reply)
        return reply

    def _keep(self, reply: Reply) -> None:
        # requests joins several Set-Cookie headers with a comma; ours hold none.
        for each in reply.headers.get("Set-Cookie", "").split(", "):
            for name, morsel in SimpleCookie(each).items():
                assert name.startswith("__Host-")
                assert morsel["secure"] and morsel["httponly"] and morsel["path"] == "/" and not morsel["domain"]
                if morsel["max-age"] == "0":
                    self.jar.pop(name, None)
                else:
                    self.jar[name] = morsel

    def start(self, token: str = "") -> str:
        """Begin to sign in, or with a token to link; return where to go."""
        if token:
            reply = self.ask("POST", "/v1/auth/identities", {"provider": "home", "password": PASSWORD}, token=token)
        else:
            reply = self.ask("POST", "/v1/auth/oidc/home/start")
        assert reply.status in (200, 201), reply.raw
        assert reply.json["flow_token"] is None
        return str(reply.json["authorize_url"])

    def come_back(self, authorize_url: str) -> Reply:
        """Go to the provider and back, as far as our first answer."""
        return self.ask("GET", path_of(self.gateway.provider.come_from(authorize_url)), from_elsewhere=True)


def path_of(url: str) -> str:
    """Return the path and query of an address of ours."""
    assert url.startswith(f"{PUBLIC_URL}/"), url
    return url.removeprefix(PUBLIC_URL)


def landed(reply: Reply) -> dict[str, str]:
    """Return what our page is told; there is no other place to be sent to."""
    assert reply.status == 303, reply.raw
    page, _, facts = reply.headers["Location"].partition("#")
    assert page == f"{PUBLIC_URL}/signed-in"
    return dict(parse_qsl(facts))


@contextmanager
def running(folder: Path, **more: str) -> Iterator[Gateway]:
    """Start the two processes and wait until they answer; `more` is what else auth's environment says."""
    run_folder = Path(os.environ.get("CHARLA_RUN_DIR", ROOT / ".run"))
    env = {name: read(run_folder / "env" / f"{name}.env") for name in ("auth", "gateway", "ops")}
    with ExitStack() as stack:
        provider = stack.enter_context(Provider())
        port = _free_port()
        shared = {
            "AMQP_URI": env["ops"]["TEST_AMQP_URI"], "PUBLIC_URL": PUBLIC_URL, "HEALTH_PORT": "0", "METRICS_PORT": "0",
            "PYTHONPATH": str(ROOT), "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        auth = {
            "OIDC_PROVIDERS": json.dumps([_described(provider)]), "OIDC_APP_REDIRECTS": APP,
            "OUTGOING_ALLOW": f"127.0.0.1:{provider.port}",
        }  # fmt: skip
        gateway = {
            "GATEWAY_BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "1", "PROMETHEUS_MULTIPROC_DIR": str(folder),
        }  # fmt: skip
        python = Path(sys.executable).parent
        service = ["-m", "stack.serve", "svc_auth/config.yml", "svc_auth.service:AuthService"]
        _spawn(stack, [sys.executable, *service], env["auth"] | shared | auth | more)
        command = [str(python / "gunicorn"), "-c", "gateway_flask/gunicorn.conf.py", "gateway_flask.app:create_app()"]
        _spawn(stack, command, env["gateway"] | shared | gateway)
        found = Gateway(f"http://127.0.0.1:{port}", provider)
        _wait_until_it_answers(found)
        yield found


def _described(provider: Provider) -> dict[str, Any]:
    return {
        "id": "home", "name": "Home", "issuer": provider.issuer, "client_id": provider.client_id,
        "client_secret": provider.secret,
    }  # fmt: skip


def _spawn(stack: ExitStack, command: list[str], environment: dict[str, str]) -> None:
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    stack.callback(process.wait, 30)
    stack.callback(process.terminate)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(gateway: Gateway) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if gateway.ask("GET", "/v1/auth/oidc").status == 200:
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("the gateway did not answer")

"""What one address may do, on an Nginx with low limits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from stack import nginx
from stack.rundir import RunDir
from stack.supervisor import wait_for
from tests.stack.private_nginx import Backend, backend, private_nginx

#: 5 requests a second and 10 at once, of them 1 and 6 that sign in; 20 sockets and 10 transfers.
LOW = "0.01"
#: Sooner or later more than that, however slow the machine is.
MANY = 400
#: More than are allowed to whoever is limited here.
SOME = 20


@pytest.fixture
def behind() -> Iterator[Backend]:
    with backend() as found:
        yield found


@contextmanager
def door(folder: Path, behind: Backend, kind: str = "http") -> Iterator[httpx.Client]:
    with private_nginx(folder, behind) as ports, httpx.Client(base_url=f"http://127.0.0.1:{ports[kind]}") as client:
        yield client


@pytest.fixture
def low(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWAY_LIMITS_FACTOR", LOW)
    monkeypatch.setenv("CHARLA_UNCOUNTED_ADDRESSES", "")


def refusal(client: httpx.Client, method: str, path: str, most: int = MANY, **headers: str) -> httpx.Response | None:
    """Ask on until somebody is refused."""
    answers = (client.request(method, path, headers=headers) for _ in range(most))
    return next((each for each in answers if each.status_code != 200), None)


@pytest.mark.usefixtures("low")
def test_whoever_asks_too_much_is_told_when_to_try_again(tmp_path: Path, behind: Backend) -> None:
    with door(tmp_path, behind) as client:
        refused = refusal(client, "GET", "/v1/conversations")
        assert refused is not None
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert refused.headers["Content-Type"] == "application/problem+json"
        problem = refused.json()
        assert (problem["status"], problem["code"]) == (429, "rate_limited")
        assert problem["type"] == "urn:charla:problem:rate_limited"
        assert len(problem["request_id"]) == 32
        assert wait_for(lambda: client.get("/v1/conversations").status_code == 200, 30)


@pytest.mark.usefixtures("low")
@pytest.mark.parametrize("path", ["login", "login/code", "register", "refresh", "password/forgot", "oidc/x/start"])
def test_signing_in_has_a_limit_of_its_own(
    tmp_path: Path, behind: Backend, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setitem(nginx._ALLOWED, "API_RATE", 1_000_000)
    monkeypatch.setitem(nginx._ALLOWED, "API_BURST", 1_000_000)
    with door(tmp_path, behind) as client:
        refused = refusal(client, "POST", f"/v1/auth/{path}")
        assert refused is not None
        assert refused.status_code == 429
        assert refusal(client, "GET", "/v1/users/me", SOME) is None
        assert refusal(client, "GET", "/v1/auth/sessions", SOME) is None


def hold(client: httpx.Client, path: str) -> threading.Thread:
    held = threading.Thread(target=lambda: client.get(path, timeout=60), daemon=True)
    held.start()
    return held


@pytest.mark.usefixtures("low")
@pytest.mark.parametrize(
    ("kind", "path", "name"), [("http", "/v1/poll", "SOCKETS"), ("media-http", "/uploads", "TRANSFERS")]
)
def test_only_so_many_are_open_at_once(
    tmp_path: Path, behind: Backend, monkeypatch: pytest.MonkeyPatch, kind: str, path: str, name: str
) -> None:
    monkeypatch.setitem(nginx._HELD, name, 200)
    monkeypatch.setitem(nginx._ALLOWED, "API_BURST", 1_000_000)
    with door(tmp_path, behind, kind) as client:
        held = [hold(client, path) for _ in range(2)]
        assert wait_for(lambda: behind.waiting == 2, 30)
        refused = client.get(path, timeout=30)
        assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
        behind.open.set()
        for each in held:
            each.join(30)
        assert client.get(path, timeout=30).status_code == 200


def test_this_machine_is_not_counted_without_a_setting(
    tmp_path: Path, behind: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATEWAY_LIMITS_FACTOR", "0.001")
    with door(tmp_path, behind) as client:
        assert refusal(client, "POST", "/v1/auth/login", SOME) is None


def test_the_factor_of_the_gateways_limits_multiplies_these(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ports = {"http": 1, "media-http": 2}
    before = nginx.values(RunDir(tmp_path), ports)
    monkeypatch.setenv("GATEWAY_LIMITS_FACTOR", "1000")
    after = nginx.values(RunDir(tmp_path), ports)
    for name in ("API_RATE", "API_BURST", "SIGN_IN_RATE", "SIGN_IN_BURST"):
        assert int(after[name]) == 1000 * int(before[name])
    # Nginx refuses to count more.
    assert after["SOCKETS"] == after["TRANSFERS"] == "65535"


def test_what_the_gateway_refuses_itself_is_passed_on(tmp_path: Path, behind: Backend) -> None:
    behind.status = 429
    with door(tmp_path, behind) as client:
        answer = client.get("/v1/search")
        assert (answer.status_code, answer.text) == (429, "{}")


@pytest.mark.usefixtures("low")
def test_behind_a_trusted_proxy_each_client_is_counted_for_itself(
    tmp_path: Path, behind: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARLA_TRUSTED_PROXIES", "127.0.0.1/32 10.0.0.0/8")
    with door(tmp_path, behind) as client:
        named = {"X-Forwarded-For": "198.51.100.1, 203.0.113.7, 10.1.2.3"}
        assert refusal(client, "GET", "/v1/conversations", **named) is not None
        assert behind.seen[0]["x-forwarded-for"] == "203.0.113.7"
        assert client.get("/v1/conversations", headers={"X-Forwarded-For": "203.0.113.8"}).status_code == 200


def test_who_claims_another_address_is_not_believed(tmp_path: Path, behind: Backend) -> None:
    with door(tmp_path, behind) as client:
        client.get("/v1/conversations", headers={"X-Forwarded-For": "203.0.113.7"})
        assert behind.seen[0]["x-forwarded-for"] == "127.0.0.1"

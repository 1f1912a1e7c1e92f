"""Answers become values, errors, and new tokens."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from charla_sdk import Charla, EnrolmentRequired, FactorRequired, ProblemError, SessionEnded, Unreachable

Answer = Callable[[httpx.Request], httpx.Response]
USER = {"id": "me"}


def tokens(number: int) -> httpx.Response:
    pair = {"access_token": f"a{number}", "refresh_token": f"r{number}", "expires_in": 600, "user": USER}
    return httpx.Response(200, json=pair)


def with_server(answer: Answer, act: Callable[[Charla], Awaitable[None]]) -> None:
    async def run() -> None:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with Charla("http://charla", http=http) as charla:
            await act(charla)

    asyncio.run(run())


def test_a_refused_token_is_renewed_once_for_all_who_wait() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/v1/auth/login":
            return tokens(1)
        if request.url.path == "/v1/auth/refresh":
            assert b'"r1"' in request.content
            return tokens(2)
        if request.headers["Authorization"] == "Bearer a2":
            return httpx.Response(200, json=USER)
        return httpx.Response(401, json={"code": "token_expired"})

    async def act(charla: Charla) -> None:
        await charla.login("ana", "a password")
        await asyncio.gather(*(charla.api.get_me() for _ in range(5)))

    with_server(answer, act)
    assert asked.count("/v1/auth/refresh") == 1


def test_another_401_is_not_about_the_token() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path == "/v1/auth/login":
            return tokens(1)
        return httpx.Response(401, json={"code": "wrong_credentials"})

    async def act(charla: Charla) -> None:
        await charla.login("ana", "a password")
        with pytest.raises(ProblemError, match="wrong_credentials"):
            await charla.api.change_password({"old_password": "x", "new_password": "y"})

    with_server(answer, act)
    assert asked == ["/v1/auth/login", "/v1/auth/password"]


def test_a_session_that_cannot_be_renewed_has_ended() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"code": "token_reused"})

    async def act(charla: Charla) -> None:
        with pytest.raises(SessionEnded):
            await charla.session.resume("old")
        with pytest.raises(SessionEnded):
            await charla.api.get_me()

    with_server(answer, act)


def test_a_second_factor_is_asked_for() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/login/code":
            return tokens(1)
        return httpx.Response(200, json={"factor_required": True, "factor_token": "f", "factors": ["totp"]})

    async def act(charla: Charla) -> None:
        with pytest.raises(FactorRequired) as owed:
            await charla.login("ana", "a password")
        await charla.session.login_with_code(owed.value.token, "123456")
        assert charla.me["id"] == "me"

    with_server(answer, act)


def test_a_second_factor_that_is_demanded_is_to_be_set_up_first() -> None:
    owed = {"enrolment_required": True, "enrolment_token": "e", "factors": ["totp", "passkey"]}

    async def act(charla: Charla) -> None:
        with pytest.raises(EnrolmentRequired) as refused:
            await charla.login("ana", "a password")
        with pytest.raises(EnrolmentRequired):
            await charla.session.register("ana", "a password", "Ana")
        assert (refused.value.token, charla.session.user) == ("e", None)

    with_server(lambda _: httpx.Response(200, json=owed), act)


def test_refusals_say_how_long_to_wait_even_without_a_document() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(503, text="<html>away</html>", headers={"Retry-After": "7"})

    async def act(charla: Charla) -> None:
        with pytest.raises(ProblemError) as refusal:
            await charla.session.resume("x")
        assert (refusal.value.code, refusal.value.retry_after_s) == ("http_503", 7)
        assert refusal.value.is_temporary

    with_server(answer, act)


def test_no_answer_is_an_error_of_its_own() -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("nobody there")

    async def act(charla: Charla) -> None:
        with pytest.raises(Unreachable, match="nobody there"):
            await charla.session.resume("x")

    with_server(answer, act)


def test_parameters_are_escaped_and_none_is_left_out() -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return tokens(1) if request.url.path == "/v1/auth/login" else httpx.Response(200, json={})

    async def act(charla: Charla) -> None:
        await charla.login("ana", "a password")
        await charla.api.list_conversations(archived=True)
        await charla.api.remove_reaction("id", "a/b?c")

    with_server(answer, act)
    assert seen[1:] == [
        "http://charla/v1/conversations?archived=true",
        "http://charla/v1/messages/id/reactions/a%2Fb%3Fc",
    ]

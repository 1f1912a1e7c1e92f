"""A post arrives once, however often it has to be tried, and its address is written down nowhere."""

from __future__ import annotations

import asyncio
import json
import logging

import httpx
import pytest
from charla_sdk import Pace, ProblemError, Unreachable, Webhook

URL = "http://charla/v1/hooks/0198/hidden-word"
QUICK = Pace(first_pause_s=0.001, longest_pause_s=0.002)
POSTED = {"message_id": "m", "conversation_id": "c", "seq": 1, "created_at": "2026-01-01T00:00:00Z"}


def post(
    *answers: httpx.Response | Exception, tries: int = 5, key: str | None = None
) -> tuple[object, list[httpx.Request]]:
    """Posts to a server that answers so; returns what came of it, and what it was asked."""
    asked: list[httpx.Request] = []
    waiting = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        found = waiting.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def act() -> object:
        http = httpx.AsyncClient(transport=httpx.MockTransport(answer))
        async with Webhook(URL, pace=QUICK, tries=tries, http=http) as hook:
            try:
                return await hook.post("done", key=key)
            except (ProblemError, Unreachable) as failure:
                return failure

    return asyncio.run(act()), asked


def test_a_post_is_tried_under_one_key_until_it_is_answered() -> None:
    away = httpx.Response(503, json={"code": "overloaded"})
    posted, asked = post(httpx.ConnectError("away"), away, httpx.Response(201, json=POSTED))
    assert posted == POSTED
    assert len({request.headers["Idempotency-Key"] for request in asked}) == 1
    assert [str(request.url) for request in asked] == [URL] * 3
    assert [json.loads(request.content) for request in asked] == [{"text": "done"}] * 3
    assert not any("Authorization" in request.headers for request in asked)


def test_each_post_has_a_key_of_its_own_or_the_given_one() -> None:
    keys = [post(httpx.Response(201, json=POSTED))[1][0].headers["Idempotency-Key"] for _ in range(2)]
    assert keys[0] != keys[1]
    assert post(httpx.Response(201, json=POSTED), key="build-7")[1][0].headers["Idempotency-Key"] == "build-7"


def test_a_refusal_is_not_tried_again() -> None:
    refused, asked = post(httpx.Response(404, json={"code": "unknown_webhook"}))
    assert isinstance(refused, ProblemError)
    assert (refused.code, len(asked)) == ("unknown_webhook", 1)


def test_it_gives_up_at_last() -> None:
    failure, asked = post(*[httpx.ConnectError("away")] * 2, tries=2)
    assert isinstance(failure, Unreachable)
    assert len(asked) == 2


def test_the_address_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        post(httpx.ConnectError("away"), httpx.Response(201, json=POSTED))
    assert "hidden-word" not in caplog.text

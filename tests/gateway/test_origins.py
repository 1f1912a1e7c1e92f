"""A WebSocket is for pages of our own origin, and for clients that are no pages."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

import pytest
import requests
from client import base_url

HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def shake_hands(origin: str | None) -> requests.Response:
    headers = HANDSHAKE | ({} if origin is None else {"Origin": origin})
    with requests.get(f"{base_url()}/v1/ws", headers=headers, stream=True, timeout=20) as answer:
        if answer.status_code != 101:
            _ = answer.content
        return answer


def own_origin() -> str:
    parts = urlsplit(base_url())
    return f"{parts.scheme}://{parts.netloc}"


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "", f"file://{urlsplit(base_url()).netloc}", f"{own_origin()}.evil.example"],
)
@pytest.mark.usefixtures("stack")
def test_a_page_of_another_origin_gets_none(origin: str) -> None:
    answer = shake_hands(origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


@pytest.mark.usefixtures("stack")
def test_our_own_page_does() -> None:
    assert shake_hands(own_origin()).status_code == 101


@pytest.mark.usefixtures("stack")
def test_so_does_who_is_no_page() -> None:
    assert shake_hands(None).status_code == 101


@pytest.mark.usefixtures("stack")
def test_so_does_the_page_of_the_public_address() -> None:
    public = os.environ.get("PUBLIC_URL", f"http://localhost:{urlsplit(base_url()).port}")
    assert shake_hands(public).status_code == 101

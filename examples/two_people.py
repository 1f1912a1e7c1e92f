"""Ana writes, Ben's open socket shows it: the shortest client of Charla.

    .run/venv/bin/python examples/two_people.py

It speaks with http://127.0.0.1:8080, or with whatever CHARLA_URL names.
"""

from __future__ import annotations

import json
import os
import secrets
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import websocket  # the package websocket-client

URL = os.environ.get("CHARLA_URL", "http://127.0.0.1:8080") + "/v1"


def call(method: str, path: str, token: str = "", body: Any = None) -> Any:
    """Return the decoded answer of the API.

    Raises:
        urllib.error.HTTPError: The API refused; its body is a problem document.
    """
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, headers, method=method)  # noqa: S310 - our own address
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def register(name: str) -> Any:
    """Make an account under a fresh name; return its token pair."""
    username = f"{name.lower()}_{secrets.token_hex(4)}"
    body = {"username": username, "password": secrets.token_urlsafe(16), "display_name": name}
    return call("POST", "/auth/register", body=body)


def open_socket(token: str) -> websocket.WebSocket:
    """Open a socket for the owner of `token`; what happens from now on arrives there."""
    ticket = call("POST", "/ws-ticket", token)["ticket"]
    socket = websocket.create_connection(URL.replace("http", "ws", 1) + "/ws", timeout=10)
    socket.send(json.dumps({"t": "auth", "ticket": ticket, "device": "example"}))
    wait_for(socket, "ready")
    return socket


def wait_for(socket: websocket.WebSocket, kind: str) -> tuple[Any, float]:
    """Return the next frame whose `t` or `type` is `kind`, and the moment it came."""
    while True:
        frame = json.loads(socket.recv())
        if kind in (frame["t"], frame.get("type")):
            return frame, time.perf_counter()


def main() -> None:
    """Register two people and let one write to the other."""
    ana, ben = register("Ana"), register("Ben")
    group = {"kind": "group", "title": "Two people", "member_ids": [ben["user"]["id"]]}
    room = call("POST", "/conversations", ana["access_token"], group)["id"]
    print(f"Ana and Ben are in the conversation {room}")

    socket = open_socket(ben["access_token"])
    message = {"client_msg_id": secrets.token_hex(8), "text": "Hola, Ben"}
    with ThreadPoolExecutor() as pool:
        screen = pool.submit(wait_for, socket, "message.created")
        began = time.perf_counter()
        sent = call("POST", f"/conversations/{room}/messages", ana["access_token"], message)
        answered = time.perf_counter()
        seen, arrived = screen.result()
    print(f"Ana's message is stored as number {sent['seq']}: {1000 * (answered - began):.1f} ms")
    print(f"Ben's socket showed {seen['data']['text']!r}: {1000 * (arrived - began):.1f} ms")
    socket.close()

    history = call("GET", f"/conversations/{room}/messages?limit=10", ben["access_token"])["items"]
    found = [each for each in history if each["id"] == sent["id"]]
    print(f"Ben finds it in the history: {found[0]['text']!r}")


if __name__ == "__main__":
    main()

"""Programs from outside, through Nginx: a webhook's post shows on the other's screen, and a bot answers a command."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import requests

from tests.e2e.people import PATIENCE_S, Person, Socket, eventually

sys.path.insert(0, str(Path(__file__).parents[2] / "sdk" / "python" / "src"))

from charla_sdk import Charla, Command, Webhook  # noqa: E402


def test_what_a_program_posts_shows_on_the_others_screen_once(ana: Person, room: str, screen: Socket) -> None:
    made = ana.ask("POST", f"/conversations/{room}/webhooks", {"name": "Builds"}).json()

    async def post() -> int:
        async with Webhook(made["url"]) as builds:
            first = await builds.post("Build 317 is done.", key="build-317")
            again = await builds.post("Build 317 is done.", key="build-317")
        assert first == again
        return first["seq"]

    # The address is that of `PUBLIC_URL`; where the stack is asked by another name, so is this.
    made["url"] = made["url"].replace(made["url"].partition("/v1/")[0], ana.url)
    seq = asyncio.run(post())
    shown = screen.next("message.created")["data"]
    assert (shown["seq"], shown["text"]) == (seq, "Build 317 is done.")
    assert shown["webhook"] == {"id": made["id"], "name": "Builds"}
    assert ana.ask("DELETE", f"/conversations/{room}/webhooks/{made['id']}").status_code == 204
    gone = requests.post(made["url"], json={"text": "still there?"}, timeout=PATIENCE_S)
    assert (gone.status_code, gone.json()["code"]) == (404, "unknown_webhook")


def test_a_bot_answers_a_command(ana: Person, ben: Person, room: str) -> None:
    async def act() -> None:
        async with Charla(ben.url) as charla:
            pair = {"access_token": ben.token, "expires_in": 300, "refresh_token": None, "token_type": "Bearer"}
            charla.session.enter({**pair, "user": ben.get("/users/me")})  # type: ignore[typeddict-item]

            @charla.command("echo", "Says what you say")
            async def echo(command: Command) -> None:
                await command.reply(command.text)

            running = asyncio.create_task(charla.run())
            listed = f"/conversations/{room}/commands"
            await asyncio.to_thread(eventually, lambda: ana.get(listed)["items"])
            await charla.wait_until_connected()
            sent = await asyncio.to_thread(ana.write, room, "/echo hello")
            assert sent.json()["entities"][0]["user_id"] == ben.id
            await asyncio.to_thread(eventually, lambda: "hello" in _texts(ana, room))
            running.cancel()

    asyncio.run(act())
    assert _texts(ana, room)[-2:] == ["/echo hello", "hello"]


def _texts(person: Person, room: str) -> list[str]:
    return [each["text"] for each in person.get(f"/conversations/{room}/messages", limit=10)["items"]]

"""Runs the bot; see README.md."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from datetime import UTC, datetime
from typing import Any

from charla_sdk import Charla, Command, Event, ProblemError, Unreachable

from reminder_bot.commands import DESCRIBED, Answer, answers_to, answers_to_command

#: After so long a sign-in is tried again that was not answered.
_AGAIN_S = 2.0

log = logging.getLogger("reminder_bot")


async def answer(charla: Charla, event: Event) -> None:
    """Answers one message.

    Each answer has an id that is made of the message's: a bot that dies in here meets the message again, and says
    nothing twice. Reminders are messages that the server sends later; the bot keeps nothing of them.
    """
    message = event.data
    if message["author_id"] == charla.me["id"] or message["kind"] != "text" or message["deleted"]:
        return
    said_at = datetime.fromisoformat(message["created_at"])
    await say_all(charla, message, answers_to(message["text"], said_at, datetime.now(UTC)))


async def answer_command(charla: Charla, command: Command) -> None:
    """Answers a command that was chosen from the list, as if it had been typed with a `!`."""
    said_at = datetime.fromisoformat(command.message["created_at"])
    await say_all(charla, command.message, answers_to_command(command.name, command.text, said_at, datetime.now(UTC)))


async def say_all(charla: Charla, message: dict[str, Any], answers: list[Answer]) -> None:
    """Sends all answers to a message."""
    for number, fields in enumerate(answers):
        fields["client_msg_id"] = f"bot-{number}-{message['id']}"
        await say(charla, message["conversation_id"], fields)


async def say(charla: Charla, conversation_id: str, fields: Answer) -> None:
    """Sends an answer; at once, where its moment has passed on the way."""
    sending = await charla.send(conversation_id, **fields)
    if "send_at" not in fields:
        return
    try:
        await sending.answer()
    except ProblemError as problem:
        if problem.code == "send_time_invalid":
            await charla.outbox.discard(sending.client_msg_id)
            await charla.send(conversation_id, fields["text"], client_msg_id=sending.client_msg_id)


async def sign_in(charla: Charla) -> None:
    """Signs in, now or when the server is there."""
    while True:
        try:
            await charla.login(os.environ["BOT_USERNAME"], os.environ["BOT_PASSWORD"])
        except (ProblemError, Unreachable) as failure:
            if isinstance(failure, ProblemError) and not failure.is_temporary:
                raise
            log.warning("not signed in yet: %s", failure)
            await asyncio.sleep(_AGAIN_S)
        else:
            return


async def main() -> None:
    """Signs in and answers until it is told to end."""
    url = os.environ.get("CHARLA_URL", "http://127.0.0.1:8080")
    async with Charla(url, store=os.environ.get("BOT_STORE", "reminder_bot.db")) as charla:
        await sign_in(charla)
        charla.on("message.created")(lambda event: answer(charla, event))
        for name, (description, usage) in DESCRIBED.items():
            charla.command(name, description, usage=usage)(lambda command: answer_command(charla, command))
        running = asyncio.create_task(charla.run())
        for each in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(each, running.cancel)
        connected = asyncio.create_task(charla.wait_until_connected())
        await asyncio.wait((running, connected), return_when=asyncio.FIRST_COMPLETED)
        log.info("%s is listening", charla.me["username"])
        try:
            await running
        except asyncio.CancelledError:
            log.info("ended")


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    asyncio.run(main())

"""A program that puts one message into its outbox and sends what waits: `URL STORE SIGNED_IN CONVERSATION [TEXT]`.

SIGNED_IN is what a sign-in has answered, as JSON. It says `ready`, waits for a line, and says `stored` once the message
is in the outbox.
"""

from __future__ import annotations

import asyncio
import json
import sys

from charla_sdk import Charla, Pace


def _say(word: str) -> None:
    print(word, flush=True)


async def _main(url: str, store: str, signed_in: str, conversation_id: str, text: str = "") -> None:
    pace = Pace(first_pause_s=0.05, longest_pause_s=0.3)
    async with Charla(url, store=store, pace=pace) as charla:
        charla.session.enter(json.loads(signed_in))
        _say("ready")
        sys.stdin.readline()
        if text:
            await charla.send(conversation_id, text)
        _say("stored")
        sending = asyncio.create_task(charla.run())
        await charla.outbox.wait_until_empty()
        sending.cancel()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))

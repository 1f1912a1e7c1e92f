"""The long poll: the live path where no WebSocket opens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from charla_sdk.errors import ProblemError, Unreachable
from charla_sdk.events import log
from charla_sdk.generated.models import LongPollBody
from charla_sdk.generated.operations import Operations
from charla_sdk.pace import Pace, Pause

#: The server holds a poll no longer than 30 s; proxies in between are often less patient.
_LONGEST_POLL_S = 25.0

Frame = dict[str, Any]


class Polling:
    """Asks for frames, again and again. The server keeps nothing of a client: the cursor says how far it is.

    Args:
        api: is asked.
        pace: how long to pause, and to wait for an answer.
        on_frame: takes the frames over.
        on_began: called when nothing is missed any more, also after a failure: ask `sync` each time.
        on_lost: called when an answer failed to come.
    """

    def __init__(
        self,
        api: Operations,
        pace: Pace,
        on_frame: Callable[[Frame], Awaitable[None]],
        on_began: Callable[[], None],
        on_lost: Callable[[], None],
    ) -> None:
        self._api = api
        self._pause = Pause(pace)
        self._timeout_s = int(max(1, min(_LONGEST_POLL_S, pace.answer_s / 2)))
        self._on_frame = on_frame
        self._on_began = on_began
        self._on_lost = on_lost
        self._cursor: str | None = None

    async def run(self) -> None:
        """Polls until it is cancelled; called again, it goes on where it was.

        Raises:
            ProblemError: the server refused.
            SessionEnded: nobody is signed in any more.
        """
        has_begun = False
        while True:
            try:
                frames = await self._ask(self._timeout_s if has_begun else 0)
            except (Unreachable, ProblemError) as failure:
                self._forgive(failure)
                has_begun = False
                self._on_lost()
                await self._pause.after(failure)
                continue
            if not has_begun:
                has_begun = True
                self._on_began()
            await self._hand_over(frames)

    async def _ask(self, timeout_s: int) -> list[Frame]:
        body: LongPollBody = {"timeout": timeout_s}
        if self._cursor is not None:
            body["cursor"] = self._cursor
        answer = await self._api.poll_by_body(body)
        self._cursor = answer["cursor"]
        return answer["frames"]

    def _forgive(self, failure: Unreachable | ProblemError) -> None:
        """Lets the next poll be another one; the cursor may be what was refused, and a first one is always given."""
        log.info("no answer to a poll: %s", failure)
        if failure.is_temporary:
            return
        if self._cursor is None:
            raise failure
        self._cursor = None

    async def _hand_over(self, frames: list[Frame]) -> None:
        for frame in frames:
            await self._on_frame(frame)
        if any(frame["t"] == "error" for frame in frames):
            await self._pause.after()
        else:
            self._pause.reset()

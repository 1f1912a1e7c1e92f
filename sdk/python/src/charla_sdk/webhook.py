"""Posting to a conversation by a webhook's address, which needs no account."""

from __future__ import annotations

import logging
import uuid
from types import TracebackType
from typing import Any, cast

import httpx

from charla_sdk.errors import ProblemError, Unreachable
from charla_sdk.generated.models import EntityBody, PostedView
from charla_sdk.pace import Pace, Pause
from charla_sdk.transport import Transport

_PATH = "/v1/hooks/"


def _names_no_address(record: logging.LogRecord) -> bool:
    """Keeps addresses out of what httpx logs of each request: whoever has one may post."""
    return _PATH not in record.getMessage()


logging.getLogger("httpx").addFilter(_names_no_address)


class Webhook:
    """A way into a group for whoever has its address; a context manager.

    Args:
        url: the address, as the web client shows it once.
        pace: how long to pause.
        tries: so often a post is tried that may go well later.
        http: an httpx client to use instead of a new one.
    """

    def __init__(
        self, url: str, *, pace: Pace | None = None, tries: int = 5, http: httpx.AsyncClient | None = None
    ) -> None:
        self._pace = pace or Pace()
        self._tries = tries
        self._transport = Transport(url, self._pace.answer_s, http)

    async def __aenter__(self) -> Webhook:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._transport.close()

    async def post(self, text: str, *, entities: list[EntityBody] | None = None, key: str | None = None) -> PostedView:
        """Lets a message appear, once, however often that has to be tried.

        Args:
            text: what it says, at most 8,000 characters.
            entities: what in it is bold, a link …
            key: the `Idempotency-Key`, for a program that may try again after it was restarted; made unless given.

        Raises:
            ProblemError: the server refused.
            Unreachable: there was no answer to any try.
        """
        body: dict[str, Any] = {"text": text} if entities is None else {"text": text, "entities": entities}
        key = key or str(uuid.uuid4())
        pause = Pause(self._pace)
        for left in reversed(range(self._tries)):
            try:
                return cast(PostedView, await self._transport.send("POST", "", body=body, key=key))
            except (ProblemError, Unreachable) as failure:
                if not failure.is_temporary or not left:
                    raise
                await pause.after(failure)
        message = "no try was allowed"
        raise Unreachable(message)

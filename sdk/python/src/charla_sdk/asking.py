"""How a request is asked for: what the generated operations know of HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, Protocol

Auth = Literal["none", "optional", "required"]
Read = Literal["json", "text", "bytes"]


class Ask(Protocol):
    """Sends one request and returns its answer's body."""

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        auth: Auth = "required",
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str | None = None,
        read: Read = "json",
    ) -> Any:
        """Sends it.

        Args:
            method: of HTTP.
            path: from the root on, such as `/v1/sync`, with its parameters in it.
            auth: whether the access token goes along; `optional` means where somebody is signed in.
            query: parameters; what is None is left out.
            body: goes out as JSON; None is no body.
            key: the `Idempotency-Key`.
            read: what is made of the answer's body.

        Raises:
            ProblemError: the server refused.
            Unreachable: there was no answer.
        """
        ...

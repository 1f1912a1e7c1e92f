"""HTTP: requests go out, and answers become values or errors."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx

from charla_sdk.asking import Read
from charla_sdk.errors import ProblemError, Unreachable


class Transport:
    """Sends single requests; knows nothing of who is signed in.

    Args:
        url: where Charla answers, such as `https://chat.example.org`.
        answer_s: for how long an answer is waited for, in seconds.
        http: a client to use instead of a new one, for proxies, certificates or tests; closed by `close`, too.
    """

    def __init__(self, url: str, answer_s: float, http: httpx.AsyncClient | None = None) -> None:
        self.url = url.rstrip("/")
        self._http = http or httpx.AsyncClient(timeout=answer_s)

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def send(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        key: str | None = None,
        read: Read = "json",
    ) -> Any:
        """Returns the body of an answer.

        Raises:
            ProblemError: the server refused.
            Unreachable: there was no answer.
        """
        headers = {"Idempotency-Key": key} if key is not None else {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        given = {name: _word(value) for name, value in (query or {}).items() if value is not None}
        try:
            answer = await self._http.request(
                method, self.url + path, params=given, headers=headers, **({} if body is None else {"json": body})
            )
        except httpx.RequestError as failure:
            raise Unreachable(str(failure) or type(failure).__name__) from failure
        if not answer.is_success:
            raise _problem(answer)
        return _body(answer, read)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _body(answer: httpx.Response, read: Read) -> Any:
    if answer.status_code == httpx.codes.NO_CONTENT or not answer.content:
        return None
    if read == "bytes":
        return answer.content
    if read == "text":
        return answer.text
    try:
        return answer.json()
    except ValueError as failure:
        message = "the answer is not JSON"
        raise Unreachable(message) from failure


def _problem(answer: httpx.Response) -> ProblemError:
    """Returns what an answer says; a proxy in between may have given one without a document."""
    try:
        facts = answer.json()
    except ValueError:
        facts = None
    if not isinstance(facts, dict):
        facts = {"code": f"http_{answer.status_code}", "detail": answer.text[:200]}
    waiting = answer.headers.get("Retry-After", "")
    if waiting.isdecimal():
        facts.setdefault("retry_after_s", int(waiting))
    return ProblemError(answer.status_code, facts)


def as_json(value: Any) -> str:
    """Returns the compact JSON of a value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))

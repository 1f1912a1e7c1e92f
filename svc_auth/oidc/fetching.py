"""Asking providers: small, short, without redirects, and through `plumbing.outgoing` alone.

A token request carries the code and our secret, and a redirect would hand them on; discovery has to
answer with 200 (OpenID Connect Discovery, 4.2). So no redirect is followed anywhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from plumbing import codec, outgoing
from plumbing.context import current_call
from svc_auth.oidc.errors import ProviderAway
from svc_auth.policy import OIDC_FETCH_S, OIDC_REST_S

Thing = TypeVar("Thing")

MAX_BYTES = 262_144
_HEADERS = {"Accept": "application/json", "User-Agent": "Charla"}
#: What is left of a call's time for the answer on its way back.
_RESERVE_S = 0.4


def get_json(url: str) -> dict[str, Any]:
    """Return the JSON object at `url`.

    Raises:
        ProviderAway: There is none.
    """
    answer = _ask("GET", url, {}, None)
    if answer.status != 200:
        raise ProviderAway(f"status_{answer.status}")
    return _object(answer)


def post_form(url: str, form: Mapping[str, str], headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
    """Return status (200, or 4xx) and JSON object of the answer to a form; a 4xx without JSON has no fields.

    Raises:
        ProviderAway: There is no such answer.
    """
    sent = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    answer = _ask("POST", url, sent, urlencode(form).encode())
    if answer.status == 200:
        return 200, _object(answer)
    if not 400 <= answer.status < 500 or answer.status in {408, 429}:
        raise ProviderAway(f"status_{answer.status}")
    try:
        return answer.status, _object(answer)
    except ProviderAway:
        return answer.status, {}


def _ask(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> outgoing.Answer:
    total_s = min(OIDC_FETCH_S, current_call().remaining_s() - _RESERVE_S)
    limits = outgoing.Limits(total_s=max(total_s, 0.1), max_bytes=MAX_BYTES, redirects=0)
    try:
        return outgoing.request(method, url, headers={**_HEADERS, **headers}, body=body, limits=limits)
    except (outgoing.OutgoingFailed, outgoing.OutgoingRefused) as error:
        raise ProviderAway(error.reason) from None


def _object(answer: outgoing.Answer) -> dict[str, Any]:
    try:
        found = codec.decode(answer.body)
    except ValueError:
        raise ProviderAway("not_json") from None
    if not isinstance(found, dict):
        raise ProviderAway("not_an_object")
    return found


class Kept(Generic[Thing]):
    """What was fetched, kept for `life_s` seconds; after a failure nobody asks again for a moment.

    One asks at a time, and the others wait for what it gets.
    """

    def __init__(self, fetch: Callable[[], Thing], life_s: float) -> None:
        self._fetch = fetch
        self._life_s = life_s
        self._lock = Lock()
        self._value: Thing | None = None
        self._fetched_at = self._failed_at = float("-inf")

    def get(self) -> Thing:
        """Return it, fetched at most `life_s` seconds ago.

        Raises:
            ProviderAway: It cannot be had.
        """
        return self._younger_than(time.monotonic() - self._life_s)

    def fetch_anew(self) -> Thing:
        """Return it, fetched after this moment.

        Raises:
            ProviderAway: It cannot be had.
        """
        return self._younger_than(time.monotonic())

    def _younger_than(self, moment: float) -> Thing:
        with self._lock:
            if self._value is not None and self._fetched_at > moment:
                return self._value
            if time.monotonic() - self._failed_at < OIDC_REST_S:
                raise ProviderAway("failed_just_now")
            try:
                self._value = self._fetch()
            except ProviderAway:
                self._failed_at = time.monotonic()
                raise
            self._fetched_at = time.monotonic()
            return self._value

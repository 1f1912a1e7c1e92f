"""Who is signed in: tokens, and renewing them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, cast

from charla_sdk.asking import Auth, Read
from charla_sdk.errors import EnrolmentRequired, FactorRequired, ProblemError, SessionEnded
from charla_sdk.generated.models import OwnUserView, SignedIn
from charla_sdk.transport import Transport

#: A token that ends sooner than this is renewed before it is used, in seconds.
_MARGIN_S = 30.0
#: These say something of the token, unlike others that come with 401, such as `wrong_credentials`.
_TOKEN_CODES = frozenset({"unauthenticated", "token_invalid", "token_expired", "session_ended"})


class Session:
    """The tokens of one sign-in.

    The access token is kept in memory. The refresh token works once; each new one is told to `on_refresh_token`, for
    programs that stay signed in across restarts.

    Args:
        transport: sends the requests.
        on_refresh_token: called with each new refresh token, before it is used.

    Attributes:
        user: who is signed in.
    """

    def __init__(self, transport: Transport, on_refresh_token: Callable[[str], None] | None = None) -> None:
        self._transport = transport
        self._on_refresh_token = on_refresh_token
        self._access = ""
        self._access_until = 0.0
        self._refresh_token = ""
        self._password: dict[str, Any] | None = None
        self._renewing = asyncio.Lock()
        self.user: OwnUserView | None = None

    async def register(self, username: str, password: str, display_name: str, *, device: str = "") -> OwnUserView:
        """Makes an account and signs in.

        Raises:
            EnrolmentRequired: the account is made; set up a second factor to get in.
            ProblemError: such as `username_taken`.
        """
        body = {"username": username, "password": password, "display_name": display_name, "device": device}
        return self.enter(_not_owing(await self._transport.send("POST", "/v1/auth/register", body=body)))

    async def login(self, username: str, password: str, *, device: str = "", keep: bool = True) -> OwnUserView:
        """Signs in by password.

        Args:
            username: the account's.
            password: the account's.
            device: the label that the list of sessions shows.
            keep: keeps the password in memory, to sign in again where the session has ended.

        Raises:
            FactorRequired: go on with `login_with_code`.
            EnrolmentRequired: set up a second factor first.
            ProblemError: such as `wrong_credentials`.
        """
        body = {"username": username, "password": password, "device": device}
        found = _not_owing(await self._transport.send("POST", "/v1/auth/login", body=body))
        self._password = body if keep else None
        return self.enter(found)

    async def login_with_code(self, factor_token: str, code: str, *, device: str = "") -> OwnUserView:
        """Ends a sign-in by the code of a second factor."""
        body = {"factor_token": factor_token, "code": code, "device": device}
        return self.enter(await self._transport.send("POST", "/v1/auth/login/code", body=body))

    async def resume(self, refresh_token: str) -> OwnUserView:
        """Takes a session up again that `on_refresh_token` told of.

        Raises:
            SessionEnded: it has ended, or the token was used before.
        """
        self._refresh_token = refresh_token
        await self._renew()
        return cast("OwnUserView", self.user)

    def enter(self, signed_in: SignedIn) -> OwnUserView:
        """Takes over what another way of signing in has answered, such as a passkey's or a provider's.

        Args:
            signed_in: as the operations of `/v1/auth` answer.
        """
        self._access = signed_in["access_token"]
        self._access_until = time.monotonic() + signed_in["expires_in"]
        self._refresh_token = signed_in["refresh_token"] or ""
        self.user = signed_in["user"]
        if self._on_refresh_token is not None:
            self._on_refresh_token(self._refresh_token)
        return signed_in["user"]

    async def logout(self) -> None:
        """Ends the session at the server, and here."""
        body = {"refresh_token": self._refresh_token}
        self._password = None
        try:
            await self._transport.send("POST", "/v1/auth/logout", token=self._access or None, body=body)
        finally:
            self._access = self._refresh_token = ""

    async def token(self) -> str:
        """Returns an access token that lives for a while yet.

        Raises:
            SessionEnded: nobody is signed in.
        """
        async with self._renewing:
            if time.monotonic() > self._access_until - _MARGIN_S or not self._access:
                await self._renew()
            return self._access

    def reject(self, token: str) -> None:
        """Says that the server refused a token, so that the next one is new."""
        if token == self._access:
            self._access = ""

    async def _renew(self) -> None:
        if not self._refresh_token:
            await self._sign_in_again(None)
            return
        try:
            self.enter(
                await self._transport.send("POST", "/v1/auth/refresh", body={"refresh_token": self._refresh_token})
            )
        except ProblemError as refusal:
            if refusal.is_temporary:
                raise
            self._access = self._refresh_token = ""
            await self._sign_in_again(refusal)

    async def _sign_in_again(self, refusal: ProblemError | None) -> None:
        """An answer with new tokens may have been lost: then the old ones are worth nothing any more."""
        if self._password is None:
            message = "nobody is signed in" if refusal is None else str(refusal)
            raise SessionEnded(message) from refusal
        try:
            await self.login(self._password["username"], self._password["password"], device=self._password["device"])
        except (FactorRequired, EnrolmentRequired, ProblemError) as failure:
            if isinstance(failure, ProblemError) and failure.is_temporary:
                raise
            raise SessionEnded(str(failure)) from failure


def _not_owing(answer: Any) -> Any:
    """Return what a sign-in handed out, unless something is owed for it."""
    if "factor_required" in answer:
        raise FactorRequired(answer["factor_token"], answer["factors"])
    if "enrolment_required" in answer:
        raise EnrolmentRequired(answer["enrolment_token"], answer["factors"])
    return answer


class SignedAsk:
    """Sends requests for whoever is signed in; see `asking.Ask`."""

    def __init__(self, transport: Transport, session: Session) -> None:
        self._transport = transport
        self._session = session

    async def __call__(
        self,
        method: str,
        path: str,
        *,
        auth: Auth = "required",
        query: Any = None,
        body: Any = None,
        key: str | None = None,
        read: Read = "json",
    ) -> Any:
        """Sends one; once more, with a new token, where the server takes the token for too old."""
        more = {"query": query, "body": body, "key": key, "read": read}
        if auth == "none" or (auth == "optional" and self._session.user is None):
            return await self._transport.send(method, path, **more)
        token = await self._session.token()
        try:
            return await self._transport.send(method, path, token=token, **more)
        except ProblemError as refusal:
            if refusal.code not in _TOKEN_CODES:
                raise
            self._session.reject(token)
        try:
            return await self._transport.send(method, path, token=await self._session.token(), **more)
        except ProblemError as refusal:
            if refusal.code in _TOKEN_CODES:
                raise SessionEnded(str(refusal)) from refusal
            raise

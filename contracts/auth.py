"""What svc_auth offers: accounts, sessions, tokens and second factors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NotRequired, Protocol, TypedDict

from contracts.base import (
    Conflict,
    Event,
    Forbidden,
    Invalid,
    NotFound,
    Page,
    TooMany,
    Unauthenticated,
    Unavailable,
)

Role = Literal["user", "moderator", "admin"]
#: What becomes of the messages and posts of who leaves for good.
LeftBehind = Literal["keep", "delete"]

#: The author of what deleted accounts left behind; svc_auth knows nobody of that id.
NOBODY = "00000000-0000-0000-0000-000000000000"


class UserView(TypedDict):
    """A person as everybody may see them."""

    id: str
    username: str
    display_name: str
    created_at: str
    deactivated: bool


class OwnUserView(UserView):
    """A person as they see themselves. `erasure_due_at` is there while their account waits for its erasure."""

    erasure_due_at: NotRequired[str]

    email: str | None
    email_verified: bool
    locale: str
    time_zone: str
    roles: list[Role]
    factors: list[str]
    has_password: bool


class TokenPairView(TypedDict):
    """What a sign-in hands out. `expires_in` is the access token's life in seconds."""

    user: OwnUserView
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"]
    expires_in: int


class SecondFactorView(TypedDict):
    """Answer to a right password where a second factor is still owed (valid 5 minutes)."""

    factor_required: Literal[True]
    factor_token: str
    factors: list[str]


class EnrolmentView(TypedDict):
    """Answer to a first proof where a second factor is demanded and there is none yet (valid 15 minutes)."""

    enrolment_required: Literal[True]
    enrolment_token: str
    factors: list[str]


class EnrolledView(TokenPairView):
    """What the sign-in that a first TOTP factor ends with hands out; the codes are shown this once."""

    recovery_codes: list[str]


class SessionView(TypedDict):
    """One signed-in device."""

    id: str
    device: str
    address: str
    created_at: str
    last_seen_at: str
    current: bool


class FactorView(TypedDict):
    """A second factor or passkey of a person."""

    id: str
    kind: Literal["totp", "passkey"]
    label: str
    created_at: str
    last_used_at: str | None


class OidcProviderView(TypedDict):
    """A provider that people may sign in with."""

    id: str
    name: str


class OidcStartView(TypedDict):
    """A sign-in that was begun at a provider. `flow_token` proves at its end who began it."""

    authorize_url: str
    flow_token: str
    expires_in: int


class IdentityView(TypedDict):
    """What a person is to a provider; `provider` is None where that is not configured any more."""

    id: str
    provider: str | None
    provider_name: str
    label: str
    created_at: str
    last_used_at: str | None


class LinkedView(TypedDict):
    """Answer to a provider's sign-in that was begun to link it to an account."""

    linked: IdentityView


class TotpSetupView(TypedDict):
    """A TOTP secret to be confirmed with a first code."""

    factor_id: str
    secret: str
    otpauth_uri: str


class RevocationView(TypedDict):
    """A session (or all of a user's, where `session_id` is None) that ended before its tokens did."""

    user_id: str
    session_id: str | None
    revoked_at: str


class AccountView(UserView):
    """A person as the platform's admins see them."""

    roles: list[Role]
    has_password: bool
    factors: list[str]


class ExportView(TypedDict):
    """A copy of somebody's data that is being made, or was.

    Attributes:
        url: While it is `ready`: where it is fetched from the gateway without signing in, for an hour.
        size: In bytes.
    """

    id: str
    state: Literal["waiting", "ready", "failed", "expired"]
    asked_at: str
    ready_at: str | None
    expires_at: str | None
    size: int | None
    url: str | None


class ExportFileView(TypedDict):
    """The file of a copy, which is read piece by piece (numbered from 0); `size` is in bytes."""

    name: str
    size: int
    pieces: int


class ErasureView(TypedDict):
    """When an account is erased; None where nobody asked for it.

    Attributes:
        grace_s: How long an account waits for its erasure, in seconds.
    """

    asked_at: str | None
    due_at: str | None
    messages: LeftBehind | None
    grace_s: int


@dataclass(frozen=True, kw_only=True)
class UserRegistered(Event):
    """Somebody made an account."""

    name: ClassVar[str] = "user_registered"
    source: ClassVar[str] = "auth"
    user_id: str
    username: str
    display_name: str

    def aggregate(self) -> tuple[str, int]:
        return self.user_id, 0


@dataclass(frozen=True, kw_only=True)
class UserUpdated(Event):
    """Somebody changed their name, locale or time zone, or was (de)activated."""

    name: ClassVar[str] = "user_updated"
    source: ClassVar[str] = "auth"
    user_id: str
    username: str
    display_name: str
    deactivated: bool
    version: int

    def aggregate(self) -> tuple[str, int]:
        return self.user_id, self.version


@dataclass(frozen=True, kw_only=True)
class SessionRevoked(Event):
    """A session ended before its tokens did. `session_id` None means all of the user's."""

    name: ClassVar[str] = "session_revoked"
    source: ClassVar[str] = "auth"
    user_id: str
    session_id: str | None

    def aggregate(self) -> tuple[str, int]:
        return self.user_id, 0


@dataclass(frozen=True, kw_only=True)
class AccountErased(Event):
    """An account is gone for good: whoever keeps something of that person lets go of it.

    Attributes:
        messages: `keep`: what they wrote stays without their name; `delete`: it goes too.
    """

    name: ClassVar[str] = "account_erased"
    source: ClassVar[str] = "auth"
    user_id: str
    messages: LeftBehind

    def aggregate(self) -> tuple[str, int]:
        return self.user_id, 0


class UsernameTaken(Conflict):
    code = "username_taken"
    detail = "Somebody else has that name."


class WrongCredentials(Unauthenticated):
    code = "wrong_credentials"
    detail = "Name or password is wrong."


class WrongCode(Unauthenticated):
    code = "wrong_code"
    detail = "That code is not valid."


class TokenInvalid(Unauthenticated):
    code = "token_invalid"
    detail = "The token is not valid."


class TokenExpired(Unauthenticated):
    code = "token_expired"
    detail = "The token has expired; refresh it."


class TokenReused(Unauthenticated):
    code = "token_reused"
    detail = "That refresh token was used before; its sessions were ended."


class SessionEnded(Unauthenticated):
    code = "session_ended"
    detail = "This session was ended; sign in again."


class WeakPassword(Invalid):
    code = "weak_password"
    detail = "That password is too short, too common or too like the name."


class InvalidUsername(Invalid):
    code = "invalid_username"
    detail = "A name has 3 to 32 letters, digits, dots or underscores and starts with a letter."


class UnknownUser(NotFound):
    code = "unknown_user"
    detail = "There is no such person."


class UnknownSession(NotFound):
    code = "unknown_session"
    detail = "There is no such session."


class UnknownFactor(NotFound):
    code = "unknown_factor"
    detail = "There is no such factor."


class FactorAlreadyConfirmed(Conflict):
    code = "factor_already_confirmed"
    detail = "That factor is in use already."


class PasskeyRefused(Unauthenticated):
    code = "passkey_refused"
    detail = "That passkey answer could not be verified."


class UnknownProvider(NotFound):
    code = "unknown_provider"
    detail = "Nobody signs in with a provider of that name here."


class OidcStateInvalid(Invalid):
    code = "oidc_state_invalid"
    detail = "That sign-in was begun elsewhere, is over, or has expired; begin again."


class OidcDenied(Forbidden):
    code = "oidc_denied"
    detail = "The sign-in was called off at the provider."


class OidcRefused(Unauthenticated):
    code = "oidc_refused"
    detail = "The provider's answer could not be verified."


class OidcProviderAway(Unavailable):
    code = "oidc_provider_away"
    detail = "The provider does not answer right now; begin again in a moment."


class SignUpClosed(Forbidden):
    code = "sign_up_closed"
    detail = "Nobody here is known by that sign-in. Sign in another way, and link it to your account."


class IdentityTaken(Conflict):
    code = "identity_taken"
    detail = "That sign-in belongs to another account."


class UnknownIdentity(NotFound):
    code = "unknown_identity"
    detail = "There is no such linked sign-in."


class TooManyIdentities(Conflict):
    code = "too_many_identities"
    detail = "An account holds at most 20 linked sign-ins."


class LastSignInWay(Conflict):
    code = "last_sign_in_way"
    detail = "That is the last way to sign in to this account; add another one first."


class RecentSignInRequired(Forbidden):
    code = "recent_sign_in_required"
    detail = "This account has no password to prove; sign in again, and do it within ten minutes."


class SecondFactorRequired(Forbidden):
    code = "second_factor_required"
    detail = "A second factor is demanded here; sign in again to give or set up yours."


class PasskeyRequired(Forbidden):
    code = "passkey_required"
    detail = "A second factor is demanded here, and yours is a passkey; sign in with that."


class LastFactor(Conflict):
    code = "last_factor"
    detail = "A second factor is demanded here; add another one first."


class LinkInvalid(Invalid):
    code = "link_invalid"
    detail = "That link is not valid, was used, or has expired."


class AccountDeactivated(Forbidden):
    code = "account_deactivated"
    detail = "This account is deactivated."


class LastAdmin(Conflict):
    code = "last_admin"
    detail = "Somebody has to be an admin; name another one first."


class TooManyFactors(Conflict):
    code = "too_many_factors"
    detail = "An account holds at most 20 factors."


class ExportRunning(Conflict):
    code = "export_running"
    detail = "A copy of your data is being made already."


class TooManyExports(TooMany):
    code = "too_many_exports"
    detail = "You have asked for enough copies today; ask again tomorrow."


class UnknownExport(NotFound):
    code = "unknown_export"
    detail = "There is no such copy, or it is not kept any more; ask for a new one."


class ErasureAsked(Conflict):
    code = "erasure_asked"
    detail = "Your account is to be erased already; call that off first."


class LoginThrottled(TooMany):
    code = "login_throttled"
    detail = "Too many attempts; wait a moment."


class AuthService(Protocol):
    """RPC interface of svc_auth (service name `auth`).

    Methods marked (token) need the caller's access token in the call context. `device` is the
    client's own label (at most 100 characters), `address` the client's IP as the gateway saw it.
    A `password` that proves who calls is None where the account has none: a recent sign-in proves it then.
    """

    def register(
        self,
        *,
        username: str,
        password: str,
        display_name: str,
        device: str,
        address: str,
        email: str | None = None,
        locale: str = "en",
        time_zone: str = "UTC",
    ) -> TokenPairView | SecondFactorView | EnrolmentView: ...
    def login(
        self, *, username: str, password: str, device: str, address: str
    ) -> TokenPairView | SecondFactorView | EnrolmentView: ...
    def login_with_code(self, *, factor_token: str, code: str, device: str, address: str) -> TokenPairView: ...
    def refresh(self, *, refresh_token: str, device: str, address: str) -> TokenPairView: ...
    def logout(self, *, refresh_token: str | None = None) -> None: ...  # (token), or the refresh token alone

    # a first factor, where one is demanded, by the token that a sign-in answered with; each `finish` signs in
    def start_totp_enrolment(self, *, enrolment_token: str, label: str) -> TotpSetupView: ...
    def finish_totp_enrolment(
        self, *, enrolment_token: str, factor_id: str, code: str, device: str, address: str
    ) -> EnrolledView: ...
    def start_passkey_enrolment(self, *, enrolment_token: str, label: str) -> dict[str, Any]: ...
    def finish_passkey_enrolment(
        self, *, enrolment_token: str, factor_id: str, credential: dict[str, Any], device: str, address: str
    ) -> TokenPairView: ...

    def list_sessions(self) -> Page[SessionView]: ...  # (token)
    def delete_session(self, *, session_id: str) -> None: ...  # (token)
    def delete_other_sessions(self) -> None: ...  # (token)

    def get_me(self) -> OwnUserView: ...  # (token)
    def update_me(  # (token) profile fields; the password proves who changes `email`
        self, *, changes: dict[str, Any], password: str | None = None
    ) -> OwnUserView: ...
    def change_password(self, *, old_password: str | None, new_password: str) -> None: ...  # (token) ends others
    def request_password_reset(self, *, email: str, address: str) -> None: ...  # same answer whether known or not
    def reset_password(self, *, reset_token: str, new_password: str) -> None: ...
    def request_email_verification(self) -> None: ...  # (token)
    def verify_email(self, *, verify_token: str) -> None: ...

    def list_factors(self) -> Page[FactorView]: ...  # (token)
    def start_totp(self, *, label: str, password: str | None = None) -> TotpSetupView: ...  # (token)
    def confirm_totp(self, *, factor_id: str, code: str) -> list[str]: ...  # (token) returns ten recovery codes
    def start_passkey_registration(  # (token) WebAuthn creation options
        self, *, label: str, password: str | None = None
    ) -> dict[str, Any]: ...
    def finish_passkey_registration(self, *, factor_id: str, credential: dict[str, Any]) -> FactorView: ...  # (token)
    def delete_factor(self, *, factor_id: str, password: str | None) -> None: ...  # (token)
    def start_passkey_login(self) -> dict[str, Any]: ...  # {challenge_id, options}
    def finish_passkey_login(
        self,
        *,
        challenge_id: str,
        credential: dict[str, Any],
        device: str,
        address: str,
    ) -> TokenPairView: ...

    def list_oidc_providers(self) -> Page[OidcProviderView]: ...
    def start_oidc(  # ends the session of `refresh_token` when it succeeds
        self, *, provider_id: str, app_redirect: str | None, address: str, refresh_token: str | None = None
    ) -> OidcStartView: ...
    def start_identity(  # (token)
        self, *, provider_id: str, app_redirect: str | None, password: str | None = None
    ) -> OidcStartView: ...
    def find_app_redirect(self, *, provider_id: str, state: str) -> str | None: ...  # where an app waits for it
    def finish_oidc(
        self,
        *,
        provider_id: str,
        flow_token: str,
        state: str,
        code: str | None,
        error: str | None,
        iss: str | None,
        device: str,
        address: str,
    ) -> TokenPairView | SecondFactorView | EnrolmentView | LinkedView: ...
    def list_identities(self) -> Page[IdentityView]: ...  # (token)
    def delete_identity(self, *, identity_id: str, password: str | None) -> None: ...  # (token)

    def get_user(self, *, user_id: str) -> UserView: ...  # (token)
    def find_users(self, *, user_ids: list[str]) -> list[UserView]: ...  # (token) unknown ids are left out
    def search_users(self, *, query: str, limit: int = 20) -> Page[UserView]: ...  # (token)
    def set_roles(self, *, user_id: str, roles: list[Role]) -> OwnUserView: ...  # (token) admins only
    def set_deactivated(self, *, user_id: str, deactivated: bool) -> UserView: ...  # (token) admins only
    def list_audit(
        self,
        *,
        limit: int = 50,
        after: str | None = None,
        user_id: str | None = None,
        actor_id: str | None = None,
        action: str | None = None,
    ) -> Page[dict[str, Any]]: ...  # (token) admins only
    def search_accounts(self, *, query: str, limit: int = 20) -> Page[AccountView]: ...  # (token) admins only

    # a copy of one's data, and leaving for good
    def start_export(self) -> ExportView: ...  # (token)
    def list_exports(self) -> Page[ExportView]: ...  # (token)
    def open_export(self, *, link_token: str) -> ExportFileView: ...  # whoever has the link
    def read_export(self, *, link_token: str, number: int) -> str: ...  # base64; whoever has the link
    def start_erasure(self, *, password: str | None, messages: LeftBehind) -> ErasureView: ...  # (token)
    def get_erasure(self) -> ErasureView: ...  # (token)
    def cancel_erasure(self) -> None: ...  # (token)

    def get_jwks(self) -> dict[str, Any]: ...
    def list_revocations(self, *, since: str | None = None) -> list[RevocationView]: ...  # (token of gateway, media)


class PasskeyOptions(TypedDict):
    """Options for `navigator.credentials.get`, under a one-use challenge id."""

    challenge_id: str
    options: NotRequired[dict[str, Any]]

"""The door for signing in with a provider, and for the identities that people linked."""

from __future__ import annotations

from contracts.auth import (
    EnrolmentView,
    IdentityView,
    LinkedView,
    OidcDenied,
    OidcProviderView,
    OidcStartView,
    SecondFactorView,
    SignUpClosed,
    TokenPairView,
)
from contracts.base import Page
from plumbing.logs import get_logger
from plumbing.rpc import rpc
from svc_auth import checks, policy
from svc_auth.actions import accounts, audit, identities, newcomers, oidc_flows, sessions, signing_in, throttling
from svc_auth.actions.oidc_flows import Flow
from svc_auth.actions.sessions import Opened
from svc_auth.doors.base import now_utc
from svc_auth.doors.profile import Profile
from svc_auth.oidc import config
from svc_auth.oidc.errors import AnswerRefused, ProviderAway
from svc_auth.oidc.id_token import Claims
from svc_auth.oidc.relying_party import RelyingParty, relying_party
from svc_auth.views import identity_view

log = get_logger(__name__)


class Oidc(Profile):
    """OpenID Connect: begin, end, link, list, remove."""

    @rpc
    def list_oidc_providers(self) -> Page[OidcProviderView]:
        """Return whom people may sign in with."""
        return {"items": [{"id": each.id, "name": each.name} for each in config.providers().values()], "next": None}

    @rpc
    def start_oidc(
        self, *, provider_id: str, app_redirect: str | None, address: str, refresh_token: str | None = None
    ) -> OidcStartView:
        """Begin a sign-in at a provider; nothing is stored. The session of `refresh_token` ends with it."""
        throttling.demand_address(policy.OIDC_PER_ADDRESS, checks.address(address))
        with self.db.reading() as session:
            former = sessions.of_cookie(session, refresh_token)
        return self._begin(provider_id, app_redirect, former=former)

    @rpc
    def start_identity(
        self, *, provider_id: str, app_redirect: str | None, password: str | None = None
    ) -> OidcStartView:
        """Begin to link an identity at a provider to the caller's account, after they proved themselves again."""
        session_id = self.caller.user().session_id
        user_id = self.proved(checks.maybe_password(password)).user_id
        throttling.demand(policy.OIDC_PER_ACCOUNT, user_id)
        return self._begin(provider_id, app_redirect, user_id, session_id)

    def _begin(
        self,
        provider_id: str,
        app_redirect: str | None,
        user_id: str | None = None,
        session_id: str | None = None,
        former: tuple[str, str] | None = None,
    ) -> OidcStartView:
        party = relying_party(checks.text(provider_id, "provider_id", 1, 32))
        begun = oidc_flows.begin(party.provider.id, user_id, session_id, checks.app_redirect(app_redirect), former)
        try:
            url = party.authorize_url(begun.state, begun.flow)
        except ProviderAway as error:
            _tell(party, error)
            raise
        return {"authorize_url": url, "flow_token": begun.token, "expires_in": policy.OIDC_FLOW_S}

    @rpc
    def find_app_redirect(self, *, provider_id: str, state: str) -> str | None:
        """Return where an app waits for an answer; None where a browser began. It is still one of the allowed."""
        party = relying_party(checks.text(provider_id, "provider_id", 1, 32))
        return checks.app_redirect(oidc_flows.app_redirect_of(checks.opaque(state, "state"), party.provider.id))

    @rpc
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
    ) -> TokenPairView | SecondFactorView | EnrolmentView | LinkedView:
        """End a sign-in, or the linking of an identity, by the provider's answer; a flow ends once."""
        party = relying_party(checks.text(provider_id, "provider_id", 1, 32))
        token, said = checks.opaque(flow_token, "flow_token"), checks.opaque(state, "state")
        answer = checks.oidc_answer(code, error, iss)
        label, source = checks.device(device), checks.address(address)
        throttling.demand_address(policy.OIDC_PER_ADDRESS, source)
        flow = oidc_flows.resume(token, said, party.provider.id)
        with self.writing() as session:
            oidc_flows.end(session, flow, now_utc())
        # No transaction is open while the provider is asked.
        claims = self._ask_provider(party, flow, answer, source)
        if flow.user_id is not None:
            return self._link(flow, claims)
        return self._sign_in(party, flow, claims, label, source)

    def _ask_provider(self, party: RelyingParty, flow: Flow, answer: checks.OidcAnswer, address: str) -> Claims:
        try:
            return _claims(party, flow, answer)
        except (AnswerRefused, ProviderAway) as error:
            _tell(party, error)
            self._remember_refusal(party, flow, error.reason, address)
            raise

    def _remember_refusal(self, party: RelyingParty, flow: Flow, reason: str, address: str) -> None:
        with self.writing() as session:
            facts = {"by": "oidc", "provider": party.provider.id, "reason": reason}
            audit.record(session, "login_failed", flow.user_id, address=address, **facts)

    def _sign_in(
        self, party: RelyingParty, flow: Flow, claims: Claims, device: str, address: str
    ) -> TokenPairView | SecondFactorView | EnrolmentView:
        with self.db.reading() as session:
            is_known = identities.is_known(session, claims)
        if not is_known:
            if not party.provider.sign_up:
                raise SignUpClosed
            throttling.demand_address(policy.REGISTER_PER_ADDRESS, address)
        with self.writing() as session:
            outcome = signing_in.by_identity(session, claims, device=device, address=address, now=now_utc())
            if flow.former is not None and isinstance(outcome, Opened):
                signing_in.out(session, *flow.former, now_utc())
            return self.pair_or_factor(session, outcome)

    def _link(self, flow: Flow, claims: Claims) -> LinkedView:
        with self.writing() as session:
            user = accounts.get_own(session, flow.user_id or "", flow.session_id or "")
            linked = identities.link(session, user, claims, newcomers.label(claims.facts), now_utc())
            return {"linked": identity_view(linked, config.issuers().get(linked.issuer))}

    @rpc
    def list_identities(self) -> Page[IdentityView]:
        """Return the identities that open the caller's account."""
        known = config.issuers()
        with self.db.reading() as session:
            rows = identities.list_own(session, self.me(session).user_id)
            return {"items": [identity_view(row, known.get(row.issuer)) for row in rows], "next": None}

    @rpc
    def delete_identity(self, *, identity_id: str, password: str | None) -> None:
        """Remove an identity after the caller proved themselves again; the last way to sign in stays."""
        wanted = checks.identifier(identity_id, "identity_id")
        proved = self.proved(checks.maybe_password(password))
        with self.writing() as session:
            user = self.unchanged(session, proved)
            identities.remove(session, user.user_id, wanted)
            identities.demand_a_way_in(session, user, config.issuers())


def _claims(party: RelyingParty, flow: Flow, answer: checks.OidcAnswer) -> Claims:
    party.check_issuer(answer.iss)
    if answer.code is not None:
        return party.redeem(answer.code, flow)
    if answer.error == "access_denied":
        raise OidcDenied
    raise AnswerRefused("authorization_error")


def _tell(party: RelyingParty, error: AnswerRefused | ProviderAway) -> None:
    log.warning("oidc_failed", provider=party.provider.id, error=error.code, reason=error.reason)

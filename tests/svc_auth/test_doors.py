"""The doors in a real container: tokens, checks, live pushes, and who may do what."""

from __future__ import annotations

import inspect
import re
import time
from contextlib import contextmanager

import eventlet
import pyotp
import pytest
from nameko.testing.services import entrypoint_hook
from sqlalchemy import select

import contracts.auth as contract
from contracts.auth import (
    LoginThrottled,
    SessionEnded,
    TokenInvalid,
    TokenReused,
    UsernameTaken,
    WeakPassword,
    WrongCode,
    WrongCredentials,
)
from contracts.base import Forbidden, Invalid, NotFound, ServiceError, TooMany, Unauthenticated, new_id
from plumbing import codec
from plumbing.identity import verify_token
from plumbing.redis_client import new_redis
from plumbing.rpc import SafeRpc
from svc_auth.models import AuditEntry
from svc_auth.service import AuthService
from tests.svc_auth.authenticator import Authenticator

PASSWORD = "an unlikely heron 47"
HERE = {"device": "laptop", "address": "203.0.113.9"}


@pytest.fixture(scope="module")
def container(configured):
    from nameko.containers import get_service_name

    from plumbing.container import CharlaContainer

    assert get_service_name(AuthService) == "auth"
    config = {
        "AMQP_URI": configured.amqp_uri,
        "DB_URIS": {"auth:Base": configured.database_url},
        "max_workers": 20,
        "serializer": "json",
    }
    container = CharlaContainer(AuthService, config)
    container.start()
    yield container
    container.stop()


@pytest.fixture
def call(db, container):
    """Call a method as a worker does, with a token in the call's context."""

    def call(method, token=None, **kwargs):
        context = {"token": token} if token else {}
        with entrypoint_hook(container, method, context_data=context) as hooked:
            return codec.decode(codec.encode(hooked(**kwargs)))

    return call


def register(call, username="ada", **facts):
    given = {"username": username, "password": PASSWORD, "display_name": "Ada", **HERE, **facts}
    return call("register", **given)


@contextmanager
def listening(configured, *channels):
    listener = new_redis(configured.redis_url).pubsub(ignore_subscribe_messages=True)
    listener.subscribe(*channels)
    listener.get_message(timeout=1)
    heard = []
    yield heard
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline and len(heard) < len(channels):
        message = listener.get_message(timeout=0.2)
        if message:
            heard.append((message["channel"].decode(), codec.decode(message["data"])))
    listener.close()


def test_the_door_has_every_method_of_the_contract_and_no_other():
    promised = {name for name, _ in inspect.getmembers(contract.AuthService, inspect.isfunction) if name[0] != "_"}
    kept = {
        name
        for name, method in inspect.getmembers(AuthService, inspect.isfunction)
        if any(isinstance(each, SafeRpc) for each in getattr(method, "nameko_entrypoints", ()))
    }
    assert kept == promised


@pytest.mark.parametrize(
    "name", [name for name, _ in inspect.getmembers(contract.AuthService, inspect.isfunction) if name[0] != "_"]
)
def test_every_method_takes_what_the_contract_says(name):
    promised, kept = (inspect.signature(getattr(cls, name)) for cls in (contract.AuthService, AuthService))
    assert [(p.name, p.kind, p.default) for p in promised.parameters.values()] == [
        (p.name, p.kind, p.default) for p in kept.parameters.values()
    ]


def test_registering_signs_in(call):
    pair = register(call, locale="es", time_zone="Europe/Madrid", email="ada@example.org")
    assert pair["user"]["username"] == "ada"
    assert pair["user"]["roles"] == ["user"]
    assert (pair["user"]["email"], pair["user"]["email_verified"]) == ("ada@example.org", False)
    assert pair["token_type"] == "Bearer"
    assert pair["expires_in"] == 600
    assert verify_token(pair["access_token"]).user_id == pair["user"]["id"]
    assert call("get_me", pair["access_token"]) == pair["user"]


def test_a_taken_address_is_not_told_at_registration(call):
    register(call, "ada", email="ada@example.org")
    assert register(call, "bob", email="ada@example.org")["user"]["email"] == "ada@example.org"


def test_a_taken_name_is_refused(call):
    register(call)
    with pytest.raises(UsernameTaken):
        register(call, "ADA")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"username": "a\0b"}, "invalid_username"),
        ({"username": 5}, "invalid_username"),
        ({"username": "x" * 10_000}, "invalid_username"),
        ({"display_name": "a\0"}, "invalid_display_name"),
        ({"display_name": ["x"]}, "invalid_display_name"),
        ({"display_name": "x" * 100_000}, "invalid_display_name"),
        ({"password": "password123"}, "weak_password"),
        ({"password": "x" * 100_000}, "weak_password"),
        ({"password": None}, "weak_password"),
        ({"password": "ada.ada.ada.1"}, "weak_password"),
        ({"device": "x" * 101}, "invalid_device"),
        ({"device": 7}, "invalid_device"),
        ({"address": "not an address"}, "invalid_address"),
        ({"email": "no address"}, "invalid_email"),
        ({"email": "a@b.de\r\nBcc: c@d.ef"}, "invalid_email"),
        ({"locale": "klingon"}, "invalid_locale"),
        ({"time_zone": "Mars/Olympus"}, "invalid_time_zone"),
    ],
)
def test_bad_input_is_refused_with_a_stable_code(call, facts, code):
    with pytest.raises(Invalid) as refused:
        register(call, **facts)
    assert refused.value.code == code


def test_nothing_is_written_for_a_caller_who_waits_no_more(container, db, configured):
    from plumbing.context import DeadlineExceeded
    from svc_auth.models import User

    context = {"deadline": time.time() + 0.001}
    given = {"username": "ada", "password": PASSWORD, "display_name": "Ada", **HERE}
    with pytest.raises(DeadlineExceeded), entrypoint_hook(container, "register", context_data=context) as hooked:
        hooked(**given)
    with db.reading() as session:
        assert session.scalars(select(User)).all() == []


def test_login_answers_alike_for_a_wrong_password_and_an_unknown_name(call, db):
    register(call)
    answers = []
    for username in ("ada", "nobody"):
        with pytest.raises(WrongCredentials) as refused:
            call("login", username=username, password="a wrong password", **HERE)
        answers.append(refused.value.to_wire())
    assert answers[0] == answers[1]
    with db.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all().count("login_failed") == 2


def test_login_opens_another_session(call):
    first = register(call)
    second = call("login", username="ADA", password=PASSWORD, device="phone", address="2001:db8::1")
    page = call("list_sessions", second["access_token"])
    assert [(item["device"], item["current"]) for item in page["items"]] == [("phone", True), ("laptop", False)]
    assert first["refresh_token"] != second["refresh_token"]


def test_too_many_tries_are_throttled(call):
    register(call)
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            call("login", username="ada", password="a wrong password", **HERE)
    with pytest.raises(LoginThrottled) as refused:
        call("login", username="ada", password=PASSWORD, **HERE)
    assert refused.value.facts["retry_after_s"] > 0


def test_refresh_rotates_and_reuse_ends_the_session(call, monkeypatch):
    pair = register(call)
    fresh = call("refresh", refresh_token=pair["refresh_token"], **HERE)
    with pytest.raises(TokenReused):
        call("refresh", refresh_token=pair["refresh_token"], device="thief", address="198.51.100.1")
    with pytest.raises(SessionEnded):
        call("refresh", refresh_token=fresh["refresh_token"], **HERE)
    with pytest.raises(SessionEnded):
        call("get_me", fresh["access_token"])


def test_logout_ends_the_session_and_is_pushed_live(call, configured):
    pair = register(call)
    user_id = pair["user"]["id"]
    with listening(configured, f"user:{user_id}", "sys:revocations") as heard:
        call("logout", pair["access_token"])
    frames = dict(heard)
    session_id = verify_token(pair["access_token"]).session_id
    own = {"t": "user_event", "type": "session.revoked", "data": {"session_id": session_id}}
    assert frames[f"user:{user_id}"] == own
    assert frames["sys:revocations"]["data"]["user_id"] == user_id
    with pytest.raises(SessionEnded):
        call("get_me", pair["access_token"])


def test_logout_by_refresh_token_alone(call):
    pair = register(call)
    call("logout", refresh_token=pair["refresh_token"])
    call("logout", refresh_token=pair["refresh_token"])
    with pytest.raises(SessionEnded):
        call("refresh", refresh_token=pair["refresh_token"], **HERE)
    with pytest.raises(TokenInvalid):
        call("logout", refresh_token="unknown")


def test_a_device_can_be_signed_out_from_another(call):
    first = register(call)
    second = call("login", username="ada", password=PASSWORD, device="phone", address="203.0.113.9")
    call("delete_session", second["access_token"], session_id=verify_token(first["access_token"]).session_id)
    with pytest.raises(SessionEnded):
        call("get_me", first["access_token"])
    third = call("login", username="ada", password=PASSWORD, device="tablet", address="203.0.113.9")
    call("delete_other_sessions", second["access_token"])
    with pytest.raises(SessionEnded):
        call("get_me", third["access_token"])
    assert call("get_me", second["access_token"])


def test_nobody_signs_out_a_strangers_device(call):
    ada, bob = register(call, "ada"), register(call, "bob")
    with pytest.raises(NotFound):
        call("delete_session", bob["access_token"], session_id=verify_token(ada["access_token"]).session_id)


def test_a_profile_changes_and_refuses_unknown_fields(call):
    token = register(call)["access_token"]
    changed = call("update_me", token, changes={"display_name": " Ada L. ", "locale": "es", "time_zone": "Asia/Tokyo"})
    assert (changed["display_name"], changed["locale"], changed["time_zone"]) == ("Ada L.", "es", "Asia/Tokyo")
    with pytest.raises(Invalid) as refused:
        call("update_me", token, changes={"roles": ["admin"]})
    assert refused.value.code == "unknown_field"


def test_changing_the_password_needs_the_old_one_and_a_strong_new_one(call):
    token = register(call)["access_token"]
    with pytest.raises(WrongCredentials):
        call("change_password", token, old_password="not mine at all", new_password="quiet copper meadow 8")
    with pytest.raises(WeakPassword):
        call("change_password", token, old_password=PASSWORD, new_password="password1234")
    call("change_password", token, old_password=PASSWORD, new_password="quiet copper meadow 8")
    assert call("get_me", token)
    with pytest.raises(WrongCredentials):
        call("login", username="ada", password=PASSWORD, **HERE)
    assert call("login", username="ada", password="quiet copper meadow 8", **HERE)


def test_mail_proves_a_mailbox_and_resets_a_password(call, mailbox):
    mailbox.empty()
    pair = register(call, email="ada@example.org")
    link = re.search(r"/verify-email#token=(\S+)", mailbox.wait_for(1)[0].get_content())
    call("verify_email", verify_token=link[1])
    assert call("get_me", pair["access_token"])["email_verified"]

    mailbox.empty()
    for email in ("nobody@example.org", "Ada@Example.org"):
        assert call("request_password_reset", email=email, address="203.0.113.9") is None
    [letter] = mailbox.wait_for(1)
    assert letter["To"] == "ada@example.org"
    link = re.search(r"/reset-password#token=(\S+)", letter.get_content())
    call("reset_password", reset_token=link[1], new_password="quiet copper meadow 8")
    with pytest.raises(SessionEnded):
        call("get_me", pair["access_token"])
    with pytest.raises(Invalid) as refused:
        call("reset_password", reset_token=link[1], new_password="quiet copper meadow 9")
    assert refused.value.code == "link_invalid"
    assert call("login", username="ada", password="quiet copper meadow 8", **HERE)


def test_a_verification_mail_can_be_asked_for_again(call, mailbox):
    token = register(call)["access_token"]
    with pytest.raises(Invalid) as refused:
        call("request_email_verification", token)
    assert refused.value.code == "no_email"
    mailbox.empty()
    call("update_me", token, changes={"email": "ada@example.org"}, password=PASSWORD)
    call("request_email_verification", token)
    assert len(mailbox.wait_for(2)) == 2


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("update_me", {"changes": {"email": "eve@example.org"}}),
        ("update_me", {"changes": {"email": None, "display_name": "Eve"}}),
        ("start_totp", {"label": "hers"}),
        ("start_passkey_registration", {"label": "hers"}),
    ],
)
def test_another_way_in_needs_the_password(call, method, given):
    """Whoever finds an open browser does not make it theirs."""
    token = register(call, email="ada@example.org")["access_token"]
    before = call("get_me", token)
    for wrong in (None, "not mine at all"):
        with pytest.raises(WrongCredentials):
            call(method, token, **given, password=wrong)
    assert (call("get_me", token), call("list_factors", token)["items"]) == (before, [])
    assert call(method, token, **given, password=PASSWORD)


def test_guessing_the_password_of_an_open_browser_is_throttled(call):
    token = register(call)["access_token"]
    refused = []
    for _ in range(11):
        with pytest.raises(ServiceError) as error:
            call("start_totp", token, label="hers", password="not mine at all")
        refused.append(error.value.code)
    assert (refused[0], refused[-1]) == ("wrong_credentials", "login_throttled")


def test_an_address_that_stays_needs_no_password(call):
    token = register(call, email="ada@example.org")["access_token"]
    changed = call("update_me", token, changes={"email": "ada@example.org", "display_name": "Ada L."})
    assert (changed["email"], changed["display_name"]) == ("ada@example.org", "Ada L.")


def test_mails_to_one_mailbox_are_limited(call):
    for _ in range(3):
        call("request_password_reset", email="ada@example.org", address="203.0.113.9")
    with pytest.raises(TooMany):
        call("request_password_reset", email="ADA@example.org", address="198.51.100.9")


def test_totp_from_setup_to_sign_in(call):
    token = register(call)["access_token"]
    setup = call("start_totp", token, label="my app", password=PASSWORD)
    app = pyotp.TOTP(setup["secret"])
    with pytest.raises(WrongCode):
        call("confirm_totp", token, factor_id=setup["factor_id"], code=app.at(time.time() + 600))
    codes = call("confirm_totp", token, factor_id=setup["factor_id"], code=app.at(time.time() - 30))
    assert len(codes) == 10
    assert call("get_me", token)["factors"] == ["totp"]

    owed = call("login", username="ada", password=PASSWORD, **HERE)
    assert owed.keys() == {"factor_required", "factor_token", "factors"}
    with pytest.raises(WrongCode):
        call("login_with_code", factor_token=owed["factor_token"], code="000000", **HERE)
    code = app.now()
    assert call("login_with_code", factor_token=owed["factor_token"], code=code, **HERE)["access_token"]
    owed = call("login", username="ada", password=PASSWORD, **HERE)
    with pytest.raises(WrongCode):
        call("login_with_code", factor_token=owed["factor_token"], code=code, **HERE)
    assert call("login_with_code", factor_token=owed["factor_token"], code=codes[0], **HERE)["access_token"]

    with pytest.raises(WrongCredentials):
        call("delete_factor", token, factor_id=setup["factor_id"], password="not mine at all")
    call("delete_factor", token, factor_id=setup["factor_id"], password=PASSWORD)
    assert call("list_factors", token)["items"] == []


def test_codes_are_throttled_per_account(call):
    token = register(call)["access_token"]
    setup = call("start_totp", token, label="my app", password=PASSWORD)
    call("confirm_totp", token, factor_id=setup["factor_id"], code=pyotp.TOTP(setup["secret"]).now())
    owed = call("login", username="ada", password=PASSWORD, **HERE)
    refused = []
    for _ in range(7):
        with pytest.raises(ServiceError) as error:
            call("login_with_code", factor_token=owed["factor_token"], code="000000", **HERE)
        refused.append(error.value.code)
    assert refused[0] == "wrong_code"
    assert refused[-1] == "login_throttled"


def test_a_passkey_from_registration_to_sign_in(call):
    token, device = register(call)["access_token"], Authenticator()
    started = call("start_passkey_registration", token, label="my key", password=PASSWORD)
    factor = call(
        "finish_passkey_registration",
        token,
        factor_id=started["factor_id"],
        credential=device.create(started["options"]),
    )
    assert (factor["kind"], factor["label"]) == ("passkey", "my key")
    assert call("get_me", token)["factors"] == ["passkey"]
    challenge = call("start_passkey_login")
    answer = {"challenge_id": challenge["challenge_id"], "credential": device.get(challenge["options"])}
    assert call("finish_passkey_login", **answer, **HERE)["user"]["username"] == "ada"
    with pytest.raises(Unauthenticated):
        call("finish_passkey_login", **answer, **HERE)


@pytest.mark.parametrize("credential", [None, [], "x", {"rawId": "x" * 20_000}, {str(n): n for n in range(31)}])
def test_an_absurd_credential_is_refused_before_it_is_read(call, credential):
    with pytest.raises(Invalid):
        call("finish_passkey_login", challenge_id=new_id(), credential=credential, **HERE)


def test_people_are_looked_up_and_searched(call):
    ada, bob = register(call, "ada"), register(call, "bob", display_name="Bóveda")
    token = ada["access_token"]
    view = call("get_user", token, user_id=bob["user"]["id"])
    assert view.keys() == {"id", "username", "display_name", "created_at", "deactivated"}
    assert call("find_users", token, user_ids=[bob["user"]["id"], new_id()]) == [view]
    assert call("search_users", token, query="bove")["items"] == [view]
    with pytest.raises(NotFound):
        call("get_user", token, user_id=new_id())
    for query in ("", "a", " a ", "a\0b", "x" * 81, None):
        with pytest.raises(Invalid):
            call("search_users", token, query=query)


def test_another_service_may_look_people_up_by_itself(call, configured):
    from tests.svc_auth.tokens import service_token

    ada = register(call)
    token = service_token(configured, "messaging")
    assert call("find_users", token, user_ids=[ada["user"]["id"]])[0]["username"] == "ada"


def test_revocations_are_for_the_gateway_alone(call, configured):
    from tests.svc_auth.tokens import service_token

    pair = register(call)
    call("logout", pair["access_token"])
    rows = call("list_revocations", service_token(configured, "gateway"))
    assert [row["user_id"] for row in rows] == [pair["user"]["id"]]
    assert call("list_revocations", service_token(configured, "gateway"), since=rows[0]["revoked_at"]) == rows
    with pytest.raises(Invalid):
        call("list_revocations", service_token(configured, "gateway"), since="yesterday")
    for token in (service_token(configured, "messaging"), register(call, "bob")["access_token"]):
        with pytest.raises(Forbidden):
            call("list_revocations", token)
    with pytest.raises(TokenInvalid):
        call("list_revocations", service_token(configured, "gateway", audience="messaging"))


def test_the_public_keys_are_for_everybody(call):
    keys = call("get_jwks")["keys"]
    assert keys
    assert all(key["kty"] == "OKP" and "d" not in key for key in keys)


def admin(call, db):
    from svc_auth.jobs import grant_admin

    register(call, "root")
    grant_admin.run("root", db)
    return call("login", username="root", password=PASSWORD, **HERE)["access_token"]


def test_an_admin_gives_roles_closes_accounts_and_reads_the_audit(call, db):
    root, ada = admin(call, db), register(call)
    user_id = ada["user"]["id"]
    assert call("set_roles", root, user_id=user_id, roles=["moderator"])["roles"] == ["user", "moderator"]
    assert call("set_deactivated", root, user_id=user_id, deactivated=True)["deactivated"]
    with pytest.raises(SessionEnded):
        call("get_me", ada["access_token"])
    with pytest.raises(Forbidden) as refused:
        call("login", username="ada", password=PASSWORD, **HERE)
    assert refused.value.code == "account_deactivated"
    with pytest.raises(WrongCredentials):
        call("login", username="ada", password="a wrong password", **HERE)
    page = call("list_audit", root, limit=2)
    assert len(page["items"]) == 2
    assert call("list_audit", root, limit=2, after=page["next"])["items"]


ADMIN_CALLS = [
    ("set_roles", {"user_id": new_id(), "roles": ["admin"]}),
    ("set_deactivated", {"user_id": new_id(), "deactivated": True}),
    ("list_audit", {}),
    ("search_accounts", {"query": "ada"}),
]
OWN_CALLS = [
    ("list_sessions", {}),
    ("delete_session", {"session_id": new_id()}),
    ("delete_other_sessions", {}),
    ("get_me", {}),
    ("update_me", {"changes": {"locale": "es"}}),
    ("change_password", {"old_password": PASSWORD, "new_password": "quiet copper meadow 8"}),
    ("request_email_verification", {}),
    ("list_factors", {}),
    ("start_totp", {"label": "x"}),
    ("confirm_totp", {"factor_id": new_id(), "code": "123456"}),
    ("start_passkey_registration", {"label": "x"}),
    ("finish_passkey_registration", {"factor_id": new_id(), "credential": {}}),
    ("delete_factor", {"factor_id": new_id(), "password": PASSWORD}),
    ("search_users", {"query": "ada"}),
    ("start_identity", {"provider_id": "home", "app_redirect": None}),
    ("list_identities", {}),
    ("delete_identity", {"identity_id": new_id(), "password": PASSWORD}),
    ("start_export", {}),
    ("list_exports", {}),
    ("start_erasure", {"password": PASSWORD, "messages": "keep"}),
    ("get_erasure", {}),
    ("cancel_erasure", {}),
]
KNOWN_CALLS = [("get_user", {"user_id": new_id()}), ("find_users", {"user_ids": []})]
GATEWAY_CALLS = [("list_revocations", {})]
OPEN_CALLS = {
    "register",
    "login",
    "login_with_code",
    "refresh",
    "logout",
    "request_password_reset",
    "reset_password",
    "verify_email",
    "start_passkey_login",
    "finish_passkey_login",
    "start_totp_enrolment",  # by the token of who proved who they are
    "finish_totp_enrolment",
    "start_passkey_enrolment",
    "finish_passkey_enrolment",
    "list_oidc_providers",
    "start_oidc",
    "find_app_redirect",
    "finish_oidc",
    "get_jwks",
    "open_export",  # by a signed link
    "read_export",
}


def test_no_method_is_left_out_of_the_table_of_rights():
    named = {name for name, _ in [*ADMIN_CALLS, *OWN_CALLS, *KNOWN_CALLS, *GATEWAY_CALLS]} | OPEN_CALLS
    assert named == {name for name, _ in inspect.getmembers(contract.AuthService, inspect.isfunction) if name[0] != "_"}


@pytest.mark.parametrize(("method", "kwargs"), [*ADMIN_CALLS, *OWN_CALLS, *KNOWN_CALLS, *GATEWAY_CALLS])
def test_nothing_is_done_for_the_anonymous(call, method, kwargs):
    with pytest.raises(Unauthenticated):
        call(method, **kwargs)
    with pytest.raises(TokenInvalid):
        call(method, "forged.token.here", **kwargs)


@pytest.mark.parametrize(("method", "kwargs"), [*ADMIN_CALLS, *OWN_CALLS])
def test_nothing_is_done_for_an_ended_session(call, method, kwargs):
    token = register(call)["access_token"]
    call("logout", token)
    with pytest.raises(SessionEnded):
        call(method, token, **kwargs)


@pytest.mark.parametrize(("method", "kwargs"), [*ADMIN_CALLS, *OWN_CALLS])
def test_a_service_is_not_a_person(call, configured, method, kwargs):
    from tests.svc_auth.tokens import service_token

    with pytest.raises(TokenInvalid):
        call(method, service_token(configured, "gateway"), **kwargs)


@pytest.mark.parametrize(("method", "kwargs"), ADMIN_CALLS)
def test_nobody_but_an_admin_administers(call, db, method, kwargs):
    from svc_auth.actions import people

    moderator = register(call)
    with db.transaction() as session:
        people.get(session, moderator["user"]["id"]).roles = ["user", "moderator"]
    token = call("login", username="ada", password=PASSWORD, **HERE)["access_token"]
    with pytest.raises(Forbidden):
        call(method, token, **kwargs)


@pytest.fixture
def remote(db, container, configured):
    """Call a method over the broker, as another service does."""
    from plumbing.caller import RpcCaller
    from plumbing.context import CallContext

    caller = RpcCaller(configured.amqp_uri, "tests")
    caller.start()

    def remote(method, token=None, **kwargs):
        return caller.call("auth", method, kwargs, CallContext(token=token, deadline=time.time() + 20))

    yield remote
    caller.stop()


def test_twenty_logins_at_once_are_all_answered_over_the_broker(call, remote):
    register(call)
    pool = eventlet.GreenPool(20)
    origins = [f"203.0.113.{count}" for count in range(20)]
    answers = pool.imap(lambda at: remote("login", username="ada", password=PASSWORD, device="d", address=at), origins)
    assert len({answer["refresh_token"] for answer in answers}) == 20


def test_a_refusal_travels_over_the_broker_with_its_code(remote):
    with pytest.raises(ServiceError) as refused:
        remote("login", username="nobody", password=PASSWORD, **HERE)
    assert (refused.value.kind, refused.value.code) == ("unauthenticated", "wrong_credentials")
    with pytest.raises(ServiceError) as refused:
        remote("login", name="nobody")
    assert refused.value.code == "bad_arguments"

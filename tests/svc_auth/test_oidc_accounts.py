"""Whose account a provider's sign-in opens: new ones, linked ones, second factors, and the last way in."""

from __future__ import annotations

import time
from datetime import timedelta

import eventlet
import pyotp
import pytest
from sqlalchemy import select

from contracts.auth import (
    AccountDeactivated,
    IdentityTaken,
    LastSignInWay,
    LoginThrottled,
    OidcStateInvalid,
    RecentSignInRequired,
    SessionEnded,
    SignUpClosed,
    TooManyIdentities,
    UnknownIdentity,
    UnknownProvider,
    UsernameTaken,
    WeakPassword,
    WrongCredentials,
)
from contracts.base import Invalid, TooMany, Unauthenticated, new_id
from plumbing.identity import verify_token
from svc_auth.actions import accounts, identities, newcomers, people
from svc_auth.models import AuditEntry, Identity, IdentityOwner, Outbox, Session, User
from svc_auth.oidc.id_token import Claims
from tests.svc_auth.authenticator import Authenticator
from tests.svc_auth.oidc_world import HERE

PASSWORD = "an unlikely heron 47"


def register(oidc, username="ada", **facts):
    given = {"username": username, "password": PASSWORD, "display_name": username.title(), **HERE, **facts}
    return oidc.call("register", **given)


def actions(db):
    with db.reading() as session:
        return [(entry.action, entry.facts) for entry in session.scalars(select(AuditEntry).order_by("audit_id"))]


def count(db, table):
    with db.reading() as session:
        return len(session.scalars(select(table)).all())


def test_a_new_account_is_announced_audited_and_has_what_the_provider_knows(oidc, db):
    oidc.home.me |= {"locale": "es", "zoneinfo": "Europe/Madrid", "email": "ada@example.org", "email_verified": True}
    user = oidc.sign_in()["user"]
    assert (user["locale"], user["time_zone"], user["email"]) == ("es", "Europe/Madrid", "ada@example.org")
    assert user["roles"] == ["user"]
    with db.reading() as session:
        assert session.scalars(select(Outbox.name)).all() == ["user_registered"]
    done = [action for action, _ in actions(db)]
    assert done == ["identity_linked", "registered", "signed_in"]
    assert actions(db)[-1][1] == {"by": "oidc"}


def test_an_address_is_a_claim_until_its_owner_follows_the_link(oidc, mailbox):
    mailbox.empty()
    oidc.home.me |= {"email": "ada@example.org", "email_verified": True}
    assert oidc.sign_in()["user"]["email_verified"] is False
    [letter] = mailbox.wait_for(1)
    assert letter["To"] == "ada@example.org"
    assert "/verify-email#token=" in letter.get_content()


@pytest.mark.parametrize("verified", [False, None, "true"])
def test_an_address_that_the_provider_did_not_verify_is_left_out(oidc, verified):
    oidc.home.me |= {"email": "ada@example.org", "email_verified": verified}
    assert oidc.sign_in()["user"]["email"] is None


def test_the_same_address_links_nothing(oidc, db):
    """Whoever makes a provider say my address is not me."""
    mine = register(oidc, "ada", email="ada@example.org")
    with db.transaction() as session:
        person = session.get_one(User, mine["user"]["id"])
        person.email_verified_at = person.created_at
    oidc.home.me |= {"preferred_username": "ada", "email": "ada@example.org", "email_verified": True}
    theirs = oidc.sign_in()
    assert theirs["user"]["id"] != mine["user"]["id"]
    assert theirs["user"]["username"] != "ada"
    assert oidc.call("list_identities", mine["access_token"])["items"] == []


def test_hostile_facts_do_not_keep_anybody_out(oidc):
    oidc.home.me = {
        "sub": "x" * 255, "preferred_username": "a\0b" * 500, "name": ["?"], "nickname": {"a": 1},
        "given_name": "\ud83d",
        "email": "a@b.de\r\nBcc: c@d.ef", "email_verified": True, "locale": "klingon", "zoneinfo": "../../etc/passwd",
    }  # fmt: skip
    user = oidc.sign_in()["user"]
    assert user["email"] is None
    assert (user["locale"], user["time_zone"]) == ("en", "UTC")
    assert len(user["username"]) <= 32


@pytest.mark.parametrize(
    ("facts", "first"),
    [
        ({"preferred_username": "Ada.Lovelace"}, "ada.lovelace"),
        ({"preferred_username": "ada@example.org", "name": "Ada Lovelace"}, "ada.lovelace"),
        ({"nickname": "Zoë  Ñandú!"}, "zoe.nandu"),
        ({"preferred_username": "42ada"}, "ada"),
        ({"name": "A" * 200}, "a" * 26),
    ],
)
def test_a_username_is_made_of_what_the_provider_knows(facts, first):
    assert next(newcomers.usernames(facts)) == first


@pytest.mark.parametrize(
    "facts", [{}, {"name": "李小龍"}, {"name": "ab"}, {"preferred_username": "x@y.z"}, {"name": 5}]
)
def test_who_has_no_usable_name_becomes_user_with_digits(facts):
    found = list(newcomers.usernames(facts))
    assert all(name.startswith("user") and name[4:].isdigit() for name in found)
    assert len(found) >= 10


def test_a_taken_username_gives_way_to_another_name_and_then_to_digits(oidc):
    register(oidc, "ada")
    assert oidc.sign_in()["user"]["username"] == "ada.lovelace"
    oidc.home.me |= {"sub": "ada-0002"}
    username = oidc.sign_in()["user"]["username"]
    assert username.startswith("ada")
    assert username[3:].isdigit()


def test_the_subject_is_the_person_and_not_their_name(oidc):
    first = oidc.sign_in()
    oidc.home.me = {"sub": "bob-0002", "preferred_username": "Ada", "name": "Ada Lovelace"}
    assert oidc.sign_in()["user"]["id"] != first["user"]["id"]


def test_a_subject_of_another_issuer_is_somebody_else(db, now):
    with db.transaction() as session:
        assert identities.claim(session, new_id(), Claims("https://a.example", "1", {}), "", now)
        assert identities.claim(session, new_id(), Claims("https://b.example", "1", {}), "", now)
        assert identities.claim(session, new_id(), Claims("https://a.example", "1", {}), "", now) is None


def test_two_tabs_of_one_newcomer_make_one_account(oidc, db):
    begun = [oidc.start() for _ in range(6)]
    answers = [(each, oidc.home.visit(each["authorize_url"])) for each in begun]
    pool = eventlet.GreenPool(6)
    pairs = list(pool.starmap(oidc.finish, answers))
    assert len({pair["user"]["id"] for pair in pairs}) == 1
    assert (count(db, User), count(db, Identity), count(db, IdentityOwner)) == (1, 1, 1)


def test_a_provider_without_sign_up_lets_in_whom_it_knows_alone(oidc, db):
    with pytest.raises(SignUpClosed):
        oidc.sign_in("closed")
    assert count(db, User) == 0
    mine = register(oidc)
    oidc.sign_in("closed", mine["access_token"])
    assert oidc.sign_in("closed")["user"]["id"] == mine["user"]["id"]


def test_a_deactivated_account_stays_closed(oidc, db, now):
    user_id = oidc.sign_in()["user"]["id"]
    with db.transaction() as session:
        people.set_deactivated(session, user_id, True, user_id, now)
    with pytest.raises(AccountDeactivated):
        oidc.sign_in()
    assert count(db, User) == 1


def test_an_identity_whose_account_is_gone_opens_no_other(oidc, db):
    user_id = oidc.sign_in()["user"]["id"]
    with db.transaction() as session:
        session.delete(session.get_one(User, user_id))
    with pytest.raises(AccountDeactivated):
        oidc.sign_in()
    assert count(db, User) == 0


def with_totp(oidc, token):
    setup = oidc.call("start_totp", token, label="app", password=PASSWORD)
    app = pyotp.TOTP(setup["secret"])
    oidc.call("confirm_totp", token, factor_id=setup["factor_id"], code=app.at(time.time() - 30))
    return app


def test_a_code_is_owed_after_a_provider_as_after_a_password(oidc):
    app = with_totp(oidc, oidc.sign_in()["access_token"])
    owed = oidc.sign_in()
    assert owed.keys() == {"factor_required", "factor_token", "factors"}
    pair = oidc.call("login_with_code", factor_token=owed["factor_token"], code=app.now(), **HERE)
    assert pair["user"]["factors"] == ["totp"]


def test_linking_needs_no_code_but_a_session(oidc):
    mine = register(oidc)
    with_totp(oidc, mine["access_token"])
    assert oidc.sign_in(token=mine["access_token"])["linked"]["provider"] == "home"


def test_a_linked_identity_signs_in_and_is_listed(oidc):
    mine = register(oidc)
    oidc.home.me |= {"email": "ada@work.example"}
    linked = oidc.sign_in(token=mine["access_token"])["linked"]
    assert linked.keys() == {"id", "provider", "provider_name", "label", "created_at", "last_used_at"}
    assert (linked["provider"], linked["provider_name"], linked["label"]) == ("home", "Home", "ada@work.example")
    assert linked["last_used_at"] is None
    again = oidc.sign_in()
    assert again["user"]["id"] == mine["user"]["id"]
    assert again["user"]["has_password"] is True
    [listed] = oidc.call("list_identities", mine["access_token"])["items"]
    assert listed["last_used_at"] is not None
    assert {**listed, "last_used_at": None} == linked


def test_linking_the_same_identity_again_changes_nothing(oidc):
    token = register(oidc)["access_token"]
    assert oidc.sign_in(token=token)["linked"]["id"] == oidc.sign_in(token=token)["linked"]["id"]


def test_an_identity_belongs_to_one_account(oidc):
    first = oidc.sign_in()
    mine = register(oidc, "bob")
    with pytest.raises(IdentityTaken):
        oidc.sign_in(token=mine["access_token"])
    assert oidc.sign_in()["user"]["id"] == first["user"]["id"]


def test_an_account_holds_twenty_identities(oidc):
    token = register(oidc)["access_token"]
    for number in range(20):
        oidc.home.me = {"sub": f"ada-{number}"}
        oidc.sign_in(token=token)
        oidc.call("list_identities", token)
        reset_limits(oidc)
    oidc.home.me = {"sub": "one too many"}
    with pytest.raises(TooManyIdentities):
        oidc.sign_in(token=token)


def reset_limits(oidc):
    from plumbing.redis_client import new_redis
    from plumbing.settings import settings

    new_redis(settings().redis_url).flushdb()


def test_linking_is_throttled_per_account(oidc):
    token = oidc.sign_in()["access_token"]
    for _ in range(20):
        oidc.start(token=token)
    with pytest.raises(TooMany):
        oidc.start(token=token)


def test_linking_needs_the_password(oidc):
    token = register(oidc)["access_token"]
    for wrong in ("not mine at all", None):
        with pytest.raises(WrongCredentials):
            oidc.start(token=token, password=wrong)
    assert oidc.start(token=token)["authorize_url"]


def test_linking_ends_with_the_session_that_asked_for_it(oidc, db):
    token = register(oidc)["access_token"]
    begun = oidc.start(token=token)
    answer = oidc.home.visit(begun["authorize_url"])
    oidc.call("logout", token)
    with pytest.raises(SessionEnded):
        oidc.finish(begun, answer)
    assert count(db, Identity) == 0


def test_an_anonymous_sign_in_cannot_be_turned_into_a_link(oidc):
    token = register(oidc)["access_token"]
    linking, signing = oidc.start(token=token), oidc.start()
    with pytest.raises(OidcStateInvalid):
        oidc.finish(linking, oidc.home.visit(signing["authorize_url"]))


@pytest.mark.parametrize("provider_id", ["nowhere", ""])
def test_linking_at_an_unknown_provider_is_refused(oidc, provider_id):
    token = register(oidc)["access_token"]
    with pytest.raises((UnknownProvider, Invalid)):
        oidc.start(provider_id, token)


def test_removing_an_identity_needs_the_password(oidc):
    token = register(oidc)["access_token"]
    linked = oidc.sign_in(token=token)["linked"]
    for wrong in ("not mine at all", None):
        with pytest.raises(WrongCredentials):
            oidc.call("delete_identity", token, identity_id=linked["id"], password=wrong)
    oidc.call("delete_identity", token, identity_id=linked["id"], password=PASSWORD)
    assert oidc.call("list_identities", token)["items"] == []
    with pytest.raises(UnknownIdentity):
        oidc.call("delete_identity", token, identity_id=linked["id"], password=PASSWORD)


def test_a_removed_identity_opens_a_new_account_and_can_be_linked_again(oidc, db):
    mine = register(oidc)
    linked = oidc.sign_in(token=mine["access_token"])["linked"]
    oidc.call("delete_identity", mine["access_token"], identity_id=linked["id"], password=PASSWORD)
    assert count(db, IdentityOwner) == 0
    assert oidc.sign_in(token=mine["access_token"])["linked"]["id"] != linked["id"]
    assert oidc.sign_in()["user"]["id"] == mine["user"]["id"]


def test_nobody_removes_a_strangers_identity(oidc):
    theirs = oidc.sign_in()
    [identity] = oidc.call("list_identities", theirs["access_token"])["items"]
    mine = register(oidc, "bob")
    with pytest.raises(UnknownIdentity):
        oidc.call("delete_identity", mine["access_token"], identity_id=identity["id"], password=PASSWORD)


def test_the_last_way_in_stays(oidc):
    token = oidc.sign_in()["access_token"]
    [identity] = oidc.call("list_identities", token)["items"]
    with pytest.raises(LastSignInWay):
        oidc.call("delete_identity", token, identity_id=identity["id"], password=None)
    assert oidc.call("list_identities", token)["items"] == [identity]
    assert oidc.sign_in()["access_token"]


def test_an_identity_of_a_provider_that_is_gone_is_no_way_in(oidc, db, now):
    pair = oidc.sign_in()
    with db.transaction() as session:
        assert identities.claim(session, pair["user"]["id"], Claims("https://gone.example", "1", {}), "", now)
    items = oidc.call("list_identities", pair["access_token"])["items"]
    assert [item["provider"] for item in items] == ["home", None]
    with pytest.raises(LastSignInWay):
        oidc.call("delete_identity", pair["access_token"], identity_id=items[0]["id"], password=None)
    oidc.call("delete_identity", pair["access_token"], identity_id=items[1]["id"], password=None)


def with_passkey(oidc, token):
    started, device = oidc.call("start_passkey_registration", token, label="key"), Authenticator()
    answer = device.create(started["options"])
    oidc.call("finish_passkey_registration", token, factor_id=started["factor_id"], credential=answer)
    return started["factor_id"]


def test_a_passkey_is_another_way_in_and_may_become_the_last_one(oidc):
    token = oidc.sign_in()["access_token"]
    factor_id = with_passkey(oidc, token)
    [identity] = oidc.call("list_identities", token)["items"]
    oidc.call("delete_identity", token, identity_id=identity["id"], password=None)
    with pytest.raises(LastSignInWay):
        oidc.call("delete_factor", token, factor_id=factor_id, password=None)
    assert [factor["id"] for factor in oidc.call("list_factors", token)["items"]] == [factor_id]


def test_totp_is_no_way_in(oidc):
    token = oidc.sign_in()["access_token"]
    with_totp(oidc, token)
    [identity] = oidc.call("list_identities", token)["items"]
    with pytest.raises(LastSignInWay):
        oidc.call("delete_identity", token, identity_id=identity["id"], password=None)


def grow_old(db, token):
    who = verify_token(token)
    with db.transaction() as session:
        row = session.get_one(Session, (who.user_id, who.session_id))
        row.created_at -= timedelta(minutes=11)


def test_without_a_password_a_recent_sign_in_is_the_proof(oidc, db):
    token = oidc.sign_in()["access_token"]
    factor_id = with_passkey(oidc, token)
    grow_old(db, token)
    for method, given in (
        ("delete_factor", {"factor_id": factor_id, "password": None}),
        ("delete_identity", {"identity_id": new_id(), "password": PASSWORD}),
        ("change_password", {"old_password": None, "new_password": "quiet copper meadow 8"}),
        ("start_totp", {"label": "app", "password": None}),
        ("start_passkey_registration", {"label": "key", "password": PASSWORD}),
        ("start_identity", {"provider_id": "home", "app_redirect": None, "password": None}),
        ("update_me", {"changes": {"email": "ada@example.org"}, "password": PASSWORD}),
    ):
        with pytest.raises(RecentSignInRequired):
            oidc.call(method, token, **given)
    fresh = oidc.sign_in()["access_token"]
    oidc.call("delete_factor", fresh, factor_id=factor_id, password=None)
    assert oidc.call("update_me", fresh, changes={"email": "ada@example.org"})["email"] == "ada@example.org"


def test_a_first_password_can_be_set_and_is_asked_for_from_then_on(oidc):
    pair = oidc.sign_in()
    with pytest.raises(WeakPassword):
        oidc.call("change_password", pair["access_token"], old_password=None, new_password="password1234")
    oidc.call("change_password", pair["access_token"], old_password=None, new_password=PASSWORD)
    assert oidc.call("login", username="ada", password=PASSWORD, **HERE)["user"]["has_password"] is True
    with pytest.raises(WrongCredentials):
        oidc.call("change_password", pair["access_token"], old_password=None, new_password="quiet copper meadow 8")
    [identity] = oidc.call("list_identities", pair["access_token"])["items"]
    oidc.call("delete_identity", pair["access_token"], identity_id=identity["id"], password=PASSWORD)


@pytest.mark.parametrize("password", ["", "None", "!", PASSWORD])
def test_no_password_opens_an_account_without_one(oidc, password):
    oidc.sign_in()
    with pytest.raises((WrongCredentials, Invalid)):
        oidc.call("login", username="ada", password=password, **HERE)


def test_a_username_can_be_changed_and_the_former_one_stays_its_owners(oidc, db):
    token = oidc.sign_in()["access_token"]
    changed = oidc.call("update_me", token, changes={"username": "Countess"})
    assert (changed["username"], changed["display_name"]) == ("Countess", "Ada Lovelace")
    with pytest.raises(UsernameTaken):
        register(oidc, "ADA")
    with db.reading() as session:
        found = accounts.find_by_username(session, "ada")
        assert found is not None
        assert found.username == "Countess"
    assert [user["username"] for user in oidc.call("search_users", token, query="count")["items"]] == ["Countess"]
    assert oidc.call("update_me", token, changes={"username": "ada"})["username"] == "ada"
    with db.reading() as session:
        events = session.scalars(select(Outbox.name)).all()
    assert events.count("user_updated") == 2


def test_a_taken_or_malformed_username_is_refused(oidc):
    register(oidc, "bob")
    token = oidc.sign_in()["access_token"]
    with pytest.raises(UsernameTaken):
        oidc.call("update_me", token, changes={"username": "BOB"})
    for bad in ("a", "a b", "", None, "1ada", "x" * 33):
        with pytest.raises(Invalid) as refused:
            oidc.call("update_me", token, changes={"username": bad})
        assert refused.value.code == "invalid_username"
    assert oidc.call("get_me", token)["username"] == "ada"


def test_names_are_changed_three_times_a_month(oidc):
    token = oidc.sign_in()["access_token"]
    for name in ("one", "two", "three"):
        oidc.call("update_me", token, changes={"username": name})
    oidc.call("update_me", token, changes={"username": "three", "display_name": "Third"})
    with pytest.raises(TooMany) as refused:
        oidc.call("update_me", token, changes={"username": "four"})
    assert not isinstance(refused.value, LoginThrottled)


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("start_identity", {"provider_id": "home", "app_redirect": None}),
        ("list_identities", {}),
        ("delete_identity", {"identity_id": new_id(), "password": None}),
    ],
)
def test_nothing_is_linked_for_the_anonymous(oidc, method, given):
    with pytest.raises(Unauthenticated):
        oidc.call(method, **given)

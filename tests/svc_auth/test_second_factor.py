"""An installation that demands a second factor (SECOND_FACTOR): of whom, when, and how they get one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pyotp
import pytest
from sqlalchemy import select

from contracts.auth import (
    LastFactor,
    PasskeyRequired,
    SecondFactorRequired,
    SessionEnded,
    TokenInvalid,
    UnknownFactor,
    WrongCode,
)
from contracts.base import ServiceError
from plumbing.identity import verify_token
from svc_auth import policy
from svc_auth.actions import links, people
from svc_auth.jobs import grant_admin, remove_factors
from svc_auth.models import AuditEntry, RecoveryCode, Session, User
from tests.svc_auth.authenticator import Authenticator
from tests.svc_auth.oidc_world import HERE, PASSWORD


@pytest.fixture
def demand(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Set the installation's rule, as a start with another environment does."""

    def set_to(rule: str) -> None:
        monkeypatch.setenv("SECOND_FACTOR", rule)
        policy.second_factor.cache_clear()

    yield set_to
    policy.second_factor.cache_clear()


@pytest.fixture
def call(oidc):
    return oidc.call


def register(call, username="ada"):
    return call("register", username=username, password=PASSWORD, display_name=username.title(), **HERE)


def log_in(call, username="ada"):
    return call("login", username=username, password=PASSWORD, **HERE)


def promote(db, pair, *roles):
    """Give somebody roles as an admin does."""
    with db.transaction() as session:
        people.set_roles(session, pair["user"]["id"], ["user", *roles], pair["user"]["id"], datetime.now(UTC))


def enrol_totp(call, owed, **more):
    """Set up an app for codes by a token; return what that answers, and the app."""
    token = {"enrolment_token": owed["enrolment_token"]}
    setup = call("start_totp_enrolment", **token, label="app")
    app = pyotp.TOTP(setup["secret"])
    given = {"factor_id": setup["factor_id"], "code": app.at(time.time() - 30), **HERE, **more}
    return call("finish_totp_enrolment", **token, **given), app


def enrol_passkey(call, owed):
    token, device = {"enrolment_token": owed["enrolment_token"]}, Authenticator()
    begun = call("start_passkey_enrolment", **token, label="key")
    given = {"factor_id": begun["factor_id"], "credential": device.create(begun["options"]), **HERE}
    return call("finish_passkey_enrolment", **token, **given), device


def with_passkey(call, token):
    begun, device = call("start_passkey_registration", token, label="key", password=PASSWORD), Authenticator()
    answer = device.create(begun["options"])
    call("finish_passkey_registration", token, factor_id=begun["factor_id"], credential=answer)
    return device


def with_totp(call, token):
    setup = call("start_totp", token, label="app", password=PASSWORD)
    app = pyotp.TOTP(setup["secret"])
    call("confirm_totp", token, factor_id=setup["factor_id"], code=app.at(time.time() - 30))
    return app


def by_passkey(call, device):
    asked = call("start_passkey_login")
    answer = {"challenge_id": asked["challenge_id"], "credential": device.get(asked["options"])}
    return call("finish_passkey_login", **answer, **HERE)


def is_owing(answer: Any) -> bool:
    return answer.keys() == {"enrolment_required", "enrolment_token", "factors"}


def works(call, pair) -> bool:
    return bool(call("get_me", pair["access_token"]) and call("refresh", refresh_token=pair["refresh_token"], **HERE))


def test_nobody_needs_one_by_default(call):
    register(call)
    assert works(call, log_in(call))


@pytest.mark.parametrize("rule", ["all", "Staff", "1"])
def test_a_rule_that_is_none_keeps_the_service_from_starting(demand, rule):
    demand(rule)
    with pytest.raises(ValueError, match="SECOND_FACTOR"):
        policy.second_factor()


def test_an_empty_rule_is_none(demand):
    demand("")
    assert policy.second_factor() == "off"


@pytest.mark.parametrize("roles", [["moderator"], ["admin"]])
def test_staff_need_one_where_staff_do(call, db, demand, roles):
    promote(db, register(call), *roles)
    register(call, "bob")
    demand("staff")
    assert is_owing(log_in(call))
    assert works(call, log_in(call, "bob"))
    assert works(call, register(call, "eve"))


def test_everybody_needs_one_where_everybody_does(call, demand):
    register(call)
    demand("everybody")
    assert is_owing(log_in(call))
    assert is_owing(register(call, "bob"))


def test_an_app_for_codes_is_set_up_and_signs_in(call, demand):
    demand("everybody")
    pair, app = enrol_totp(call, register(call))
    assert len(pair["recovery_codes"]) == 10
    assert pair["user"]["factors"] == ["totp"]
    assert works(call, pair)
    owed = log_in(call)
    assert owed.keys() == {"factor_required", "factor_token", "factors"}
    assert works(call, call("login_with_code", factor_token=owed["factor_token"], code=app.now(), **HERE))


def test_so_does_a_passkey_which_is_asked_for_from_then_on(call, demand):
    demand("everybody")
    pair, device = enrol_passkey(call, register(call))
    assert pair["user"]["factors"] == ["passkey"]
    assert works(call, pair)
    with pytest.raises(PasskeyRequired):
        log_in(call)
    assert works(call, by_passkey(call, device))


def test_it_is_demanded_after_a_provider_as_well(oidc, demand):
    demand("everybody")
    owed = oidc.sign_in()
    assert is_owing(owed)
    pair, _ = enrol_totp(oidc.call, owed)
    assert works(oidc.call, pair)


def test_a_provider_does_not_go_around_a_passkey(oidc, demand):
    demand("everybody")
    enrol_passkey(oidc.call, oidc.sign_in())
    with pytest.raises(PasskeyRequired):
        oidc.sign_in()


def test_nothing_else_opens_without_one(call, demand):
    """The token is good for a factor, and is no session."""
    demand("everybody")
    owed = register(call)
    for method, given in (("get_me", {}), ("list_sessions", {}), ("start_totp", {"label": "x", "password": PASSWORD})):
        with pytest.raises(TokenInvalid):
            call(method, owed["enrolment_token"], **given)
    with pytest.raises(TokenInvalid):
        call("login_with_code", factor_token=owed["enrolment_token"], code="123456", **HERE)
    with pytest.raises(TokenInvalid):
        call("refresh", refresh_token=owed["enrolment_token"], **HERE)


def test_its_token_is_good_for_one_factor(call, demand):
    demand("everybody")
    owed = register(call)
    token = owed["enrolment_token"]
    enrol_totp(call, owed)
    with pytest.raises(TokenInvalid):
        call("start_passkey_enrolment", enrolment_token=token, label="")


def test_its_token_is_not_good_again_once_the_factor_is_gone(call, db, demand):
    demand("everybody")
    owed = register(call)
    enrol_totp(call, owed)
    remove_factors.run("ada", db)
    with pytest.raises(TokenInvalid):
        enrol_totp(call, owed)
    assert is_owing(log_in(call))


def test_its_token_dies_with_the_password_and_of_age(call, db, demand, monkeypatch):
    demand("everybody")
    owed = register(call)
    monkeypatch.setattr("svc_auth.actions.enrolling.ENROLMENT_TOKEN_S", -1)
    with pytest.raises(TokenInvalid):
        call("start_totp_enrolment", enrolment_token=owed["enrolment_token"], label="")
    monkeypatch.undo()
    with db.transaction() as session:
        session.scalars(select(User)).one().password_hash = None
    with pytest.raises(TokenInvalid):
        call("start_totp_enrolment", enrolment_token=owed["enrolment_token"], label="")


@pytest.mark.parametrize("purpose", ["second factor", "reset password"])
def test_a_token_for_something_else_sets_nothing_up(call, demand, purpose):
    demand("everybody")
    register(call)
    for token in ("forged", links.sign(purpose, {"u": "x", "s": "y", "i": "z"})):
        with pytest.raises(TokenInvalid):
            call("start_totp_enrolment", enrolment_token=token, label="")


def test_a_wrong_code_sets_nothing_up_and_may_be_tried_again(call, demand):
    demand("everybody")
    owed = register(call)
    with pytest.raises(WrongCode):
        enrol_totp(call, owed, code="000000")
    pair, _ = enrol_totp(call, owed)
    assert works(call, pair)


def test_nobody_confirms_the_factor_of_somebody_else(call, demand):
    demand("everybody")
    mine, theirs = register(call), register(call, "bob")
    setup = call("start_totp_enrolment", enrolment_token=theirs["enrolment_token"], label="")
    with pytest.raises(UnknownFactor):
        enrol_totp(call, mine, factor_id=setup["factor_id"])


def test_a_session_from_before_ends_at_its_next_refresh(call, db, demand):
    pair = register(call)
    demand("everybody")
    assert call("get_me", pair["access_token"])
    with pytest.raises(SecondFactorRequired):
        call("refresh", refresh_token=pair["refresh_token"], **HERE)
    with pytest.raises(SessionEnded):
        call("get_me", pair["access_token"])
    with db.reading() as session:
        assert session.scalars(select(Session.end_reason)).all() == ["second_factor"]


@pytest.mark.parametrize("set_up", [with_totp, with_passkey])
def test_one_in_which_a_factor_was_set_up_goes_on(call, demand, set_up):
    pair = register(call)
    set_up(call, pair["access_token"])
    demand("everybody")
    assert works(call, pair)


def test_so_does_one_that_a_passkey_or_a_code_opened(call, demand):
    first = register(call)
    device, app = with_passkey(call, first["access_token"]), with_totp(call, first["access_token"])
    owed = log_in(call)
    pairs = [
        by_passkey(call, device),
        call("login_with_code", factor_token=owed["factor_token"], code=app.now(), **HERE),
    ]
    demand("everybody")
    assert all(works(call, pair) for pair in pairs)


def test_who_becomes_a_moderator_sets_one_up_first(call, db, demand):
    demand("staff")
    pair = register(call)
    promote(db, pair, "moderator")
    with pytest.raises(SecondFactorRequired):
        call("refresh", refresh_token=pair["refresh_token"], **HERE)
    pair, _ = enrol_totp(call, log_in(call))
    assert verify_token(pair["access_token"]).roles == ("user", "moderator")


def test_who_becomes_an_admin_administers_nothing_before(call, db, demand):
    demand("staff")
    pair = register(call)
    grant_admin.run("ada", db)
    with pytest.raises(SecondFactorRequired):
        call("list_audit", pair["access_token"])
    assert call("list_audit", enrol_totp(call, log_in(call))[0]["access_token"])["items"]


def test_the_last_one_stays_where_it_is_demanded(call, demand):
    pair = register(call)
    with_totp(call, pair["access_token"])
    with_passkey(call, pair["access_token"])
    demand("everybody")
    first, second = call("list_factors", pair["access_token"])["items"]
    call("delete_factor", pair["access_token"], factor_id=first["id"], password=PASSWORD)
    with pytest.raises(LastFactor):
        call("delete_factor", pair["access_token"], factor_id=second["id"], password=PASSWORD)
    assert call("list_factors", pair["access_token"])["items"] == [second]
    demand("off")
    call("delete_factor", pair["access_token"], factor_id=second["id"], password=PASSWORD)


def test_guessing_the_first_code_is_throttled(call, demand):
    demand("everybody")
    owed, refused = register(call), []
    for _ in range(7):
        with pytest.raises(ServiceError) as error:
            enrol_totp(call, owed, code="000000")
        refused.append(error.value.code)
    assert (refused[0], refused[-1]) == ("wrong_code", "login_throttled")


def test_who_lost_all_of_them_gets_new_ones_by_who_runs_the_server(call, db, demand):
    demand("everybody")
    pair, _ = enrol_totp(call, register(call))
    remove_factors.run("ada", db)
    with pytest.raises(SessionEnded):
        call("get_me", pair["access_token"])
    with db.reading() as session:
        assert session.scalars(select(RecoveryCode)).all() == []
        done = session.scalars(select(AuditEntry.action).order_by(AuditEntry.audit_id)).all()
    assert done[-2:] == ["factor_deleted", "factors_removed"]
    assert works(call, enrol_totp(call, log_in(call))[0])


def test_setting_one_up_is_in_the_audit(call, db, demand):
    demand("everybody")
    enrol_totp(call, register(call))
    with db.reading() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.audit_id)).all()
    assert [entry.action for entry in entries] == ["registered", "totp_confirmed", "signed_in"]
    assert entries[-1].facts == {"by": "code"}

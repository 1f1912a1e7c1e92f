from __future__ import annotations

import time
from datetime import timedelta

import pytest
from sqlalchemy import select

from contracts.auth import (
    AccountDeactivated,
    SessionEnded,
    TokenInvalid,
    UsernameTaken,
    WrongCredentials,
)
from plumbing import codec
from svc_auth.actions import accounts, passwords, people, sessions, signing_in, totp
from svc_auth.actions.sessions import Opened
from svc_auth.actions.signing_in import FactorOwed
from svc_auth.models import Mail, Outbox, User, Username

ADDRESS = "203.0.113.9"
PASSWORD = "an unlikely heron 47"


def by_password(db, user_id, proved_hash, now):
    with db.transaction() as session:
        return signing_in.by_password(
            session, user_id, proved_hash, proved_hash, device="phone", address=ADDRESS, now=now
        )


def stored_hash(db, user_id):
    with db.reading() as session:
        return session.get_one(User, user_id).password_hash


def test_a_name_is_taken_in_whatever_case(person):
    person("Ada")
    with pytest.raises(UsernameTaken):
        person("aDA")


def test_a_refused_registration_leaves_nothing_behind(db, person):
    person("ada")
    with pytest.raises(UsernameTaken):
        person("ADA", email="second@example.org")
    with db.reading() as session:
        assert len(session.scalars(select(User)).all()) == len(session.scalars(select(Username)).all()) == 1
        assert not session.scalars(select(Mail)).all()


def test_a_registration_is_announced_once(db, person):
    ada = person("ada")
    with db.reading() as session:
        row = session.scalars(select(Outbox)).one()
    assert (row.name, row.source, row.aggregate_id) == ("user_registered", "auth", ada.user_id)
    assert codec.decode(row.body)["username"] == "ada"


def test_the_first_person_is_an_ordinary_user(db, person):
    ada = person("ada")
    with db.reading() as session:
        assert session.get_one(User, ada.user_id).roles == ["user"]


def test_two_accounts_may_claim_an_unproved_address(person):
    person("ada", email="x@example.org")
    person("bob", email="X@example.org")


def test_a_person_is_found_in_whatever_case(db, person):
    ada = person("Ada.L")
    with db.reading() as session:
        assert accounts.find_by_username(session, "ADA.l").user_id == ada.user_id
        assert accounts.find_by_username(session, "nobody") is None
        assert accounts.find_by_username(session, "x" * 254) is None


def test_a_password_is_stored_as_argon2id(db, person):
    assert stored_hash(db, person("ada").user_id).startswith("$argon2id$v=19$")


def test_the_production_cost_is_64_mib_three_passes_one_lane(monkeypatch):
    from svc_auth import policy

    monkeypatch.delenv("ARGON2_MEMORY_KIB", raising=False)
    policy.argon2_cost.cache_clear()
    try:
        assert policy.argon2_cost() == policy.Argon2Cost(65_536, 3, 1)
    finally:
        policy.argon2_cost.cache_clear()


def test_only_the_right_password_matches(db, person):
    proved = stored_hash(db, person("ada").user_id)
    assert passwords.password_matches(proved, PASSWORD)
    assert not passwords.password_matches(proved, PASSWORD + " ")
    assert not passwords.password_matches(None, PASSWORD)
    assert not passwords.password_matches("not a hash", PASSWORD)


@pytest.fixture
def real_cost(monkeypatch):
    from svc_auth import policy

    cached = (policy.argon2_cost, passwords._hasher, passwords._nobodys_hash)
    monkeypatch.setenv("ARGON2_MEMORY_KIB", "65536")
    for each in cached:
        each.cache_clear()
    yield
    for each in cached:
        each.cache_clear()


def test_an_unknown_person_costs_as_much_time_as_a_wrong_password(real_cost):
    real = passwords.hash_password(PASSWORD)
    passwords.password_matches(None, "warm up")
    known = min(_timed(real) for _ in range(3))
    unknown = min(_timed(None) for _ in range(3))
    assert 0.4 < unknown / known < 2.5


def _timed(password_hash):
    started = time.process_time()
    passwords.password_matches(password_hash, "a wrong password")
    return time.process_time() - started


def test_hashing_leaves_the_event_loop_free(real_cost):
    import eventlet

    ticks = []
    ticker = eventlet.spawn(lambda: [ticks.append(eventlet.sleep(0)) for _ in range(100_000)])
    eventlet.sleep(0)
    passwords.hash_password(PASSWORD)
    ticker.kill()
    assert len(ticks) > 5


def test_too_many_waiting_are_told_to_come_back(monkeypatch):
    class Full:
        balance = -passwords.WAITING

    monkeypatch.setattr(passwords, "_gate", Full())
    with pytest.raises(passwords.Overloaded):
        passwords.hash_password(PASSWORD)


def test_a_hash_of_another_cost_is_renewed():
    import argon2

    old = argon2.PasswordHasher(time_cost=1, memory_cost=32, parallelism=1).hash(PASSWORD)
    fresh = passwords.rehashed(old, PASSWORD)
    assert fresh != old
    assert passwords.password_matches(fresh, PASSWORD)
    assert passwords.rehashed(fresh, PASSWORD) == fresh


def test_a_right_password_opens_a_session(db, person, now):
    ada = person("ada")
    opened = by_password(db, ada.user_id, stored_hash(db, ada.user_id), now)
    assert isinstance(opened, Opened)
    assert opened.session.session_id != ada.session_id


def test_a_password_changed_meanwhile_opens_nothing(db, person, now):
    ada = person("ada")
    with pytest.raises(WrongCredentials):
        by_password(db, ada.user_id, passwords.hash_password(PASSWORD), now)


def test_a_deactivated_account_opens_nothing(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        people.set_deactivated(session, ada.user_id, True, ada.user_id, now)
    with pytest.raises(AccountDeactivated):
        by_password(db, ada.user_id, stored_hash(db, ada.user_id), now)


def test_changing_the_password_ends_the_other_sessions_only(db, person, now):
    ada = person("ada")
    other = by_password(db, ada.user_id, stored_hash(db, ada.user_id), now)
    with db.transaction() as session:
        user = people.get(session, ada.user_id)
        accounts.set_password(session, user, "$new", kept_session_id=ada.session_id, reason="password_changed", now=now)
    with db.reading() as session:
        assert sessions.current(session, ada.user_id, ada.session_id)
        with pytest.raises(SessionEnded):
            sessions.current(session, ada.user_id, other.session.session_id)


def test_logging_out_twice_is_no_error(db, person, now):
    ada = person("ada")
    for _ in range(2):
        with db.transaction() as session:
            signing_in.out(session, ada.user_id, ada.session_id, now)


class TestWithTotp:
    @pytest.fixture
    def ada(self, db, person, now):
        import pyotp

        ada = person("ada")
        with db.transaction() as session:
            factor, secret, _ = totp.start(session, people.get(session, ada.user_id), "app", now)
        self.totp = pyotp.TOTP(secret)
        with db.transaction() as session:
            code = self.totp.at(now - timedelta(seconds=30))
            self.recovery = totp.confirm(session, ada.user_id, factor.factor_id, code, now)
        return ada

    def owed(self, db, ada, now):
        outcome = by_password(db, ada.user_id, stored_hash(db, ada.user_id), now)
        assert isinstance(outcome, FactorOwed)
        return outcome.token

    def by_code(self, db, token, code, now):
        with db.transaction() as session:
            return signing_in.by_code(session, token, code, device="phone", address=ADDRESS, now=now)

    def test_a_right_password_is_not_enough(self, db, ada, now):
        assert signing_in.owner_of(self.owed(db, ada, now)) == ada.user_id

    def test_the_code_opens_the_session(self, db, ada, now):
        assert isinstance(self.by_code(db, self.owed(db, ada, now), self.totp.at(now), now), Opened)

    def test_a_wrong_code_opens_nothing_and_is_remembered(self, db, ada, now):
        from svc_auth.models import AuditEntry

        assert self.by_code(db, self.owed(db, ada, now), "000000", now) is None
        with db.reading() as session:
            assert "code_failed" in session.scalars(select(AuditEntry.action)).all()

    def test_the_token_is_good_for_one_sign_in(self, db, ada, now):
        token = self.owed(db, ada, now)
        self.by_code(db, token, self.totp.at(now), now)
        with pytest.raises(TokenInvalid):
            self.by_code(db, token, self.recovery[0], now)

    def test_a_refused_token_uses_no_recovery_code_up(self, db, ada, now):
        token = self.owed(db, ada, now)
        self.by_code(db, token, self.totp.at(now), now)
        with pytest.raises(TokenInvalid):
            self.by_code(db, token, self.recovery[0], now)
        assert isinstance(self.by_code(db, self.owed(db, ada, now), self.recovery[0], now), Opened)

    def test_a_recovery_code_stands_in_once(self, db, ada, now):
        assert isinstance(self.by_code(db, self.owed(db, ada, now), self.recovery[0], now), Opened)
        assert self.by_code(db, self.owed(db, ada, now), self.recovery[0], now) is None

    def test_the_token_dies_with_the_password(self, db, ada, now):
        token = self.owed(db, ada, now)
        with db.transaction() as session:
            people.get(session, ada.user_id).password_hash = "$new"
        with pytest.raises(TokenInvalid):
            self.by_code(db, token, self.totp.at(now), now)

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "é"])
    def test_a_forged_token_is_refused(self, db, ada, now, token):
        with pytest.raises(TokenInvalid):
            self.by_code(db, token, self.totp.at(now), now)

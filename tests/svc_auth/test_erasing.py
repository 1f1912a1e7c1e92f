"""Leaving for good: the grace, and that nothing of an account is left afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from nameko.testing.services import worker_factory
from sqlalchemy import String, Uuid, cast, func, or_, select

from contracts.auth import (
    NOBODY,
    ErasureAsked,
    LastAdmin,
    RecentSignInRequired,
    SessionEnded,
    TokenInvalid,
    UsernameTaken,
    WrongCredentials,
)
from plumbing.context import CallContext, working_on
from plumbing.identity import CallerIdentity
from svc_auth.actions import accounts, audit, erasing, exports, mails, people, profile, sessions
from svc_auth.models import AuditEntry, Base, Erasure, Outbox, Session, User
from svc_auth.policy import erasure_grace
from svc_auth.service import AuthService
from tests.services import FakePush
from tests.svc_auth.conftest import ADDRESS, PASSWORD, Person

#: Where the id of an erased person stays: that they were erased, that tokens of theirs are worth nothing,
#: that their names are not to be had, and what still has to be told.
KEPT = {"erasures", "revocations", "usernames", "audit_entries", "outbox"}


@pytest.fixture
def service(db, configured):
    keepers = dict.fromkeys(("messaging", "subscriptions", "media", "payments", "ads"))
    return worker_factory(AuthService, db=db, push=FakePush(), caller=CallerIdentity(), **keepers)


def ask(service, person, password=PASSWORD, messages="keep"):
    with working_on(CallContext(token=person.access_token)):
        return service.start_erasure(password=password, messages=messages)


def erase(db, person, now):
    with db.transaction() as session:
        return erasing.erase(session, person.user_id, now + erasure_grace() + timedelta(seconds=5))


def traces(db, *values):
    """Return the tables that hold one of the values in some column."""
    found = set()
    with db.reading() as session:
        for table in Base.metadata.sorted_tables:
            texts = [each for each in table.columns if isinstance(each.type, (String, Uuid))]
            same = [func.lower(cast(each, String)).in_([value.lower() for value in values]) for each in texts]
            if same and session.scalar(select(func.count()).select_from(table).where(or_(*same))):
                found.add(table.name)
    return found


def full_life(db, person, now):
    """Give somebody a row in as many tables as there are."""
    from svc_auth.actions import factors, identities
    from svc_auth.models import Credential, RecoveryCode
    from svc_auth.oidc.id_token import Claims

    with db.transaction() as session:
        user = session.get_one(User, person.user_id)
        profile.update(session, user, {"email": "ada@example.org", "username": "ada.l"}, now)
        factor = factors.add(session, user.user_id, "passkey", "key", now)
        session.add(Credential(credential_hash=b"h", user_id=user.user_id, factor_id=factor.factor_id))
        session.add(RecoveryCode(user_id=user.user_id, code_hash=b"c"))
        identities.claim(session, user.user_id, Claims("https://id.example.org", "42", {}), "ada@example.org", now)
        mails.owe(session, "verify_email", "ada@example.org", user.user_id, now)
        exports.ask(session, user, now)
        audit.record(session, "signed_in", user.user_id, address=ADDRESS)


def test_the_password_is_asked_for_and_other_devices_are_signed_out(service, person, db, now):
    ada = person()
    with db.transaction() as session:
        user = session.get_one(User, ada.user_id)
        sessions.open_session(session, user, device="phone", address=ADDRESS, now=now)
    for wrong in ("not the password", None):
        with pytest.raises(WrongCredentials):
            ask(service, ada, wrong)
    view = ask(service, ada)
    assert view["messages"] == "keep"
    with pytest.raises(ErasureAsked):
        ask(service, ada)
    with db.reading() as session:
        assert [each.session_id for each in sessions.list_open(session, ada.user_id, now)] == [ada.session_id]


def test_without_a_password_a_recent_sign_in_is_the_proof(service, person, db, now):
    ada = person()
    with db.transaction() as session:
        session.get_one(User, ada.user_id).password_hash = None
        session.get_one(Session, (ada.user_id, ada.session_id)).created_at = now - timedelta(minutes=11)
    with pytest.raises(RecentSignInRequired):
        ask(service, ada, None)
    with db.transaction() as session:
        session.get_one(Session, (ada.user_id, ada.session_id)).created_at = now
    assert ask(service, ada, None)["due_at"]


def test_within_the_grace_nothing_happens_and_it_can_be_called_off(service, person, db, now):
    ada = person()
    ask(service, ada)
    with db.transaction() as session:
        assert not erasing.erase(session, ada.user_id, now + erasure_grace() - timedelta(minutes=1))
    with working_on(CallContext(token=ada.access_token)):
        for _ in range(2):
            service.cancel_erasure()
        grace_s = round(erasure_grace().total_seconds())
        assert service.get_erasure() == {"asked_at": None, "due_at": None, "messages": None, "grace_s": grace_s}
    assert not erase(db, ada, now)
    with db.reading() as session:
        assert session.get(User, ada.user_id)


def test_who_signs_in_within_the_grace_may_call_it_off(service, person, db, now):
    ada = person()
    ask(service, ada)
    pair = service.login(username="ada", password=PASSWORD, device="phone", address=ADDRESS)
    with working_on(CallContext(token=pair["access_token"])):
        assert pair["user"]["erasure_due_at"] == service.get_erasure()["due_at"]
        service.cancel_erasure()
        assert "erasure_due_at" not in service.get_me()
    assert not erase(db, ada, now)


def test_nothing_of_an_erased_account_is_left(service, person, db, now):
    ada = person()
    full_life(db, ada, now)
    before = traces(db, ada.user_id)
    assert len(before) > 12, before
    ask(service, ada)
    assert erase(db, ada, now)
    assert traces(db, ada.user_id) <= KEPT
    assert traces(db, "ada", "ada.l", "ada@example.org", "Ada", ADDRESS) == set()
    with db.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.user_id == ada.user_id)).all()
        assert [each.action for each in entries] == ["erased"]


def test_everybody_hears_of_it_once(service, person, db, now):
    ada = person()
    ask(service, ada, messages="delete")
    assert [erase(db, ada, now), erase(db, ada, now)] == [True, False]
    with db.reading() as session:
        (row,) = session.scalars(select(Outbox).where(Outbox.name == "account_erased")).all()
    assert b'"messages":"delete"' in bytes(row.body)
    assert ada.user_id.encode() in bytes(row.body)


def test_the_timer_erases_what_is_due(service, person, db, now):
    ada, bob = person(), person("bob")
    ask(service, ada)
    ask(service, bob)
    with db.transaction() as session:
        session.get_one(Erasure, ada.user_id).due_at = now
    service.erase_accounts()
    with db.reading() as session:
        assert session.get(User, ada.user_id) is None
        assert session.get(User, bob.user_id)


def test_tokens_of_an_erased_account_are_worth_nothing(service, person, db, now):
    ada = person()
    ask(service, ada)
    erase(db, ada, now)
    with working_on(CallContext(token=ada.access_token)), pytest.raises(SessionEnded):
        service.get_me()
    with pytest.raises(TokenInvalid):
        service.refresh(refresh_token=ada.refresh_token, device="laptop", address=ADDRESS)
    with pytest.raises(WrongCredentials):
        service.login(username="ada", password=PASSWORD, device="laptop", address=ADDRESS)


def test_nobody_gets_the_names_of_an_erased_account(service, person, db, now):
    ada: Person = person()
    with db.transaction() as session:
        profile.update(session, session.get_one(User, ada.user_id), {"username": "ada.l"}, now)
    ask(service, ada)
    erase(db, ada, now)
    for name in ("ada", "Ada", "ADA.L"):
        with pytest.raises(UsernameTaken):
            person(name)
        with db.reading() as session:
            assert accounts.is_taken(session, name)
    person("ada.m")


def test_the_last_admin_stays_until_there_is_another(service, person, db, now):
    ada, bob = person(roles=["user", "admin"]), person("bob", roles=["user", "admin"])
    ask(service, ada)
    with pytest.raises(LastAdmin) as refused, db.transaction() as session:
        people.get(session, bob.user_id).roles = ["user"]
        session.flush()
        erasing.erase(session, ada.user_id, now + timedelta(days=15))
    assert refused.value.code == "last_admin"
    with db.transaction() as session:
        people.get(session, bob.user_id).roles = ["user", "admin"]
        audit.record(session, "roles_set", bob.user_id, actor_id=ada.user_id)
    assert erase(db, ada, now)
    with pytest.raises(LastAdmin):
        ask(service, bob)
    with db.reading() as session:
        assert session.scalar(select(AuditEntry.actor_id).where(AuditEntry.action == "roles_set")) == NOBODY

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from contracts.auth import AccountDeactivated, SessionEnded, TokenExpired, TokenInvalid, UnknownSession
from svc_auth.actions import people, revocations, sessions
from svc_auth.actions.sessions import Opened, Reused
from svc_auth.models import AuditEntry, Outbox, RefreshToken, Revocation, Session
from svc_auth.policy import GRACE_USES, MAX_SESSIONS, REFRESH_LIFE, SESSION_LIFE

ADDRESS = "203.0.113.9"
LATER = timedelta(minutes=5)


def rotate(db, token, now, device="laptop"):
    with db.transaction() as session:
        return sessions.rotate(session, token, device=device, address=ADDRESS, now=now)


def test_a_refresh_token_is_traded_for_another_of_the_same_session(db, person, now):
    ada = person("ada")
    opened = rotate(db, ada.refresh_token, now)
    assert isinstance(opened, Opened)
    assert opened.session.session_id == ada.session_id
    assert opened.token != ada.refresh_token


def test_only_a_digest_of_a_refresh_token_is_stored(db, person, now):
    ada = person("ada")
    with db.reading() as session:
        row = session.scalars(select(RefreshToken)).one()
    assert len(row.token_hash) == 32
    assert ada.refresh_token.encode() not in bytes(row.token_hash)


def test_a_used_token_kills_its_family(db, person, now):
    ada = person("ada")
    successor = rotate(db, ada.refresh_token, now).token
    assert isinstance(rotate(db, ada.refresh_token, now + LATER), Reused)
    with pytest.raises(SessionEnded):
        rotate(db, successor, now + LATER)


def test_reuse_is_audited_revoked_and_announced(db, person, now):
    ada = person("ada")
    rotate(db, ada.refresh_token, now)
    rotate(db, ada.refresh_token, now + LATER)
    with db.reading() as session:
        assert session.scalars(select(Revocation.session_id)).all() == [ada.session_id]
        assert "refresh_token_reused" in session.scalars(select(AuditEntry.action)).all()
        assert "session_revoked" in session.scalars(select(Outbox.name)).all()


def test_reuse_leaves_the_persons_other_sessions_alone(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        other = sessions.open_session(
            session, people.get(session, ada.user_id), device="phone", address=ADDRESS, now=now
        )
    rotate(db, ada.refresh_token, now)
    rotate(db, ada.refresh_token, now + LATER)
    assert isinstance(rotate(db, other.token, now + LATER, "phone"), Opened)


def test_the_same_device_may_repeat_within_ten_seconds(db, person, now):
    ada = person("ada")
    rotate(db, ada.refresh_token, now)
    again = rotate(db, ada.refresh_token, now + timedelta(seconds=9))
    assert isinstance(again, Opened)
    assert isinstance(rotate(db, again.token, now + LATER), Opened)


def test_the_grace_ends_after_ten_seconds(db, person, now):
    ada = person("ada")
    rotate(db, ada.refresh_token, now)
    assert isinstance(rotate(db, ada.refresh_token, now + timedelta(seconds=11)), Reused)


def test_another_device_has_no_grace(db, person, now):
    ada = person("ada")
    rotate(db, ada.refresh_token, now)
    assert isinstance(rotate(db, ada.refresh_token, now + timedelta(seconds=1), "thief"), Reused)


def test_the_grace_is_not_endless(db, person, now):
    ada = person("ada")
    rotate(db, ada.refresh_token, now)
    for _ in range(GRACE_USES):
        assert isinstance(rotate(db, ada.refresh_token, now), Opened)
    assert isinstance(rotate(db, ada.refresh_token, now), Reused)


@pytest.mark.parametrize(
    "token", ["", ".", "x", "a.b", "0" * 64 + ".secret", "0" * 64, "é" * 64 + ".x", "-" * 64 + ".x"]
)
def test_an_unknown_refresh_token_is_refused(db, now, token):
    with pytest.raises(TokenInvalid):
        rotate(db, token, now)


def test_a_right_prefix_with_another_secret_is_refused(db, person, now):
    prefix = person("ada").refresh_token.partition(".")[0]
    with pytest.raises(TokenInvalid):
        rotate(db, f"{prefix}.{'A' * 43}", now)


def test_a_refresh_token_dies_of_age(db, person, now):
    ada = person("ada")
    with pytest.raises(TokenExpired):
        rotate(db, ada.refresh_token, now + REFRESH_LIFE)


def test_a_session_ends_after_a_year_however_often_it_was_used(db, person, now):
    ada = person("ada")
    token, moment = ada.refresh_token, now
    while moment < now + SESSION_LIFE - REFRESH_LIFE:
        moment += REFRESH_LIFE - LATER
        token = rotate(db, token, moment).token
    with db.reading() as session:
        row = session.scalars(select(Session).where(Session.session_id == ada.session_id)).one()
        assert row.expires_at == row.created_at + SESSION_LIFE
    with pytest.raises(TokenExpired):
        rotate(db, token, row.created_at + SESSION_LIFE)


def test_a_deactivated_persons_session_is_over(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        people.set_deactivated(session, ada.user_id, True, ada.user_id, now)
    with pytest.raises(SessionEnded):
        rotate(db, ada.refresh_token, now)


def test_nobody_signs_in_to_a_deactivated_account(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        user = people.set_deactivated(session, ada.user_id, True, ada.user_id, now)
    with db.transaction() as session, pytest.raises(AccountDeactivated):
        sessions.open_session(session, user, device="", address=ADDRESS, now=now)


def test_an_ended_session_is_not_current(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        sessions.end_one(session, ada.user_id, ada.session_id, "ended", now)
    with db.reading() as session, pytest.raises(SessionEnded):
        sessions.current(session, ada.user_id, ada.session_id)


def test_nobody_ends_another_persons_session(db, person, now):
    ada, bob = person("ada"), person("bob")
    with pytest.raises(UnknownSession), db.transaction() as session:
        sessions.end_one(session, bob.user_id, ada.session_id, "ended", now)


def test_ending_the_others_keeps_this_one(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        user = people.get(session, ada.user_id)
        others = {
            sessions.open_session(session, user, device="d", address=ADDRESS, now=now).session.session_id
            for _ in range(3)
        }
    with db.transaction() as session:
        assert sessions.end_others(session, ada.user_id, ada.session_id, "ended", now) == 3
    with db.reading() as session:
        assert [row.session_id for row in sessions.list_open(session, ada.user_id, now)] == [ada.session_id]
        assert set(session.scalars(select(Revocation.session_id)).all()) == others


def test_ending_all_writes_one_revocation_without_a_session(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        sessions.end_others(session, ada.user_id, None, "password_reset", now)
    with db.reading() as session:
        assert session.scalars(select(Revocation)).one().session_id is None
        assert not sessions.list_open(session, ada.user_id, now)


def test_the_oldest_session_makes_room_for_a_new_one(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        user = people.get(session, ada.user_id)
        for count in range(MAX_SESSIONS):
            moment = now + timedelta(seconds=count + 1)
            sessions.open_session(session, user, device="d", address=ADDRESS, now=moment)
    with db.reading() as session:
        still = [row.session_id for row in sessions.list_open(session, ada.user_id, now)]
    assert len(still) == MAX_SESSIONS
    assert ada.session_id not in still


def test_revocations_are_listed_from_a_little_before_the_asked_moment(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        revocations.revoke(session, ada.user_id, ada.session_id, now)
    with db.reading() as session:
        assert len(revocations.list_since(session, now + timedelta(seconds=10), now)) == 1
        assert not revocations.list_since(session, now + timedelta(seconds=30), now)
        assert len(revocations.list_since(session, None, now + timedelta(minutes=10))) == 1


def test_sweeping_deletes_what_expired_and_nothing_else(db, person, now):
    ada = person("ada")
    with db.transaction() as session:
        sessions.sweep(session, now + timedelta(days=1))
        assert session.get(Session, (ada.user_id, ada.session_id)) is not None
    with db.transaction() as session:
        sessions.sweep(session, now + REFRESH_LIFE + timedelta(days=1))
    with db.reading() as session:
        assert not session.scalars(select(Session)).all()
        assert not session.scalars(select(RefreshToken)).all()


def test_two_refreshes_at_once_never_make_a_token_valid_twice_without_grace(db, person, now):
    from eventlet import GreenPool

    ada = person("ada")
    rotate(db, ada.refresh_token, now)
    outcomes = list(GreenPool().imap(lambda _: _outcome(db, ada.refresh_token, now + LATER), range(4)))
    assert outcomes.count("reused") == 1
    assert outcomes.count("ended") == 3


def _outcome(db, token, now):
    try:
        return "reused" if isinstance(rotate(db, token, now), Reused) else "opened"
    except SessionEnded:
        return "ended"

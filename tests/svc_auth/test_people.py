from __future__ import annotations

import pytest
from sqlalchemy import select

from contracts.auth import LastAdmin, SessionEnded, UnknownUser
from contracts.base import Forbidden, new_id
from plumbing import codec
from svc_auth.actions import audit, people, profile, sessions
from svc_auth.jobs import grant_admin
from svc_auth.models import AuditEntry, NameWord, Outbox


def found(db, query, limit=20):
    with db.reading() as session:
        return [user.username for user in people.search(session, query, limit)]


def test_people_are_found_by_the_beginning_of_a_name(person, db):
    person("ada", display_name="Ada Lovelace")
    person("grace", display_name="Grace Hopper")
    assert found(db, "ad") == ["ada"]
    assert found(db, "love") == ["ada"]
    assert found(db, "ada lo") == ["ada"]
    assert found(db, "velace") == []


def test_accents_and_case_do_not_matter(person, db):
    person("jose", display_name="José Ñandú")
    for query in ("JOSÉ", "jose", "nandu", "ÑAN"):
        assert found(db, query) == ["jose"]


def test_the_exact_username_comes_first(person, db):
    person("ada.a")
    person("ada")
    person("adam")
    assert found(db, "ADA")[0] == "ada"


@pytest.mark.parametrize("query", ["%%", "__", "a%", "\\\\", "a_a", "'; DROP TABLE users --"])
def test_wildcards_mean_themselves(person, db, query):
    person("ada")
    assert found(db, query) == []


def test_a_deactivated_person_is_not_found(person, db, now):
    ada = person("ada")
    with db.transaction() as session:
        people.set_deactivated(session, ada.user_id, True, ada.user_id, now)
    assert found(db, "ada") == []


def test_a_search_is_limited(person, db):
    for count in range(4):
        person(f"ada{count}")
    assert len(found(db, "ada", 3)) == 3


def test_a_former_display_name_finds_nobody(person, db, now):
    ada = person("ada", display_name="Countess")
    with db.transaction() as session:
        profile.update(session, people.get(session, ada.user_id), {"display_name": "Programmer"}, now)
    assert found(db, "countess") == []
    assert found(db, "progr") == ["ada"]


def test_the_search_uses_its_index(db):
    from sqlalchemy import text

    with db.transaction() as session:
        session.execute(
            text("INSERT INTO name_words SELECT gen_random_uuid(), md5(n::text) FROM generate_series(1, 20000) AS n")
        )
        session.execute(text("ANALYZE name_words"))
        plan = session.scalars(text("EXPLAIN SELECT user_id FROM name_words WHERE word LIKE 'adab%'")).all()
    assert any("ix_name_words_word" in line for line in plan)


def test_unknown_ids_are_left_out(person, db):
    ada, bob = person("ada"), person("bob")
    with db.reading() as session:
        rows = people.find(session, [bob.user_id, new_id(), ada.user_id])
        assert [row.username for row in rows] == ["ada", "bob"]
        assert people.find(session, []) == []


def test_an_unknown_person_is_not_found(db):
    with db.reading() as session, pytest.raises(UnknownUser):
        people.get(session, new_id())


def test_changes_are_announced_with_a_growing_version(person, db, now):
    ada = person("ada")
    for name in ("Ada", "Ada L."):
        with db.transaction() as session:
            profile.update(session, people.get(session, ada.user_id), {"display_name": name}, now)
    with db.reading() as session:
        rows = session.scalars(select(Outbox).where(Outbox.name == "user_updated").order_by(Outbox.version)).all()
    assert [(row.version, codec.decode(row.body)["display_name"]) for row in rows] == [(1, "Ada"), (2, "Ada L.")]


def test_only_the_table_makes_an_admin(person, db):
    ada, root = person("ada"), person("root", roles=["user", "admin"])
    with db.reading() as session:
        people.demand_admin(people.get(session, root.user_id))
        with pytest.raises(Forbidden):
            people.demand_admin(people.get(session, ada.user_id))


def test_losing_a_role_signs_out(person, db, now):
    root, bob = person("root", roles=["user", "admin"]), person("bob", roles=["user", "moderator"])
    with db.transaction() as session:
        people.set_roles(session, bob.user_id, ["user"], root.user_id, now)
    with db.reading() as session, pytest.raises(SessionEnded):
        sessions.current(session, bob.user_id, bob.session_id)


def test_gaining_a_role_does_not_sign_out(person, db, now):
    root, bob = person("root", roles=["user", "admin"]), person("bob")
    with db.transaction() as session:
        people.set_roles(session, bob.user_id, ["user", "moderator"], root.user_id, now)
    with db.reading() as session:
        assert sessions.current(session, bob.user_id, bob.session_id)


def test_somebody_has_to_stay_an_admin(person, db, now):
    root = person("root", roles=["user", "admin"])
    with pytest.raises(LastAdmin), db.transaction() as session:
        people.set_roles(session, root.user_id, ["user"], root.user_id, now)
    with pytest.raises(LastAdmin), db.transaction() as session:
        people.set_deactivated(session, root.user_id, True, root.user_id, now)


def test_two_admins_cannot_remove_each_other_at_once(person, db, now):
    from eventlet import GreenPool

    one, two = person("one", roles=["user", "admin"]), person("two", roles=["user", "admin"])

    def demote(pair):
        try:
            with db.transaction() as session:
                people.set_roles(session, pair[0].user_id, ["user"], pair[1].user_id, now)
        except LastAdmin:
            return "refused"
        return "done"

    assert sorted(GreenPool().imap(demote, [(one, two), (two, one)])) == ["done", "refused"]


def test_the_job_makes_an_admin(person, db):
    ada = person("ada")
    grant_admin.run("ADA", db)
    with db.reading() as session:
        people.demand_admin(people.get(session, ada.user_id))
        assert "roles_set" in session.scalars(select(AuditEntry.action)).all()
    with pytest.raises(UnknownUser):
        grant_admin.run("nobody", db)


def test_reactivation_lets_in_again(person, db, now):
    ada = person("ada")
    for deactivated in (True, True, False):
        with db.transaction() as session:
            people.set_deactivated(session, ada.user_id, deactivated, ada.user_id, now)
    with db.transaction() as session:
        user = people.get(session, ada.user_id)
        assert sessions.open_session(session, user, device="", address="203.0.113.9", now=now)


def test_the_audit_is_read_page_by_page_newest_first(person, db):
    ada = person("ada")
    with db.transaction() as session:
        for count in range(5):
            audit.record(session, f"step{count}", ada.user_id)
            session.flush()
    seen, after = [], None
    while True:
        with db.reading() as session:
            rows, after = audit.list_entries(session, 2, after)
        seen += [row.action for row in rows]
        if after is None:
            break
    assert seen == ["step4", "step3", "step2", "step1", "step0", "registered"]


def test_every_word_of_a_name_is_kept_once(person, db):
    person("ada", display_name="Ada Ada")
    with db.reading() as session:
        assert sorted(session.scalars(select(NameWord.word)).all()) == ["ada", "ada ada"]


def test_failed_sign_ins_are_forgotten_after_ninety_days_and_the_rest_kept(person, db, now):
    from datetime import timedelta

    ada = person("ada")
    with db.transaction() as session:
        audit.record(session, "login_failed", ada.user_id)
        session.flush()
        audit.sweep(session, now + timedelta(days=80))
        assert len(session.scalars(select(AuditEntry)).all()) == 2
        audit.sweep(session, now + timedelta(days=91))
    with db.reading() as session:
        assert session.scalars(select(AuditEntry.action)).all() == ["registered"]

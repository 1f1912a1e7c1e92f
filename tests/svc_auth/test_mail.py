from __future__ import annotations

import re
import smtplib
from datetime import timedelta

import pytest
from sqlalchemy import select

from contracts.auth import LinkInvalid
from svc_auth.actions import accounts, links, mail_texts, mails, people, profile
from svc_auth.models import Mail, User, VerifiedEmail
from svc_auth.providers import Letter, SmtpMailer

TOKEN = re.compile(r"#token=(\S+)")


def due(db, now):
    with db.transaction() as session:
        return mails.take_due(session, now)


def token_of(owed):
    return TOKEN.search(owed.letter.text)[1]


def verify(db, token, now):
    with db.transaction() as session:
        return profile.verify_email(session, token, now)


@pytest.fixture
def ada(db, person, now):
    """Ada, whose mailbox is proved."""
    ada = person("ada", email="Ada@example.org")
    verify(db, token_of(due(db, now)[0]), now)
    with db.transaction() as session:
        session.query(Mail).delete()
    return ada


def ask_reset(db, address, now):
    with db.transaction() as session:
        mails.owe(session, "reset_password", address, None, now)
    return due(db, now)


def reset(db, token, now):
    with db.transaction() as session:
        user = profile.find_for_reset(session, token)
        accounts.set_password(session, user, "$new", kept_session_id=None, reason="password_reset", now=now)


def test_a_mailed_link_proves_the_mailbox(db, person, now):
    ada = person("ada", email="Ada@example.org")
    verify(db, token_of(due(db, now)[0]), now)
    with db.reading() as session:
        assert session.get_one(User, ada.user_id).email_verified_at is not None
        assert session.get_one(VerifiedEmail, "ada@example.org").user_id == ada.user_id


def test_a_verification_link_works_once(db, person, now):
    person("ada", email="ada@example.org")
    token = token_of(due(db, now)[0])
    verify(db, token, now)
    with pytest.raises(LinkInvalid):
        verify(db, token, now)


def test_a_verification_link_dies_with_another_address(db, person, now):
    ada = person("ada", email="ada@example.org")
    token = token_of(due(db, now)[0])
    with db.transaction() as session:
        profile.update(session, people.get(session, ada.user_id), {"email": "new@example.org"}, now)
    with pytest.raises(LinkInvalid):
        verify(db, token, now)


def test_the_second_claimant_gets_a_notice_instead_of_a_link(db, ada, person, now):
    person("bob", email="ada@EXAMPLE.org")
    [owed] = due(db, now)
    assert "#token" not in owed.letter.text
    assert "already" in owed.letter.text


def test_who_proves_a_mailbox_first_has_it(db, person, now):
    person("ada", email="x@example.org")
    person("bob", email="x@example.org")
    first, second = (token_of(owed) for owed in due(db, now))
    verify(db, second, now)
    with pytest.raises(LinkInvalid):
        verify(db, first, now)


def test_changing_a_proved_address_tells_the_old_one_and_frees_it(db, ada, now):
    with db.transaction() as session:
        profile.update(session, people.get(session, ada.user_id), {"email": "new@example.org"}, now)
    letters = {owed.letter.to: owed.letter for owed in due(db, now)}
    assert letters.keys() == {"ada@example.org", "new@example.org"}
    assert "no longer uses" in letters["ada@example.org"].text
    with db.reading() as session:
        assert session.get(VerifiedEmail, "ada@example.org") is None
        assert session.get_one(User, ada.user_id).email_verified_at is None


def test_a_reset_link_sets_a_password_once(db, ada, now):
    token = token_of(ask_reset(db, "ada@example.org", now)[0])
    reset(db, token, now)
    with pytest.raises(LinkInvalid):
        reset(db, token, now)


def test_an_unknown_address_is_owed_the_same_row_and_gets_nothing(db, ada, now):
    [owed] = ask_reset(db, "nobody@example.org", now)
    assert owed.letter is None


def test_an_unproved_address_resets_nothing(db, person, now):
    person("bob", email="bob@example.org")
    due(db, now)
    [owed] = ask_reset(db, "bob@example.org", now)
    assert owed.letter is None


def test_a_deactivated_account_gets_no_link_and_takes_none(db, ada, now):
    token = token_of(ask_reset(db, "ada@example.org", now)[0])
    with db.transaction() as session:
        people.set_deactivated(session, ada.user_id, True, ada.user_id, now)
    with pytest.raises(LinkInvalid):
        reset(db, token, now)
    assert ask_reset(db, "ada@example.org", now)[0].letter is None


def test_a_reset_link_dies_with_the_password(db, ada, now):
    token = token_of(ask_reset(db, "ada@example.org", now)[0])
    with db.transaction() as session:
        people.get(session, ada.user_id).password_hash = "$other"
    with pytest.raises(LinkInvalid):
        reset(db, token, now)


def test_a_reset_is_told_by_mail(db, ada, now):
    reset(db, token_of(ask_reset(db, "ada@example.org", now)[0]), now)
    assert "password was changed" in due(db, now)[-1].letter.subject


def test_a_link_for_one_purpose_is_no_use_for_another(db, ada, now):
    token = token_of(ask_reset(db, "ada@example.org", now)[0])
    with pytest.raises(LinkInvalid):
        verify(db, token, now)


@pytest.mark.parametrize("token", ["", "x", "e30.x.y", "é", "." * 50])
def test_a_forged_link_is_refused(db, ada, now, token):
    with pytest.raises(LinkInvalid):
        reset(db, token, now)
    with pytest.raises(LinkInvalid):
        verify(db, token, now)


def test_a_signed_token_dies_of_age():
    token = links.sign("reset password", {"u": "x"})
    assert links.read("reset password", token, 60) == {"u": "x"}
    assert links.read("reset password", token, -1) is None


def test_a_one_use_token_is_spent_once(db, now):
    with db.transaction() as session:
        assert links.spend(session, "t", now, 60)
    with db.transaction() as session:
        assert not links.spend(session, "t", now, 60)
        links.sweep(session, now + timedelta(minutes=2))
        assert links.spend(session, "t", now, 60)


def test_a_mail_taken_is_leased_and_tried_again_later(db, person, now):
    person("ada", email="ada@example.org")
    assert len(due(db, now)) == 1
    assert due(db, now + timedelta(seconds=59)) == []
    assert len(due(db, now + timedelta(seconds=61))) == 1


def test_a_mail_is_given_up_after_eight_tries_and_kept_for_a_week(db, person, now):
    person("ada", email="ada@example.org")
    moment = now
    for _ in range(mails.MAX_ATTEMPTS):
        assert len(due(db, moment)) == 1
        moment += timedelta(hours=2)
    assert due(db, moment) == []
    with db.transaction() as session:
        mails.sweep(session, now + timedelta(days=1))
        assert len(session.scalars(select(Mail)).all()) == 1
        mails.sweep(session, now + timedelta(days=8))
    with db.reading() as session:
        assert session.scalars(select(Mail)).all() == []


def test_a_settled_mail_is_forgotten(db, person, now):
    person("ada", email="ada@example.org")
    [owed] = due(db, now)
    with db.transaction() as session:
        mails.settle(session, owed.key)
    with db.reading() as session:
        assert session.scalars(select(Mail)).all() == []


@pytest.mark.parametrize(("locale", "word"), [("es-MX", "Hola"), ("en", "Hello"), ("fr", "Hello")])
@pytest.mark.parametrize("kind", ["verify_email", "reset_password", "password_changed", "email_changed"])
def test_every_mail_speaks_the_persons_language(kind, locale, word):
    letter = mail_texts.letter(kind, "a@example.org", locale, name="ada", token="t")
    assert letter.text.startswith(word)
    assert ("https://chat.example.org/" in letter.text) == (kind in ("verify_email", "reset_password"))


def test_a_letter_really_travels_over_smtp(mailbox):
    mailbox.empty()
    mailer = SmtpMailer("127.0.0.1", mailbox.port, "Charla <charla@example.org>")
    mailer.send(Letter("ada@example.org", "Pon una contraseña nueva", "¡Hola!\n"))
    [message] = mailbox.wait_for(1)
    assert message["To"] == "ada@example.org"
    assert message["Subject"] == "Pon una contraseña nueva"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().strip() == "¡Hola!"


def test_a_letter_cannot_smuggle_headers_in():
    mailer = SmtpMailer("127.0.0.1", 1, "Charla <charla@example.org>")
    with pytest.raises(ValueError, match="linefeed|newline|header"):
        mailer.send(Letter("a@example.org\nBcc: b@example.org", "s", "t"))


def test_an_absent_server_is_an_oserror():
    assert issubclass(smtplib.SMTPException, OSError)
    with pytest.raises(OSError, match="ECONNREFUSED"):
        SmtpMailer("127.0.0.1", 1, "c@example.org").send(Letter("a@example.org", "s", "t"))

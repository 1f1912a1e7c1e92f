"""Digests by mail: on a real SMTP server, in two languages, with one click to end them."""

from __future__ import annotations

import mailbox
import re
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from urllib.parse import parse_qs, urlsplit

import pytest

from contracts.subscriptions import PreferencesInvalid, UnsubscribeLinkInvalid
from svc_subscriptions import letters, mailing
from svc_subscriptions.actions import collapse, digests
from svc_subscriptions.providers import SmtpMailer
from tests.services import calling
from tests.svc_subscriptions_notifications.outside import until

TOMORROW = datetime.now(UTC) + timedelta(days=1, hours=1)


class Post:
    """An aiosmtpd in a process of its own: eventlet and asyncio do not share one."""

    def __init__(self, folder):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.folder = folder
        command = [sys.executable, "-W", "ignore", "-m", "aiosmtpd", "-n", "-l", f"127.0.0.1:{port}"]
        self.process = subprocess.Popen([*command, "-c", "aiosmtpd.handlers.Mailbox", str(folder)])
        self.mailer = SmtpMailer("127.0.0.1", port)
        until(lambda: self._listens(port), 60)

    @staticmethod
    def _listens(port):
        with socket.socket() as link:
            return link.connect_ex(("127.0.0.1", port)) == 0

    def mails(self):
        """Return all mails in the order in which they came, which the names of their files count (`Q<n>`)."""
        box = mailbox.Maildir(self.folder, create=False)
        keys = sorted(box.iterkeys(), key=lambda key: int(re.search(r"Q(\d+)", key)[1]))
        return [message_from_bytes(box.get_bytes(key), policy=policy.default) for key in keys]

    def clear(self):
        mailbox.Maildir(self.folder, create=False).clear()


@pytest.fixture(scope="module")
def post(tmp_path_factory):
    made = Post(tmp_path_factory.mktemp("mail") / "box")
    yield made
    made.process.terminate()
    made.process.wait()


@pytest.fixture
def mails(post, db):
    """Sends what is due tomorrow, and returns all mails so far."""
    post.clear()

    def send(now=TOMORROW):
        mailing.send_due(db, post.mailer, now)
        return post.mails()

    return send


@pytest.fixture
def subscribe(service):
    def do(user_id, **changes):
        with calling(user_id):
            return service.update_preferences(changes={"email_digest": "daily", **changes})

    return do


def test_a_digest_says_what_is_unread(club, hand, subscribe, mails):
    subscribe(club.follower)
    club.post(text="a secret text")
    club.post()
    (mail,) = mails()
    assert mail["To"] == "ada@example.org"
    assert mail["Subject"] == "What happened on Charla"
    parts = {part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()}
    assert parts.keys() == {"text/plain", "text/html"}
    for part in parts.values():
        assert "Tea: 2 unread" in part
        assert "secret" not in part


def test_it_speaks_spanish(club, service, subscribe, mails, auth):
    auth.locale = "es-MX"
    subscribe(club.follower)
    club.post()
    (mail,) = mails()
    assert mail["Subject"] == "Lo que ha pasado en Charla"
    assert "Tea: 1 sin leer" in mail.get_body(("plain",)).get_content()


def test_html_in_a_title_stays_text(club, subscribe, hand, mails):
    subscribe(club.follower)
    hand.run("UPDATE channels SET title = '<script>alert(1)</script>'")
    club.post()
    (mail,) = mails()
    assert "<script>" not in mail.get_body(("html",)).get_content()


def test_one_click_ends_it(club, service, subscribe, mails, hand):
    subscribe(club.follower)
    club.post()
    (mail,) = mails()
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>")
    assert urlsplit(address).path == "/v1/notifications/unsubscribe"
    (token,) = parse_qs(urlsplit(address).query)["token"]
    assert address in mail.get_body(("plain",)).get_content()
    service.unsubscribe_by_link(token=token)
    service.unsubscribe_by_link(token=token)
    with calling(club.follower):
        assert service.get_preferences()["email_digest"] == "off"
    assert hand.rows("SELECT 1 FROM digests") == []
    for bad in (token[:-2], token + "x", "", "x.y"):
        with pytest.raises(UnsubscribeLinkInvalid):
            service.unsubscribe_by_link(token=bad)


def test_nothing_to_say_is_no_mail(club, subscribe, mails, hand):
    subscribe(club.follower)
    assert mails() == []
    assert hand.rows("SELECT next_at > :now FROM digests", now=TOMORROW) == [(True,)]


def test_it_is_sent_once_a_day(club, subscribe, mails):
    subscribe(club.follower)
    club.post()
    assert len(mails()) == 1
    assert len(mails()) == 1
    assert len(mails(TOMORROW + timedelta(days=1))) == 2


def test_a_weekly_one_comes_on_monday(club, subscribe, hand):
    subscribe(club.follower, email_digest="weekly", time_zone="Europe/Madrid")
    ((due,),) = hand.rows("SELECT next_at AT TIME ZONE 'Europe/Madrid' FROM digests")
    assert (due.weekday(), due.hour, due.minute) == (0, 8, 0)


def test_a_process_that_dies_after_sending_repeats_the_same_message_id(club, subscribe, mails, db, post):
    subscribe(club.follower)
    club.post()
    with db.transaction() as session:
        (claimed,) = digests.claim(session, 5, TOMORROW)
    with db.reading() as session:
        post.mailer.send(letters.digest(claimed, digests.gather(session, claimed)))
    assert len(mails()) == 1, "while the claim holds nobody else sends it"
    with db.transaction() as session:
        session.connection().exec_driver_sql("UPDATE digests SET claimed_until = now() - interval '1 second'")
    first, second = mails()
    assert first["Message-ID"] == second["Message-ID"]
    assert len(mails()) == 2


def test_while_the_mail_server_is_away_it_waits(club, subscribe, db, mails, hand):
    subscribe(club.follower)
    club.post()
    assert mailing.send_due(db, SmtpMailer("127.0.0.1", 1), TOMORROW) == 0
    assert mails() == []
    hand.run("UPDATE digests SET claimed_until = now() - interval '1 second'")
    assert len(mails()) == 1


def test_mentions_are_counted_once(club, hand, subscribe, mails):
    from svc_subscriptions.actions import fanout

    subscribe(club.follower)
    entities = [{"type": "mention", "offset": 0, "length": 1, "user_id": club.follower}]
    made = club.post(entities=entities)
    club.do(fanout.tell_mentioned, club.id, made["id"], [club.follower])
    (mail,) = mails()
    assert "1 mentions of you" in mail.get_body(("plain",)).get_content()
    club.do(collapse.mark_read, club.follower, None, None)
    again = mails(TOMORROW + timedelta(days=1))
    assert "mentions" not in again[-1].get_body(("plain",)).get_content()


def test_a_digest_observer_brings_the_posts_of_its_channel_from_its_cursor(club, service, mails, hand):
    club.post(text="before")
    with calling(club.admin):
        observer = service.attach_observer(channel_id=club.id, kind="digest")
    club.post(text="after")
    (mail,) = mails()
    text = mail.get_body(("plain",)).get_content()
    assert "New in Tea" in text
    assert "after" in text
    assert "before" not in text
    with calling(club.admin):
        (seen,) = service.list_observers(channel_id=club.id)["items"]
    assert (seen["id"], seen["behind"]) == (observer["id"], 0)
    assert len(mails(TOMORROW + timedelta(days=1))) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"quiet_from": "25:00", "quiet_to": "07:00"}, "quiet_from"),
        ({"quiet_from": "22:00"}, "quiet_from"),
        ({"quiet_to": 7}, "quiet_to"),
        ({"push": "yes"}, "push"),
        ({"email_digest": "hourly"}, "email_digest"),
        ({"email": "eve@example.org"}, "email"),
        ({"email": 5}, "email"),
    ],
)
def test_impossible_preferences_are_refused(club, service, changes, field):
    with calling(club.follower), pytest.raises(PreferencesInvalid) as refused:
        service.update_preferences(changes=changes)
    assert refused.value.facts["field"] == field
    with calling(club.follower):
        assert service.get_preferences()["time_zone"] == "UTC"


def test_digests_go_to_a_verified_address_alone(club, service, subscribe, auth):
    auth.email_verified = False
    with pytest.raises(PreferencesInvalid):
        subscribe(club.follower)
    with calling(club.admin), pytest.raises(PreferencesInvalid):
        service.attach_observer(channel_id=club.id, kind="digest")

"""What one does with a message, the other one sees."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.web.accounts import Account
from tests.web.chats import Chat
from tests.web.conftest import MakeClient

Two = tuple[Chat, Chat]


@pytest.fixture
def two(client: MakeClient, ana: Account, ben: Account) -> Two:
    """Ana's screen and Ben's, with one message of hers."""
    room = ana.room_with(ben)
    ana.say(room, "Shall we meet at five?")
    return Chat.open(client(ana), room), Chat.open(client(ben, language="es"), room)


def test_a_reaction_shows_at_the_other_and_is_taken_back(two: Two) -> None:
    hers, his = two
    his.react("Shall we meet at five?", "👍")
    expect(hers.reaction("Shall we meet at five?", "👍")).to_contain_text("1")
    hers.reaction("Shall we meet at five?", "👍").click()
    expect(his.reaction("Shall we meet at five?", "👍")).to_contain_text("2")
    expect(his.reaction("Shall we meet at five?", "👍")).to_have_attribute("aria-pressed", "true")
    his.reaction("Shall we meet at five?", "👍").click()
    hers.reaction("Shall we meet at five?", "👍").click()
    expect(his.reaction("Shall we meet at five?", "👍")).to_have_count(0)


def test_an_edit_changes_it_for_both_and_says_so(two: Two) -> None:
    hers, his = two
    hers.act("Shall we meet at five?", "messages.edit")
    expect(hers.composer).to_have_value("Shall we meet at five?")
    hers.composer.fill("Shall we meet at six?")
    hers.client.button("chat.save_edit").click()
    expect(his.shows("Shall we meet at six?")).to_contain_text(his.client.words("messages.edited"))
    expect(his.message("Shall we meet at five?")).to_have_count(0)
    hers.shows("Shall we meet at six?")
    expect(hers.composer).to_have_value("")


def test_an_answer_quotes_what_it_answers(two: Two) -> None:
    hers, his = two
    his.act("Shall we meet at five?", "messages.reply")
    his.write("Mejor a las seis")
    answer = hers.message("Mejor a las seis")
    expect(answer).to_contain_text(hers.client.words("messages.in_reply_to"))
    expect(answer).to_contain_text("Shall we meet at five?")


def test_a_message_that_was_deleted_for_everyone_is_gone(two: Two) -> None:
    hers, his = two
    hers.act("Shall we meet at five?", "messages.delete")
    hers.client.button("messages.delete.all").click()
    for chat in (hers, his):
        expect(chat.message("Shall we meet at five?")).to_have_count(0)
        expect(chat.message(chat.client.words("chat.deleted"))).to_have_count(1)


def test_a_message_that_was_deleted_for_oneself_stays_for_the_other(two: Two) -> None:
    hers, his = two
    his.act("Shall we meet at five?", "messages.delete")
    his.client.button("messages.delete.me").click()
    expect(his.message("Shall we meet at five?")).to_have_count(0)
    his.page.reload()
    expect(his.composer).to_be_visible()
    expect(his.message("Shall we meet at five?")).to_have_count(0)
    hers.shows("Shall we meet at five?")


def test_a_pinned_message_stands_above_for_both(two: Two) -> None:
    hers, his = two
    hers.act("Shall we meet at five?", "messages.pin")
    pins = his.page.get_by_role("region", name=his.client.words("messages.pins"))
    expect(pins).to_contain_text("Shall we meet at five?")


def test_what_looks_like_markup_stays_text(two: Two) -> None:
    hers, his = two
    text = "<img src=x onerror=alert(1)> & <b>bold</b>"
    hers.write(text)
    expect(his.message("<b>bold</b>")).to_contain_text(text)
    expect(his.page.locator("[role=article] b, [role=article] img[src=x]")).to_have_count(0)


@pytest.mark.parametrize(("typed", "tag", "shown"), [("**early**", "strong", "early"), ("`ls -l`", "code", "ls -l")])
def test_typed_marks_become_formatting(two: Two, typed: str, tag: str, shown: str) -> None:
    hers, his = two
    hers.write(f"Say {typed} now")
    expect(his.message("Say ").locator(tag)).to_have_text(shown)


def test_somebody_who_is_mentioned_is_told(client: MakeClient, person: Callable[[str], Account]) -> None:
    ana, ben = person("Ana"), person("Ben")
    room = ana.room_with(ben, title="Kitchen")
    his = client(ben).open("notifications")
    hers = Chat.open(client(ana), room)
    hers.composer.press_sequentially("Where is the salt, @Be")
    hers.page.get_by_role("option", name="Ben").click()
    hers.client.button("chat.send").click()
    hers.shows("Where is the salt")
    his.sees(his.words.pattern("notifications.mention"))

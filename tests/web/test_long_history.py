"""A hundred thousand messages: only some are in the document. Times are printed and not judged."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.web import frames
from tests.web.chats import Chat
from tests.web.conftest import MakeClient
from tests.web.long_history import group

COUNT = 100_000
#: Rows within the screen and the margins, of the least height.
MOST_ROWS = 120


@pytest.mark.timeout(180)
def test_only_some_of_a_hundred_thousand_messages_are_in_the_document(
    client: MakeClient, url: str, figures: list[str]
) -> None:
    ana, room = group(url, COUNT)
    chat = Chat.open(client(ana), room)
    feed = chat.page.get_by_role("feed")
    chat.shows(f"Message {COUNT}:")
    seen = frames.while_scrolling(
        chat.page, lambda: (frames.wheel(feed, 9_000, 4_500), frames.wheel(feed, -4_500, 4_500))
    )
    far = frames.while_scrolling(chat.page, lambda: frames.drag(feed, 90))
    figures.extend([f"scrolling 100,000 messages: {seen}", f"dragging through them: {far}"])
    assert chat.page.locator("app-message-row").count() < MOST_ROWS
    feed.evaluate("(feed) => { feed.scrollTop = feed.scrollHeight / 2; }")
    expect(chat.page.get_by_role("article").first).to_contain_text("Message ")
    assert chat.page.locator("app-message-row").count() < MOST_ROWS
    chat.client.button("chat.to_end").click()
    chat.shows(f"Message {COUNT}:")
    chat.page.goto(f"{chat.client.origin}/en/c/{room}?at=1")
    chat.shows("Message 1:")

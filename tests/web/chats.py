"""The page of a conversation, as somebody uses it."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.web.client import Client


class Chat:
    """One conversation on somebody's screen."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.page = client.page
        self.composer = client.page.get_by_role("textbox", name=client.words("chat.message"), exact=True)

    @classmethod
    def open(cls, client: Client, room: str) -> Chat:
        """Go to a conversation, and wait until one can write in it."""
        chat = cls(client.open(f"c/{room}"))
        expect(chat.composer).to_be_visible()
        return chat

    def write(self, text: str) -> None:
        """Write a message and send it."""
        self.composer.fill(text)
        self.client.button("chat.send").click()
        expect(self.composer).to_have_value("")

    def type(self, text: str) -> None:
        """Write key by key, and send by Enter."""
        self.composer.press_sequentially(text)
        self.composer.press("Enter")

    def message(self, text: str) -> Locator:
        """Find the message that says this."""
        return self.page.get_by_role("article").filter(has_text=text)

    def shows(self, text: str) -> Locator:
        """Wait until a message stands there, once."""
        expect(self.message(text)).to_have_count(1)
        expect(self.message(text)).to_be_visible()
        return self.message(text)

    def shows_receipt(self, text: str, receipt: str) -> None:
        """Wait until a message of one's own has come so far: `sending`, `sent`, `delivered`, `read`."""
        expect(self.message(text)).to_contain_text(self.client.words(f"chat.receipt.{receipt}"))

    def act(self, text: str, action: str) -> None:
        """Choose something from the menu of a message, such as `messages.edit`."""
        self._open_menu(text)
        self.page.get_by_role("menu").get_by_role("menuitem", name=self.client.words(action), exact=True).click()

    def react(self, text: str, emoji: str) -> None:
        """React with one of those that the menu offers at once."""
        self._open_menu(text)
        self.page.get_by_role("menuitem", name=emoji, exact=True).click()

    def _open_menu(self, text: str) -> None:
        message = self.shows(text)
        message.get_by_text(text).last.hover()
        self.client.button("messages.actions", message).click()

    def reaction(self, text: str, emoji: str) -> Locator:
        """Find a reaction below a message."""
        reactions = self.message(text).get_by_role("list", name=self.client.words("messages.reactions"))
        return reactions.get_by_role("button").filter(has_text=emoji)

    def texts(self) -> list[str]:
        """Return all that stands in the window, in its order."""
        return [re.sub(r"\s+", " ", each).strip() for each in self.page.get_by_role("article").all_inner_texts()]


class ChatList:
    """The list of conversations on somebody's screen."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def row(self, name: str) -> Locator:
        """Find a conversation by what it is called."""
        return self.client.page.get_by_role("listitem").filter(has=self.client.page.get_by_role("link", name=name))

    def shows(self, name: str, text: str) -> Locator:
        """Wait until a conversation stands there with this as its last message."""
        expect(self.row(name)).to_contain_text(text)
        return self.row(name)

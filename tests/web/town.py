"""A small town with something on every screen, made once for all tests that only look."""

from __future__ import annotations

from dataclasses import dataclass

from tests.web.accounts import Account


@dataclass(frozen=True)
class Town:
    """Who lives there, and what they wrote."""

    ana: Account
    ben: Account
    group: str
    direct: str

    @classmethod
    def build(cls, url: str) -> Town:
        """Make people, conversations and channels."""
        ana, ben = Account.register(url, "Ana"), Account.register(url, "Ben")
        group = ana.room_with(ben, title="Sunday walk")
        ben.say(group, "The weather will be fine on Sunday. Shall we go up to the chapel?")
        ana.say(group, "Yes! I bring bread and cheese.")
        direct = ana.room_with(ben)
        ben.say(direct, "Have you still got my map?")
        return cls(ana, ben, group, direct)

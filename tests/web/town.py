"""A small town with something on every screen, made once for all tests that only look."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from tests.web import advertising, money
from tests.web.accounts import Account

_WALK = (
    ("ben", "The weather will be fine on Sunday. Shall we go up to the chapel?"),
    ("ana", "Yes! I bring bread and cheese 🧀"),
    ("clara", "I can take three people in my car. We meet at the fountain at nine."),
    ("ben", "Perfect. Who else is coming?"),
    ("ana", "Diego, if his knee allows it."),
    ("clara", "Then we take the short way, past the mill."),
)


@dataclass(frozen=True)
class Town:
    """Who lives there, and what they wrote. Ana's screens are looked at; she may moderate."""

    ana: Account
    ben: Account
    group: str
    direct: str
    channel: str
    campaign: str

    @classmethod
    def build(cls, url: str) -> Town:
        """Make people, conversations and channels."""
        people = {name: Account.register(url, name.title()) for name in ("ana", "ben", "clara", "diego")}
        ana, ben, clara, diego = people.values()
        group = ana.room_with(ben, clara, diego, title="Sunday walk")
        for name, text in _WALK:
            people[name].say(group, text)
        _talk_of_a_picture(ana, ben, group)
        direct = ana.room_with(ben)
        ana.say(direct, "The map is on its way to you.")
        ben.say(direct, "Thank you! I look at it tonight.")
        clara.say(clara.room_with(ana), "Can you sing on Thursday? Pedro is ill.")
        advert = diego.say(group, "Cheap mattresses! Only today!")
        ben.report(group, advert, "He sends this every day.")
        ana.become_admin()
        channel = _channel(ana, ben, clara)
        _money(ana, ben, clara, channel, direct)
        return cls(ana, ben, group, direct, channel, advertising.draft(ana, "The village bakery"))


def _talk_of_a_picture(ana: Account, ben: Account, group: str) -> None:
    """Send a picture and a poll, and react and answer."""
    poll = {"question": "Which way back?", "options": ["By the river", "Over the hill", "By bus"]}
    asked = ana.say(group, "", poll=poll)
    sent = ben.say(group, "This is the view", media_ids=[ben.upload(landscape(), "view.jpg", "image/jpeg")])
    assert ana.ask("PUT", f"/messages/{sent}/reactions/😍").status_code == 200
    ana.say(group, "How beautiful!", reply_to=sent)
    assert ana.ask("PUT", f"/messages/{asked}/pin").status_code == 200


def _channel(ana: Account, ben: Account, clara: Account) -> str:
    channel = ana.channel("Village news")
    for each in (ben, clara):
        each.follow(channel)
    ana.publish(channel, "The bakery opens at seven from Monday on.")
    post = ana.publish(
        channel, "Concert in the church on Saturday at eight. Everybody is welcome, and it costs nothing."
    )
    assert ben.ask("PUT", f"/posts/{post}/reactions/🎉").status_code == 200
    return channel


def _money(ana: Account, ben: Account, clara: Account, channel: str, direct: str) -> None:
    """Sell what only subscribers read, and let some money move."""
    plan = money.sell(ana, channel, "Friends of the village", 300)
    ana.publish(channel, "Who won the raffle: number 27!", paid=True, teaser="Who won the raffle?")
    coupon = {"code": "HARVEST", "percent": 50, "max_uses": 100}
    assert ana.ask("POST", f"/channels/{channel}/coupons", coupon).status_code == 201
    money.subscribe_by_api(ben, plan)
    money.tip_by_api(clara, channel, 500)
    money.pay_in_chat_by_api(ana, ben, direct, 1250, "For the bread and the cheese")
    money.ask_by_api(ben, ana, direct, 840, "The bus")


def landscape() -> bytes:
    """Paint hills before an evening sky; return them as a JPEG."""
    size = (1200, 800)
    sky = Image.linear_gradient("L").resize(size)
    picture = ImageOps.colorize(sky, black="#3d5a80", mid="#ee9b6a", white="#ffe5b4")
    draw = ImageDraw.Draw(picture)
    for height, colour in ((430, "#5b6f8f"), (540, "#41597a"), (650, "#22384f")):
        hills = [(x, height + 60 * math.sin(x / 170 + height) + 25 * math.sin(x / 61)) for x in range(0, 1210, 10)]
        draw.polygon([(0, 800), *hills, (1200, 800)], fill=colour)
    draw.ellipse((820, 250, 920, 350), fill="#fff3d6")
    kept = io.BytesIO()
    picture.save(kept, "JPEG", quality=88)
    return kept.getvalue()

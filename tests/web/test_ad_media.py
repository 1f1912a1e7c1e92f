"""Ads that carry a picture or a film, and the second ad of a visit."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect
from redis import Redis

from stack.running import load
from tests.e2e.uploading import film, holiday_picture
from tests.web.accounts import Account
from tests.web.advertising import LINK, Campaign, ad_of, channel_about, done, draft, served, top_up, until
from tests.web.client import PHONE
from tests.web.conftest import MakeClient
from tests.web.test_media import READY_MS, plays

MakePerson = Callable[[str], Account]

pytestmark = pytest.mark.timeout(240)


@pytest.mark.parametrize("kind", ["picture", "video"])
def test_an_ad_carries(
    client: MakeClient, person: MakePerson, ana: Account, ben: Account, brand: str, moderator: Account,
    tmp_path: Path, kind: str,
) -> None:  # fmt: skip
    channel, topic = channel_about(ana, "Coast")
    campaign = Campaign(ben, draft(ben, brand, topic))
    top_up(ben)
    his = client(ben, language="es").open(f"advertising/{campaign.id}")
    his.button("ads.creative.new").click()
    his.page.get_by_role("radio", name=his.words(f"ads.kind.{kind}")).check(force=True)
    his.field("ads.creative.title").fill("Bread by the sea")
    his.field("ads.creative.url").fill(LINK)
    his.button("ads.save").click()
    his.sees(his.words("ads.creative.media.missing"))
    path = tmp_path / {"picture": "sea.jpg", "video": "sea.mp4"}[kind]
    (holiday_picture if kind == "picture" else film)(path)
    his.page.get_by_label(his.words("ads.creative.file")).set_input_files(path)
    his.button("ads.save").click()
    card = his.page.locator("li.card").filter(has_text="Bread by the sea")
    expect(card).to_contain_text(his.words("ads.review.pending"), timeout=READY_MS)  # when the file is prepared
    expect(card.locator(".media-picture")).to_be_visible()
    (made,) = (each for each in campaign.view()["creatives"] if each["kind"] == kind)
    done(moderator, "POST", f"/campaigns/{campaign.id}/creatives/{made['id']}/review", {"review": "approved"})
    done(ben, "POST", f"/campaigns/{campaign.id}/start")
    served(person, channel, brand)

    reader = client(person("Eve"), size=PHONE).open(f"channels/{channel}")
    ad = ad_of(reader, brand)
    expect(ad).to_contain_text("Bread by the sea")
    expect(ad.locator(".media-picture")).to_be_visible(timeout=READY_MS)
    if kind == "video":
        ad.get_by_role("button", name=reader.words("media.kind.video")).first.click()
        plays(reader.page.get_by_role("dialog").locator("video"))


def test_the_next_ad_comes_so_many_posts_further(
    client: MakeClient, person: MakePerson, ana: Account, ben: Account, brand: str, moderator: Account
) -> None:
    channel, topic = channel_about(ana, "Archive", posts=40)
    Campaign.running(ben, moderator, topic, brand)
    served(person, channel, brand)
    eve = person("Eve")
    hers = client(eve, size=PHONE).open(f"channels/{channel}")
    ad_of(hers, brand)
    ads = hers.page.get_by_role("article", name=hers.words.pattern("ads.label"))
    let_two_minutes_pass(eve)
    hers.page.mouse.move(PHONE[0] / 2, PHONE[1] / 2)
    until(lambda: hers.page.mouse.wheel(0, -700) or hers.page.wait_for_timeout(200) or ads.count() >= 2)
    articles = hers.page.get_by_role("article").evaluate_all(
        "(all, brand) => all.map((each) => each.textContent.includes(brand))", brand
    )
    first, second = (at for at, is_ad in enumerate(articles) if is_ad)
    assert second - first > 8


def let_two_minutes_pass(reader: Account) -> None:
    """Let it be so long since a reader's last ad that another one may come."""
    redis = Redis.from_url(load(os.environ.get("CHARLA_RUN_DIR")).env("ads")["REDIS_URL"])
    assert redis.hdel(f"ads:seen:{reader.id}", "at") == 1

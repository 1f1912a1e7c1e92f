"""Advertising: made, reviewed, allowed, shown, billed once, explained, hidden and reported."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.web.accessibility import breaches
from tests.web.accounts import Account
from tests.web.advertising import LINK, Campaign, act, ad_of, channel_about, deed, served, until
from tests.web.client import PHONE
from tests.web.conftest import MakeClient
from tests.web.money import GOOD, HostedPage, Sheet

MakePerson = Callable[[str], Account]


def test_an_ad_from_the_first_word_to_the_report(
    client: MakeClient, person: MakePerson, ana: Account, ben: Account, brand: str, moderator: Account
) -> None:
    channel, topic = channel_about(ana, "Village", enabled=False)
    his = client(ben)
    his.complaints.expect("403 GET /v1/advertiser")  # he is none yet
    his.complaints.expect(r"409 POST /v1/campaigns/\S+/start")  # nothing is approved yet
    his.open("advertising")
    his.link("ads.begin").click()
    his.field("ads.account.name").fill(brand)
    his.button("ads.save").click()
    his.is_at("advertising/new")
    his.button("ads.top_up").click()
    Sheet(his).amount("30").submit().click()
    HostedPage(his).type(GOOD)
    his.is_at("advertising/new")
    his.sees("€30.00")

    his.field("ads.campaign.title").fill("Autumn")
    his.field("ads.campaign.budget").fill("20")
    his.field("ads.campaign.bid").fill("90")
    his.field("ads.target.topics").fill(topic)
    his.button("ads.campaign.make").click()
    his.button("ads.creative.new").click()
    his.field("ads.creative.title").fill("Bread of the day")
    his.field("ads.creative.body").fill("Baked at four in the morning.")
    his.field("ads.creative.url").fill(LINK)
    his.button("ads.save").click()
    his.sees(his.words("ads.review.pending"))
    his.button("ads.do.start").click()
    his.sees(his.words("ads.refusal.not_ready"))

    mods = client(moderator, language="es").open("moderation/ads")
    waiting = mods.page.locator("li.card").filter(has_text=brand)
    more = mods.button("moderation.more")
    until(lambda: waiting.count() or (more.is_visible() and more.click()))  # the oldest come first
    deed(mods, waiting, "ads.approve").click()
    expect(waiting).to_have_count(0)
    his.page.reload()
    his.sees(his.words("ads.review.approved"))
    his.button("ads.do.start").click()
    his.sees(his.words("ads.status.active"))
    hers = client(ana, language="es", size=PHONE).open(f"channels/{channel}/advertising")
    hers.page.get_by_role("checkbox").first.check()
    until(lambda: ana.get(f"/channels/{channel}/ads")["enabled"])
    served(person, channel, brand)

    (campaign,) = (Campaign(ben, each["id"]) for each in ben.get("/campaigns")["items"])
    before = campaign.view()["views"]
    reader = client(person("Eve"), language="es", size=PHONE)
    reader.context.route("https://bakery.example/**", lambda route: route.fulfill(body="bread"))
    reader.open(f"channels/{channel}")
    ad = ad_of(reader, brand)
    expect(ad).to_contain_text(reader.words("ads.ad"))
    until(lambda: campaign.view()["views"] == before + 1)
    assert breaches(reader) == []
    with reader.page.expect_popup() as opened:
        ad.get_by_role("link", name="Bread of the day").click()
    assert opened.value.url == LINK
    until(lambda: campaign.view()["clicks"] == 1)
    assert campaign.view()["views"] == before + 1

    his.open(f"advertising/{campaign.id}/report")
    expect(his.heading("ads.report.channels")).to_be_visible()
    with his.page.expect_download() as saved:
        his.button("ads.report.csv").click()
    assert saved.value.path().read_text().count("\n") > 1
    assert breaches(his) == []


def test_a_reader_decides_about_ads(
    client: MakeClient, person: MakePerson, ana: Account, ben: Account, brand: str, moderator: Account
) -> None:
    channel, topic = channel_about(ana, "Harbour")
    Campaign.running(ben, moderator, topic, brand)
    served(person, channel, brand)
    eve = person("Eve")
    hers = client(eve, theme="dark").open(f"channels/{channel}")
    ad = ad_of(hers, brand)
    yes, no = (hers.button(f"ads.consent.{each}", ad) for each in ("yes", "no"))
    assert yes.bounding_box()["height"] == no.bounding_box()["height"]  # type: ignore[index]
    assert eve.get("/users/me/ads")["asked"] is False
    yes.click()
    expect(yes).to_have_count(0)
    assert eve.get("/users/me/ads")["consent"] == "personal"

    act(hers, ad, "ads.why")
    dialog = hers.page.get_by_role("dialog").filter(visible=True)
    expect(dialog).to_contain_text(topic)
    expect(dialog).to_contain_text("€0.0")
    assert breaches(hers) == []
    dialog.get_by_text(hers.words("ads.close"), exact=True).click()
    act(hers, ad, "ads.hide")
    hers.sees(hers.words("ads.hidden"))
    expect(hers.page.get_by_text("Bread of the day")).to_have_count(0)

    hers.open("settings/advertising")
    hers.field("ads.settings.interests").fill("bread")
    hers.button("ads.topics.add").click()
    expect(hers.page.get_by_role("button", name="bread")).to_be_visible()
    hers.page.get_by_role("radio", name=hers.words("ads.consent.no")).check()
    until(lambda: eve.get("/users/me/ads")["consent"] == "contextual")
    assert [each["advertiser"] for each in eve.get("/users/me/ads")["hidden"]] == [brand]
    assert breaches(hers) == []
    deed(hers, hers.page.locator(".ad-hidden"), "ads.settings.unhide").click()
    hers.sees(hers.words("ads.settings.hidden.none"))
    assert eve.get("/users/me/ads")["hidden"] == []


def test_a_reported_ad_is_taken_away(
    client: MakeClient, person: MakePerson, ana: Account, ben: Account, brand: str, moderator: Account
) -> None:
    channel, topic = channel_about(ana, "Market")
    campaign = Campaign.running(ben, moderator, topic, brand)
    served(person, channel, brand)
    hers = client(person("Eve")).open(f"channels/{channel}")
    ad = ad_of(hers, brand)
    act(hers, ad, "ads.report")
    dialog = hers.page.get_by_role("dialog").filter(visible=True)
    expect(hers.button("ads.report", dialog)).to_be_disabled()
    dialog.get_by_role("radio", name=hers.words("ads.reason.scam")).check()
    hers.field("ads.report.note", dialog).fill("There is no such bakery")
    hers.button("ads.report", dialog).click()
    hers.sees(hers.words("ads.hidden"))

    mods = client(moderator, language="es").open("moderation/reported-ads")
    reported = mods.page.locator("li.card").filter(has_text=brand)
    expect(reported).to_contain_text("There is no such bakery")
    assert breaches(mods) == []
    deed(mods, reported, "ads.suspend").click()
    expect(deed(mods, reported, "ads.let_go_on")).to_be_visible()
    until(lambda: campaign.view()["problem"] == "suspended")


def test_there_is_no_ad_in_a_private_channel(client: MakeClient, ana: Account) -> None:
    answer = ana.ask("POST", "/channels", {"title": "Family", "visibility": "private"})
    channel = answer.json()["id"]
    ana.publish(channel, "Dinner at eight")
    hers = client(ana)
    asked: list[str] = []
    hers.page.on("request", lambda request: asked.append(request.url))
    hers.open(f"channels/{channel}").sees("Dinner at eight")
    with hers.page.expect_request(lambda request: request.url.endswith("/read")):
        pass  # its posts count as seen: an ad would have been asked for by now
    assert [each for each in asked if "/ad?" in each] == []

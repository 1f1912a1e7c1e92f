"""Pictures, films and voices: sent by one, seen and heard by the other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.people import eventually
from tests.e2e.uploading import film, holiday_picture
from tests.web.accounts import Account
from tests.web.chats import Chat
from tests.web.client import Client
from tests.web.conftest import MakeClient
from tests.web.test_signing_in import sign_out

#: Two cores prepare pictures and films beside everything else.
READY_MS = 90_000
#: What a request for a part of a file (Range) is answered with.
PARTIAL = 206

pytestmark = pytest.mark.timeout(240)


def attach(chat: Chat, path: Path) -> None:
    chat.page.get_by_label(chat.client.words("media.attach_files")).set_input_files(path)
    expect(chat.page.get_by_role("list", name=chat.client.words("media.attached"))).to_contain_text(path.name)


def plays(media: Locator) -> None:
    """Wait until it has played for a while."""
    media.evaluate(
        """(media) => new Promise((done, fail) => {
          media.addEventListener('error', () => fail(new Error(`it does not play: ${media.error?.message}`)));
          media.addEventListener('timeupdate', () => media.currentTime > 0.4 && media.readyState >= 2 && done());
          media.addEventListener('ended', () => done());
          if (media.currentTime > 0.4) done();
          void media.play();
        })"""
    )


def test_a_picture_is_sent_and_looked_at(client: MakeClient, ana: Account, ben: Account, tmp_path: Path) -> None:
    room = ana.room_with(ben)
    hers, his = Chat.open(client(ana), room), Chat.open(client(ben, language="es"), room)
    holiday_picture(tmp_path / "sea.jpg")
    attach(hers, tmp_path / "sea.jpg")
    hers.write("Look at the sea")
    hers.shows("Look at the sea")
    picture = his.message("Look at the sea").locator("img.media-picture")
    expect(picture).to_be_visible(timeout=READY_MS)
    assert picture.evaluate("(img) => img.decode().then(() => img.naturalWidth)") > 100
    his.message("Look at the sea").get_by_role("button", name=his.client.words("media.kind.picture")).first.click()
    viewer = his.page.get_by_role("dialog")
    expect(viewer.locator("img").last).to_be_visible()
    his.page.keyboard.press("Escape")
    expect(viewer).not_to_be_visible()


def test_a_film_is_sent_and_plays_from_the_middle(
    client: MakeClient, ana: Account, ben: Account, tmp_path: Path
) -> None:
    room = ana.room_with(ben)
    hers, his = Chat.open(client(ana, language="es"), room), Chat.open(client(ben), room)
    answers: list[int] = []
    his.page.on("response", lambda answer: answers.append(answer.status) if "/media/" in answer.url else None)
    film(tmp_path / "waves.mp4", seconds=4.0)
    attach(hers, tmp_path / "waves.mp4")
    hers.write("Olas")
    opener = his.message("Olas").get_by_role("button", name=his.client.words("media.kind.video")).first
    expect(opener).to_be_enabled(timeout=READY_MS)
    opener.click()
    video = his.page.get_by_role("dialog").locator("video")
    expect(video).to_be_visible()
    plays(video)
    video.evaluate("(video) => { video.currentTime = 3; }")
    video.evaluate("(video) => new Promise((done) => video.seeking ? video.addEventListener('seeked', done) : done())")
    assert video.evaluate("(video) => video.currentTime") >= 3
    assert PARTIAL in answers, answers


def test_a_voice_message_is_recorded_and_heard(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    hers, his = Chat.open(client(ana), room), Chat.open(client(ben), room)
    hers.client.button("media.voice.record").click()
    recording = hers.page.get_by_role("group", name=hers.client.words("media.kind.voice"))
    expect(recording.get_by_role("timer")).to_contain_text(re.compile("0:0[2-9]"))
    hers.client.button("media.voice.send", recording).click()
    play = his.page.get_by_role("article").get_by_role("button", name=his.client.words("media.play"), exact=True)
    expect(play).to_be_enabled(timeout=READY_MS)
    play.click()
    expect(play).to_have_attribute("aria-pressed", "true")
    plays(his.page.get_by_role("article").locator("audio"))


def _comes_from_the_cache(browser: Client, url: str) -> bool:
    """Have the page read something, and tell where the browser took it from."""
    devtools, heard = browser.cdp(), list[bool]()

    def hear(event: dict[str, Any]) -> None:
        if event["response"]["url"] == url:
            heard.append(event["response"]["fromDiskCache"])

    devtools.on("Network.responseReceived", hear)
    devtools.send("Network.enable")
    browser.page.evaluate("(url) => fetch(url).then((answer) => answer.arrayBuffer()).then(() => null)", url)
    assert eventually(lambda: bool(browser.page.title() and heard))
    devtools.detach()
    return heard[0]


def test_files_that_were_read_leave_the_browser_with_their_person(client: MakeClient, ana: Account) -> None:
    media = ana.upload(b"hers alone" * 100, "diary.bin", "application/octet-stream")
    assert eventually(lambda: ana.get(f"/media/{media}")["state"] == "ready", READY_MS / 1000)
    url = ana.ask("POST", f"/media/{media}/link").json()["url"]
    browser = client(ana).open("c")
    assert [_comes_from_the_cache(browser, url) for _ in range(2)] == [False, True]
    with browser.page.expect_response("**/media/forget") as told:
        sign_out(browser)
    assert told.value.status == 204
    assert not _comes_from_the_cache(browser, url)

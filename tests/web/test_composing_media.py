"""What one pastes, drops or says into the composer, and how a picture is enlarged."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.uploading import holiday_picture
from tests.web.accounts import Account
from tests.web.chats import Chat
from tests.web.client import PHONE
from tests.web.conftest import MakeClient
from tests.web.test_media import READY_MS
from tests.web.town import landscape

pytestmark = pytest.mark.timeout(240)

# Hands files over as the browser does when they are pasted or dropped; returns whether the page took them.
_HAND_OVER = """(target, { type, files, text }) => {
  const data = new DataTransfer();
  for (const { name, mime, base64 } of files) {
    data.items.add(new File([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))], name, { type: mime }));
  }
  if (text) data.setData('text/plain', text);
  const init = { bubbles: true, cancelable: true };
  const event = type === 'paste' ? new ClipboardEvent(type, { ...init, clipboardData: data })
    : new DragEvent(type, { ...init, dataTransfer: data });
  return !target.dispatchEvent(event);
}"""
_COPY_PICTURE = """async (base64) => {
  const bytes = Uint8Array.from(atob(base64), (each) => each.charCodeAt(0));
  const picture = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
  const canvas = new OffscreenCanvas(64, 48);
  canvas.getContext('2d').drawImage(picture, 0, 0, 64, 48);
  const copied = await canvas.convertToBlob({ type: 'image/png' });
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': copied })]);
}"""


def hand_over(target: Locator, how: str, *files: tuple[str, str, bytes], text: str = "") -> bool:
    listed = [{"name": name, "mime": mime, "base64": base64.b64encode(of).decode()} for name, mime, of in files]
    return bool(target.evaluate(_HAND_OVER, {"type": how, "files": listed, "text": text}))


def attached(chat: Chat) -> Locator:
    return chat.page.get_by_role("list", name=chat.client.words("media.attached"))


@pytest.fixture
def chat(client: MakeClient, ana: Account, ben: Account) -> Chat:
    return Chat.open(client(ana, language="es"), ana.room_with(ben))


def test_a_copied_picture_is_pasted_and_sent(chat: Chat) -> None:
    chat.page.evaluate(_COPY_PICTURE, base64.b64encode(landscape()).decode())
    chat.composer.focus()
    chat.page.keyboard.press("Control+V")
    expect(attached(chat).get_by_role("listitem")).to_have_count(1)
    chat.write("Del portapapeles")
    expect(chat.message("Del portapapeles").locator("img.media-picture")).to_be_visible(timeout=READY_MS)


def test_files_are_pasted_and_text_with_a_picture_of_itself_is_not(chat: Chat) -> None:
    assert hand_over(chat.composer, "paste", ("notes.txt", "text/plain", b"Buy bread"))
    expect(attached(chat)).to_contain_text("notes.txt")
    assert not hand_over(chat.composer, "paste", ("cells.png", "image/png", b"picture"), text="A1 B1")
    expect(attached(chat).get_by_role("listitem")).to_have_count(1)
    chat.write("Lista")
    expect(chat.message("Lista")).to_contain_text("notes.txt")


def test_files_are_dropped_anywhere_in_the_conversation(chat: Chat) -> None:
    zone = chat.page.locator("app-drop-zone")
    feed = chat.page.get_by_role("feed")
    files = [("one.txt", "text/plain", b"1"), ("two.txt", "text/plain", b"2")]
    assert hand_over(feed, "dragenter", *files)
    expect(zone).to_have_class(re.compile("is-over"))
    hand_over(feed, "dragleave", *files)
    expect(zone).not_to_have_class(re.compile("is-over"))
    hand_over(feed, "dragenter", *files)
    assert hand_over(feed, "dragover", *files)
    assert hand_over(feed, "drop", *files)
    expect(zone).not_to_have_class(re.compile("is-over"))
    expect(attached(chat)).to_contain_text("one.txt")
    chat.write("Dos")
    for name, _, _ in files:
        expect(chat.message("Dos")).to_contain_text(name)


def test_a_voice_message_is_said_while_the_button_is_held(chat: Chat) -> None:
    words, mouse = chat.client.words, chat.page.mouse
    recording = chat.page.get_by_role("group", name=words("media.kind.voice"))
    hold(chat)
    expect(recording.get_by_role("timer")).to_contain_text(re.compile("0:0[1-9]"))
    expect(recording).to_contain_text(words("media.voice.hint"))
    mouse.move(10, 400, steps=5)  # aside: it is dropped
    expect(recording).to_have_count(0)
    mouse.up()
    hold(chat)
    expect(recording.get_by_role("timer")).to_contain_text(re.compile("0:0[1-9]"))
    mouse.up()
    expect(recording).to_have_count(0)
    play = chat.page.get_by_role("article").get_by_role("button", name=words("media.play"), exact=True)
    expect(play).to_be_enabled(timeout=READY_MS)
    expect(chat.page.get_by_role("article")).to_have_count(1)


def test_a_held_voice_message_is_locked_by_sliding_up(chat: Chat) -> None:
    recording = chat.page.get_by_role("group", name=chat.client.words("media.kind.voice"))
    x, y = hold(chat)
    expect(recording).to_be_visible()
    chat.page.mouse.move(x, y - 100, steps=5)
    chat.page.mouse.up()
    pause = chat.client.button("media.voice.pause", recording)
    pause.click()
    expect(pause).to_have_attribute("aria-pressed", "true")
    chat.client.button("media.voice.drop", recording).click()
    expect(recording).to_have_count(0)


def hold(chat: Chat) -> tuple[float, float]:
    """Press the microphone, and keep it pressed; return where."""
    box = chat.client.button("media.voice.record").bounding_box()
    assert box
    place = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    chat.page.mouse.move(*place)
    chat.page.mouse.down()
    return place


def test_a_picture_is_enlarged_by_fingers_and_keys(
    client: MakeClient, ana: Account, ben: Account, tmp_path: Path
) -> None:
    room = ana.room_with(ben)
    holiday_picture(tmp_path / "sea.jpg")
    pictures = [ben.upload(each, name, "image/jpeg") for each, name in
                (((tmp_path / "sea.jpg").read_bytes(), "sea.jpg"), (landscape(), "hills.jpg"))]  # fmt: skip
    ben.say(room, "Two views", media_ids=pictures)
    chat = Chat.open(client(ana, size=PHONE), room)
    tiles = chat.message("Two views").get_by_role("button", name=chat.client.words("media.kind.picture"))
    expect(tiles).to_have_count(2)
    expect(chat.message("Two views").locator("img.media-picture")).to_have_count(2, timeout=READY_MS)
    tiles.first.click()
    viewer = chat.page.get_by_role("dialog")
    expect(viewer.locator("img").last).to_be_visible()
    pinch(chat, apart=True)
    enlarged = scaled(viewer, lambda scale: scale > 1.5)
    pinch(chat, apart=False)
    scaled(viewer, lambda scale: scale < enlarged)
    keys = chat.page.keyboard
    keys.press("0")
    scaled(viewer, lambda scale: scale == 1)
    keys.press("+")
    scaled(viewer, lambda scale: scale > 1)
    place = viewer.get_by_text(re.compile("^1 of 2$"))
    expect(place).to_be_visible()
    keys.press("ArrowRight")
    expect(viewer.get_by_text(re.compile("^2 of 2$"))).to_be_visible()
    scaled(viewer, lambda scale: scale == 1)
    keys.press("ArrowLeft")
    expect(place).to_be_visible()
    keys.press("Escape")
    expect(viewer).to_have_count(0)
    expect(tiles.first).to_be_focused()


def pinch(chat: Chat, *, apart: bool) -> None:
    """Put two fingers on the screen and move them."""
    cdp, (x, y) = chat.client.cdp(), (PHONE[0] / 2, PHONE[1] / 2)
    ways: Any = [40, 60, 80, 100, 120]
    for number, way in enumerate(ways if apart else reversed(ways)):
        points = [{"x": x - way, "y": y, "id": 0}, {"x": x + way, "y": y, "id": 1}]
        cdp.send("Input.dispatchTouchEvent", {"type": "touchMove" if number else "touchStart", "touchPoints": points})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    cdp.detach()


def scaled(viewer: Locator, wanted: Callable[[float], bool], seconds: float = 10) -> float:
    """Wait until the picture is enlarged as `wanted`; return how much it is then."""
    style = "(dialog) => [...dialog.querySelectorAll('*')].map((each) => each.style.transform).find((each) => each)"
    until = time.monotonic() + seconds
    while True:
        found = re.search(r"scale\(([\d.]+)\)", str(viewer.evaluate(style)))
        scale = float(found[1]) if found else 1.0
        if wanted(scale):
            return scale
        assert time.monotonic() < until, f"it is enlarged {scale} times"
        viewer.page.wait_for_timeout(50)

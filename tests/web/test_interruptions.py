"""Networks that fail: nothing is lost, and nothing is sent twice."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.e2e.people import eventually
from tests.web.accounts import Account
from tests.web.chats import Chat, ChatList
from tests.web.conftest import MakeClient

_SENDING = re.compile(r"/v1/conversations/[^/]+/messages$")
_NO_NETWORK = "ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED|ERR_CONNECTION|WebSocket"


def test_what_is_written_offline_is_sent_once_when_the_network_is_back(
    client: MakeClient, ana: Account, ben: Account
) -> None:
    room = ana.room_with(ben)
    hers, his = Chat.open(client(ana, language="es"), room), Chat.open(client(ben), room)
    hers.client.complaints.expect(_NO_NETWORK)
    hers.client.context.set_offline(True)
    hers.write("Uno")
    hers.write("Dos")
    hers.shows_receipt("Uno", "sending")
    hers.shows_receipt("Dos", "sending")
    ben.say(room, "Written meanwhile")
    his.shows("Written meanwhile")
    hers.client.context.set_offline(False)
    his.shows("Uno")
    his.shows("Dos")
    hers.shows("Written meanwhile")
    hers.shows_receipt("Dos", "read")
    expect(hers.message("Uno")).to_have_count(1)
    assert ana.texts(room) == ["Written meanwhile", "Uno", "Dos"]


def test_a_reload_keeps_what_was_not_sent_and_it_is_sent_once(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    hers = Chat.open(client(ana), room)
    hers.client.complaints.expect("ERR_CONNECTION_REFUSED")
    hers.page.route(_SENDING, lambda route: route.abort("connectionrefused") if is_send(route) else route.fallback())
    hers.write("Do not lose me")
    hers.shows_receipt("Do not lose me", "sending")
    hers.page.reload()
    hers.shows_receipt("Do not lose me", "sending")
    assert ana.texts(room) == []
    hers.page.unroute_all()
    hers.page.reload()
    hers.shows_receipt("Do not lose me", "sent")
    hers.shows("Do not lose me")
    assert ana.texts(room) == ["Do not lose me"]


def test_an_answer_that_was_lost_does_not_send_twice(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    hers, lost = Chat.open(client(ana), room), []
    hers.client.complaints.expect("ERR_CONNECTION_RESET")

    def lose_the_first_answer(route: Route) -> None:
        if not is_send(route) or lost:
            return route.fallback()
        lost.append(route.fetch().status)
        return route.abort("connectionreset")

    hers.page.route(_SENDING, lose_the_first_answer)
    hers.write("Once is enough")
    hers.shows_receipt("Once is enough", "sent")
    hers.shows("Once is enough")
    # The frame may be there before the answer is lost; asking the page lets the handler go on.
    eventually(lambda: hers.page.title() and lost == [201])
    assert ana.texts(room) == ["Once is enough"]


def test_without_websockets_the_long_poll_brings_everything(client: MakeClient, ana: Account, ben: Account) -> None:
    room = ana.room_with(ben)
    browser = client(ana)
    polls: list[str] = []
    browser.page.on("request", lambda request: polls.append(request.url) if request.url.endswith("/v1/poll") else None)
    browser.page.route_web_socket(re.compile("/v1/ws$"), lambda socket: socket.close())
    hers, his = Chat.open(browser, room), Chat.open(client(ben), room)
    eventually(lambda: browser.page.title() and polls)
    his.write("Do you get this?")
    hers.shows("Do you get this?")
    hers.write("Yes, by asking")
    his.shows("Yes, by asking")
    his.write("Good")
    hers.shows("Good")


def test_what_was_said_while_the_page_was_closed_is_there_when_it_opens(
    client: MakeClient, ana: Account, ben: Account
) -> None:
    room = ana.room_with(ben, title="Harvest")
    browser = client(ana)
    Chat.open(browser, room)
    browser.page.goto("about:blank")
    for number in range(1, 31):
        ben.say(room, f"Basket {number:02}")
    ChatList(browser.open("c")).shows("Harvest", "Basket 30")
    chat = Chat.open(browser, room)
    chat.shows("Basket 01")
    browser.sees(browser.words("chat.unread_line"))
    browser.page.get_by_role("button", name=browser.words("chat.to_end")).click()
    chat.shows("Basket 30")


def is_send(route: Route) -> bool:
    return route.request.method == "POST"

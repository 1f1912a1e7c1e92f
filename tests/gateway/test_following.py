"""What a socket follows while svc_subscriptions is away, without a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import gevent
import pytest

from contracts.base import Invalid, ServiceError, Unauthenticated, Unavailable
from gateway_flask import channel_source, following, live
from gateway_flask.channel_source import ChannelSource
from gateway_flask.following import LateFollowers
from gateway_flask.frames import RESYNC, Frame


class Redis:
    """Follows nothing, and confirms it."""

    def follow(self, channels: list[str]) -> None: ...

    def unfollow(self, channels: list[str]) -> None: ...

    def wait(self, channels: list[str], timeout_s: float) -> bool:
        return True


class Socket:
    """A socket without a network."""

    def __init__(self, name: str) -> None:
        self.user_id = self.token = name
        self.channels: dict[str, float] = {}
        self.frames: list[Frame] = []

    def push(self, frame: Frame) -> None:
        self.frames.append(frame)


class Service:
    """svc_subscriptions, as it answers the calls of each person."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []

    def __call__(self, service: str, method: str, arguments: Any, *, token: str, timeout_s: float) -> Any:
        self.asked.append(token)
        answer = self.answers.get(token, Unavailable())
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    """A service that is away until somebody has an answer."""
    found = Service()
    source = ChannelSource()
    monkeypatch.setattr(channel_source, "rpc_call", found)
    monkeypatch.setattr(following, "channel_source", source)
    monkeypatch.setattr(following, "_AGAIN_S", 0.001)
    monkeypatch.setattr(live, "Subscriber", lambda *_: Redis())
    hub = live.Hub()
    monkeypatch.setattr(following, "hub", lambda: hub)
    return found


@pytest.fixture
def late(service: Service) -> LateFollowers:
    """Nobody waits yet."""
    return LateFollowers()


def until(fact: Callable[[], bool]) -> None:
    with gevent.Timeout(60):
        while not fact():
            gevent.sleep(0.001)


@pytest.fixture(autouse=True)
def nothing_left(late: LateFollowers) -> Iterator[None]:
    """End the greenlet that asks again."""
    yield
    late._waiting.clear()
    until(lambda: not late._running)


def test_who_is_answered_follows_at_once_and_without_a_resync(service: Service, late: LateFollowers) -> None:
    service.answers["ana"] = ["c"]
    socket = Socket("ana")
    late.follow(socket)
    assert (set(socket.channels), socket.frames) == ({"chan:c"}, [])


def test_who_is_not_answered_follows_later_and_hears_resync(service: Service, late: LateFollowers) -> None:
    socket = Socket("ana")
    late.follow(socket)
    until(lambda: len(service.asked) > 2)
    assert (set(socket.channels), socket.frames) == (set(), [])
    service.answers["ana"] = ["c"]
    until(lambda: bool(socket.frames))
    assert (set(socket.channels), socket.frames) == ({"chan:c"}, [RESYNC])


def test_only_the_first_waits_for_a_service_that_is_away(service: Service, late: LateFollowers) -> None:
    for name in ("ana", "ben", "eve"):
        late.follow(Socket(name))
    assert service.asked == ["ana"]


def test_one_who_cannot_be_answered_holds_up_nobody(service: Service, late: LateFollowers) -> None:
    stuck, lucky = Socket("ana"), Socket("ben")
    late.follow(stuck)
    late.follow(lucky)
    service.answers.update(ana=ServiceError(), ben=["c"])
    until(lambda: bool(lucky.frames))
    assert (stuck.frames, set(lucky.channels)) == ([], {"chan:c"})


def test_a_token_that_grew_old_ends_in_a_resync(service: Service, late: LateFollowers) -> None:
    """The client then says `auth` with a new ticket."""
    socket = Socket("ana")
    late.follow(socket)
    service.answers["ana"] = Unauthenticated(code="token_expired")
    until(lambda: bool(socket.frames))
    assert (set(socket.channels), socket.frames) == (set(), [RESYNC])


def test_a_socket_that_ended_is_let_in_nowhere(service: Service, late: LateFollowers) -> None:
    socket = Socket("ana")
    late.follow(socket)
    late.forget(socket)
    service.answers["ana"] = ["c"]
    until(lambda: not late._running)
    assert (set(socket.channels), socket.frames) == (set(), [])


def test_a_refusal_is_no_absence(service: Service) -> None:
    source = ChannelSource()
    service.answers["ana"] = Invalid()
    with pytest.raises(Invalid):
        source.ask("sync_channels", "ana", heads={})
    service.answers["ana"] = {"items": []}
    assert source.ask("sync_channels", "ana", heads={}) == {"items": []}

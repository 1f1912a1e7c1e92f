"""How advertising looks at the door, whatever svc_ads does."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contracts.base import Invalid, ServiceError, Unavailable
from contracts.subscriptions import UnknownChannel
from gateway_flask.app import create_flask
from gateway_flask.openapi import document
from gateway_flask.operation import Call
from gateway_flask.reply import Reply
from gateway_flask.routes import ads
from gateway_flask.routes.ads_fields import SpanQuery

_CHANNEL = "01985f3e-0000-7000-8000-000000000001"


class _Asked(Call):
    """A call whose service answers what a test says."""

    __slots__ = ("answer", "asked")

    def __init__(self, answer: Any, accepted: str = "", language: str | None = None) -> None:
        super().__init__({"HTTP_ACCEPT_LANGUAGE": accepted})
        self.query = ads.AdQuery(at_seq=7, language=language)
        self.answer, self.asked = answer, {}

    def ask(self, service: str, method: str, /, **arguments: Any) -> Any:
        self.asked = arguments
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _choose(call: Call) -> Any:
    return ads.choose_ad.operation.handler(call, _CHANNEL)  # type: ignore[attr-defined]


@pytest.mark.parametrize("answer", [None, Unavailable(), Unavailable(code="deadline_exceeded"), ServiceError()])
def test_where_there_is_no_ad_nothing_fails(answer: Any) -> None:
    reply = _choose(_Asked(answer))
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (204, b"")


def test_an_unknown_channel_stays_unknown() -> None:
    with pytest.raises(UnknownChannel):
        _choose(_Asked(UnknownChannel()))


@pytest.mark.parametrize(
    ("accepted", "language", "expected"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", None, "es"),
        ("ES", None, "es"),
        ("de-DE", "en", "en"),
        ("", None, "en"),
        ("*", None, "en"),
        ("haw-US,haw", None, "en"),
        ("../etc", None, "en"),
    ],
)
def test_the_language_is_that_of_the_interface(accepted: str, language: str | None, expected: str) -> None:
    call = _Asked({"id": "1"}, accepted, language)
    assert _choose(call) == {"id": "1"}
    assert call.asked == {"channel_id": _CHANNEL, "at_seq": 7, "language": expected}


def test_a_span_is_that_of_the_last_days_unless_told() -> None:
    assert SpanQuery(since=date(2026, 1, 1), until=date(2026, 1, 1)).days() == {
        "since": "2026-01-01",
        "until": "2026-01-01",
    }
    assert SpanQuery(until=date(2026, 1, 30)).days() == {"since": "2026-01-01", "until": "2026-01-30"}
    assert SpanQuery(until=date.min).days() == {"since": "0001-01-01", "until": "0001-01-01"}


@pytest.mark.parametrize(("since", "until"), [((2026, 1, 2), (2026, 1, 1)), ((2025, 1, 1), (2026, 1, 2))])
def test_a_span_has_an_order_and_an_end(since: tuple[int, int, int], until: tuple[int, int, int]) -> None:
    with pytest.raises(Invalid):
        SpanQuery(since=date(*since), until=date(*until)).days()


def test_the_answer_without_an_ad_has_no_body_in_the_document() -> None:
    found = document(create_flask())["paths"]["/v1/channels/{channel_id}/ad"]["get"]["responses"]["204"]
    assert "content" not in found

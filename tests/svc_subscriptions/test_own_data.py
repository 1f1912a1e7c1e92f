"""What svc_subscriptions hands svc_auth for somebody's copy of their data, and to nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.base import ServiceError, new_id
from plumbing.context import CallContext, working_on
from svc_subscriptions.actions import own_data
from svc_subscriptions.service import SubscriptionsService
from tests.services import calling, calling_as_service, service_token
from tests.svc_subscriptions.channels import Club


def everything(service: SubscriptionsService, person: str, section: str) -> list[Any]:
    items: list[Any] = []
    after = None
    with calling_as_service("auth"):
        while True:
            page = service.list_own_data(user_id=person, section=section, after=after)
            items += page["items"]
            after = page["next"]
            if after is None:
                return items


def test_people_and_other_services_do_not_ask(service: SubscriptionsService) -> None:
    for token in (None, service_token("gateway"), service_token("media")):
        with working_on(CallContext(token=token)), pytest.raises(ServiceError) as refused:
            service.list_own_data(user_id=new_id(), section="posts")
        assert refused.value.kind in ("unauthenticated", "forbidden")
    with calling(new_id(), "admin"), pytest.raises(ServiceError) as refused:
        service.list_own_data(user_id=new_id(), section="posts")
    assert refused.value.kind == "forbidden"


@pytest.mark.parametrize("page", [1, 2, 500])
def test_all_of_ones_posts_and_channels_are_there(
    service: SubscriptionsService, club: Club, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    monkeypatch.setattr(own_data, "PAGE", page)
    for number in range(5):
        club.post(club.author, f"{number}")
        club.post(club.owner, "not theirs")
    assert [each["text"] for each in everything(service, club.author, "posts")] == ["0", "1", "2", "3", "4"]
    (followed,) = everything(service, club.author, "channels")
    assert (followed["title"], followed["role"]) == ("Tea", "author")


@pytest.mark.parametrize("section", own_data.SECTIONS)
def test_every_section_answers_a_stranger_with_nothing(service: SubscriptionsService, club: Club, section: str) -> None:
    assert everything(service, club.stranger, section) == []

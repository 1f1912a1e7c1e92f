"""Which posts somebody may read, as svc_media asks: and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from contracts.base import ServiceError, new_id
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from svc_subscriptions.actions import following, posts
from svc_subscriptions.models import Outbox
from svc_subscriptions.service import SubscriptionsService
from tests.services import FakePush, calling, calling_as_service, service_token
from tests.svc_subscriptions.channels import make_club


def readable(service: SubscriptionsService, user_id: str, *post_ids: str) -> list[str]:
    with calling_as_service("media"):
        return service.find_readable_posts(user_id=user_id, post_ids=list(post_ids))


def test_public_posts_are_read_by_all_and_private_ones_by_followers(
    service: SubscriptionsService, db: Transactions, push: FakePush
) -> None:
    public, private = make_club(db, push), make_club(db, push, visibility="private")
    open_post, hidden_post = public.post()["id"], private.post()["id"]
    asked = (open_post, hidden_post, new_id())
    assert readable(service, private.stranger, *asked) == [open_post]
    assert set(readable(service, private.follower, *asked)) == {open_post, hidden_post}
    private.do(following.unsubscribe, private.id, private.follower)
    assert readable(service, private.follower, *asked) == [open_post]


def test_deleted_posts_are_not_read(service: SubscriptionsService, db: Transactions, push: FakePush) -> None:
    club = make_club(db, push)
    gone, kept = club.post()["id"], club.post()["id"]
    club.do(posts.delete_post, gone, club.owner)
    assert readable(service, club.follower, gone, kept) == [kept]


def test_people_and_other_services_do_not_ask(service: SubscriptionsService) -> None:
    for token in (None, service_token("gateway"), service_token("messaging")):
        with working_on(CallContext(token=token)), pytest.raises(ServiceError) as caught:
            service.find_readable_posts(user_id=new_id(), post_ids=[])
        assert caught.value.kind in ("unauthenticated", "forbidden")
    with calling(new_id(), "admin"), pytest.raises(ServiceError) as caught:
        service.find_readable_posts(user_id=new_id(), post_ids=[])
    assert caught.value.kind == "forbidden"


def test_only_what_carries_media_says_so(db: Transactions, push: FakePush) -> None:
    club = make_club(db, push)
    made = [club.post()["id"], club.post(media_ids=[new_id()])["id"]]
    for post_id in made:
        club.do(posts.delete_post, post_id, club.owner)
    with db.reading() as session:
        topics = list(session.scalars(select(Outbox.name).order_by(Outbox.version)))
    found = [each for each in topics if each.startswith("post_")]
    assert found == ["post_published", "post_published.media", "post_deleted", "post_deleted.media"]

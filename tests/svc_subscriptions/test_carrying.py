"""Which posts and channels somebody may read, as svc_media asks: and nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from contracts.base import ServiceError, new_id
from plumbing import codec
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from svc_subscriptions.actions import channels, following, posts
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


def test_public_channels_are_known_to_all_and_private_ones_to_followers(
    service: SubscriptionsService, db: Transactions, push: FakePush
) -> None:
    public, private, gone = make_club(db, push), make_club(db, push, visibility="private"), make_club(db, push)
    gone.do(channels.delete_channel, gone.id, gone.owner)
    asked = [public.id, private.id, gone.id, new_id()]
    with calling_as_service("media"):
        assert service.find_readable_channels(user_id=private.stranger, channel_ids=asked) == [public.id]
        known = service.find_readable_channels(user_id=private.follower, channel_ids=asked)
        assert set(known) == {public.id, private.id}


def test_owners_of_channels_are_told_to_payments_alone(
    service: SubscriptionsService, db: Transactions, push: FakePush
) -> None:
    private, gone = make_club(db, push, visibility="private"), make_club(db, push)
    gone.do(channels.delete_channel, gone.id, gone.owner)
    with calling_as_service("payments"):
        found = service.find_channel_owners(channel_ids=[private.id, gone.id, new_id()])
    assert found == [{"channel_id": private.id, "owner_id": private.owner}]
    with calling(private.owner, "admin"), pytest.raises(ServiceError):
        service.find_channel_owners(channel_ids=[private.id])
    with calling_as_service("media"), pytest.raises(ServiceError):
        service.find_channel_owners(channel_ids=[private.id])


def pictures(db: Transactions) -> list[tuple[int, str | None]]:
    with db.reading() as session:
        rows = session.scalars(select(Outbox).where(Outbox.name == "channel_picture_changed").order_by(Outbox.version))
        return [(body["seq"], body["media_id"]) for body in (codec.decode(each.body) for each in rows)]


def test_each_change_of_a_channels_picture_is_told_in_order(db: Transactions, push: FakePush) -> None:
    club, first, second = make_club(db, push), new_id(), new_id()
    for picture in (first, first, second, None, second):
        club.do(channels.update_channel, club.id, club.admin, {"picture": picture})
    club.do(channels.delete_channel, club.id, club.owner)
    told = pictures(db)
    assert [media_id for _, media_id in told] == [first, second, None, second, None]
    assert sorted({seq for seq, _ in told}) == [seq for seq, _ in told]


@pytest.mark.parametrize(
    "ask",
    [
        lambda service: service.find_readable_posts(user_id=new_id(), post_ids=[]),
        lambda service: service.find_readable_channels(user_id=new_id(), channel_ids=[]),
    ],
)
def test_people_and_other_services_do_not_ask(
    service: SubscriptionsService, ask: Callable[[SubscriptionsService], list[str]]
) -> None:
    for token in (None, service_token("gateway"), service_token("messaging")):
        with working_on(CallContext(token=token)), pytest.raises(ServiceError) as caught:
            ask(service)
        assert caught.value.kind in ("unauthenticated", "forbidden")
    with calling(new_id(), "admin"), pytest.raises(ServiceError) as caught:
        ask(service)
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

"""Every RPC of channels, following, posts and the log, asked by everybody: no cell is left out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.base import NotFound, ServiceError, Unauthenticated, new_id
from contracts.subscriptions import ChannelLastOwner, ChannelRoleTooLow, PostView
from contracts.subscriptions import SubscriptionsService as Promise
from plumbing.context import CallContext, working_on
from plumbing.own_data import OwnData
from svc_subscriptions.actions import inviting, team
from svc_subscriptions.doors.advertising import Advertising
from svc_subscriptions.doors.carrying import Carrying
from svc_subscriptions.doors.channels import Channels
from svc_subscriptions.doors.comments import Comments
from svc_subscriptions.doors.following import Following
from svc_subscriptions.doors.invites import Invites
from svc_subscriptions.doors.log import Log
from svc_subscriptions.doors.posts import Posts
from svc_subscriptions.doors.selling import Selling
from svc_subscriptions.service import SubscriptionsService
from tests.services import calling, calling_as_service, service_token
from tests.svc_subscriptions.channels import Club, in_an_hour, invite

DOORS = (Channels, Following, Invites, Posts, Comments, Log, Carrying, Selling, Advertising, OwnData)
ROLES = ("stranger", "removed", "follower", "author", "admin", "owner")


@dataclass
class Scene:
    """A channel with everything in it that a call may be about."""

    club: Club
    post: PostView
    waiting: str
    code: str
    invite_id: str
    other: str
    asking: str
    removed: str


def make_scene(club: Club) -> Scene:
    club.do(team.set_role, club.id, club.owner, club.follower, "author")
    club.do(team.set_role, club.id, club.owner, club.follower, "follower")
    other, asking, removed = new_id(), new_id(), new_id()
    for person in (other, removed):
        club.do(inviting.accept_invite, person, invite(club))
    club.do(inviting.accept_invite, asking, invite(club, needs_approval=True))
    club.do(team.remove_follower, club.id, club.owner, removed)
    code = invite(club, needs_approval=True)
    made = club.look(inviting.list_invites, club.id, club.owner)[0]
    waiting = club.publish(publish_at=in_an_hour()).scheduled
    assert waiting is not None
    post = club.post(text="hello", comments=True)
    return Scene(club, post, waiting.id, code, made.id, other, asking, removed)


Call = Callable[[SubscriptionsService, Scene], Any]

#: Name, call, and the outcome for follower, author, admin and owner, and for strangers of a public channel.
#: ok; low: 403; none: 404; last: the last owner stays.
CALLS: list[tuple[str, Call, str, str]] = [
    ("get_channel", lambda s, c: s.get_channel(channel_id=c.club.id), "ok ok ok ok", "ok"),
    (
        "update_channel",
        lambda s, c: s.update_channel(channel_id=c.club.id, changes={"title": "x"}),
        "low low ok ok",
        "low",
    ),
    ("delete_channel", lambda s, c: s.delete_channel(channel_id=c.club.id), "low low low ok", "low"),
    ("get_channel_stats", lambda s, c: s.get_channel_stats(channel_id=c.club.id), "low ok ok ok", "low"),
    ("subscribe", lambda s, c: s.subscribe(channel_id=c.club.id), "ok ok ok ok", "ok"),
    ("list_followers", lambda s, c: s.list_followers(channel_id=c.club.id), "low ok ok ok", "low"),
    (
        "set_channel_role",
        lambda s, c: s.set_channel_role(channel_id=c.club.id, user_id=c.other, role="author"),
        "low low ok ok",
        "low",
    ),
    (
        "remove_follower",
        lambda s, c: s.remove_follower(channel_id=c.club.id, user_id=c.other),
        "low low ok ok",
        "low",
    ),
    ("create_invite", lambda s, c: s.create_invite(channel_id=c.club.id), "low low ok ok", "low"),
    ("list_invites", lambda s, c: s.list_invites(channel_id=c.club.id), "low low ok ok", "low"),
    (
        "revoke_invite",
        lambda s, c: s.revoke_invite(channel_id=c.club.id, invite_id=c.invite_id),
        "low low ok ok",
        "low",
    ),
    ("list_join_requests", lambda s, c: s.list_join_requests(channel_id=c.club.id), "low low ok ok", "low"),
    (
        "answer_join_request",
        lambda s, c: s.answer_join_request(channel_id=c.club.id, user_id=c.asking, accept=True),
        "low low ok ok",
        "low",
    ),
    (
        "publish_post",
        lambda s, c: s.publish_post(channel_id=c.club.id, client_post_id="a", text="x"),
        "low ok ok ok",
        "low",
    ),
    ("get_post", lambda s, c: s.get_post(post_id=c.post["id"]), "ok ok ok ok", "ok"),
    ("list_posts", lambda s, c: s.list_posts(channel_id=c.club.id), "ok ok ok ok", "ok"),
    ("edit_post", lambda s, c: s.edit_post(post_id=c.post["id"], text="y"), "low ok low low", "low"),
    ("delete_post", lambda s, c: s.delete_post(post_id=c.post["id"]), "low ok ok ok", "low"),
    ("pin_post", lambda s, c: s.pin_post(post_id=c.post["id"], pinned=True), "low low ok ok", "low"),
    ("list_scheduled_posts", lambda s, c: s.list_scheduled_posts(channel_id=c.club.id), "low ok ok ok", "low"),
    ("cancel_scheduled_post", lambda s, c: s.cancel_scheduled_post(post_id=c.waiting), "none ok ok ok", "none"),
    (
        "add_post_reaction",
        lambda s, c: s.add_post_reaction(post_id=c.post["id"], emoji="👍"),
        "ok ok ok ok",
        "low",
    ),
    (
        "remove_post_reaction",
        lambda s, c: s.remove_post_reaction(post_id=c.post["id"], emoji="👍"),
        "ok ok ok ok",
        "low",
    ),
    ("join_comments", lambda s, c: s.join_comments(post_id=c.post["id"]), "ok ok ok ok", "low"),
    (
        "mark_channel_read",
        lambda s, c: s.mark_channel_read(channel_id=c.club.id, up_to_seq=1),
        "ok ok ok ok",
        "none",
    ),
    ("list_log", lambda s, c: s.list_log(channel_id=c.club.id, after_seq=0), "ok ok ok ok", "ok"),
    ("unsubscribe", lambda s, c: s.unsubscribe(channel_id=c.club.id), "ok ok ok last", "ok"),
]
#: These answer everybody who is signed in with what is theirs, or have a test of their own below.
OWN = {
    "create_channel": lambda s: s.create_channel(title="x", visibility="public"),
    "search_channels": lambda s: s.search_channels(),
    "list_my_channels": lambda s: s.list_my_channels(),
    "sync_channels": lambda s: s.sync_channels(heads={}),
    "list_my_channel_ids": lambda s: s.list_my_channel_ids(),
}
APART = {
    "set_verified",
    "find_channel_by_handle",
    "accept_invite",
    "list_channel_access_removed",
    "find_readable_posts",  # test_carrying.py
    "find_readable_channels",  # test_carrying.py
    "find_channel_owners",  # test_carrying.py
    "list_public_channels",  # test_advertising.py
    "list_followed_topics",
    "list_own_data",  # test_own_data.py
}


def outcome_of(work: Callable[[], Any]) -> str:
    try:
        work()
    except ChannelRoleTooLow:
        return "low"
    except NotFound:
        return "none"
    except ChannelLastOwner:
        return "last"
    return "ok"


def expected(role: str, team_outcomes: str, outsider: str, *, private: bool, name: str) -> str:
    if role in ("stranger", "removed"):
        hidden = "ok" if name == "unsubscribe" else "none"  # leaving what one is not in changes nothing
        return hidden if private else outsider
    return team_outcomes.split()[ROLES.index(role) - 2]


def person_of(scene: Scene, role: str) -> str:
    return scene.removed if role == "removed" else str(getattr(scene.club, role))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "call", "of_team", "outsider"), CALLS, ids=[row[0] for row in CALLS])
@pytest.mark.parametrize("private", [False, True], ids=["public", "private"])
def test_each_role_may_do_what_it_may(
    service: SubscriptionsService,
    request: pytest.FixtureRequest,
    name: str,
    call: Call,
    of_team: str,
    outsider: str,
    role: str,
    private: bool,
) -> None:
    scene = make_scene(request.getfixturevalue("secret" if private else "club"))
    with calling(person_of(scene, role)):
        found = outcome_of(lambda: call(service, scene))
    assert found == expected(role, of_team, outsider, private=private, name=name)


def test_a_platforms_admin_has_no_way_into_a_private_channel(service: SubscriptionsService, secret: Club) -> None:
    scene = make_scene(secret)
    for name, call, of_team, outsider in CALLS:
        with calling(secret.stranger, "user", "admin"):
            assert outcome_of(lambda: call(service, scene)) == expected(  # noqa: B023
                "stranger", of_team, outsider, private=True, name=name
            )


def test_nobody_and_other_services_are_refused_everywhere(service: SubscriptionsService, club: Club) -> None:
    scene = make_scene(club)
    calls: list[Callable[[], Any]] = [lambda call=call: call(service, scene) for _, call, _, _ in CALLS]
    calls += [lambda call=call: call(service) for call in OWN.values()]
    calls += [
        lambda: service.set_verified(channel_id=club.id, verified=True),
        lambda: service.find_channel_by_handle(handle="abc"),
        lambda: service.accept_invite(code=scene.code),
    ]
    for token in (None, "no token", service_token("gateway"), service_token("messaging")):
        for call in calls:
            with working_on(CallContext(token=token)), pytest.raises(ServiceError) as caught:
                call()
            assert caught.value.kind == Unauthenticated.kind


def test_everybody_signed_in_has_their_own(service: SubscriptionsService, club: Club) -> None:
    for call in OWN.values():
        with calling(new_id()):
            call(service)


def test_the_mark_is_the_platforms(service: SubscriptionsService, secret: Club) -> None:
    for person in (secret.owner, secret.admin, secret.stranger):
        with calling(person), pytest.raises(ServiceError) as caught:
            service.set_verified(channel_id=secret.id, verified=True)
        assert caught.value.kind == "forbidden"
    with calling(new_id(), "admin"):
        assert service.set_verified(channel_id=secret.id, verified=True)["verified"]
        assert not service.set_verified(channel_id=secret.id, verified=False)["verified"]
        with pytest.raises(NotFound):
            service.set_verified(channel_id=new_id(), verified=True)
    assert secret.types() == ["channel.updated", "channel.updated"]


def test_a_private_channels_handle_leads_its_followers_alone(service: SubscriptionsService, secret: Club) -> None:
    with calling(secret.owner):
        service.update_channel(channel_id=secret.id, changes={"handle": "hidden"})
        assert service.find_channel_by_handle(handle="HIDDEN")["id"] == secret.id
    with calling(secret.stranger), pytest.raises(NotFound):
        service.find_channel_by_handle(handle="hidden")


def test_an_invitation_is_for_whoever_has_it(service: SubscriptionsService, secret: Club) -> None:
    with calling(secret.admin):
        made = service.create_invite(channel_id=secret.id)
        assert made["url"].endswith(f"/join/{made['code']}")
        assert "code" not in service.list_invites(channel_id=secret.id)["items"][0]
    with calling(secret.stranger):
        assert service.accept_invite(code=made["code"])["channel"]["id"] == secret.id


def test_removed_access_is_for_the_gateway_alone(service: SubscriptionsService, club: Club) -> None:
    scene = make_scene(club)
    for person in (club.owner, club.stranger):
        with calling(person, "admin"), pytest.raises(ServiceError) as caught:
            service.list_channel_access_removed(since="2026-01-01T00:00:00Z")
        assert caught.value.kind == "forbidden"
    with calling_as_service("messaging"), pytest.raises(ServiceError):
        service.list_channel_access_removed(since="2026-01-01T00:00:00Z")
    with calling_as_service("gateway"):
        (removed,) = service.list_channel_access_removed(since="2026-01-01T00:00:00Z")
    assert removed["user_id"] == scene.removed


def test_no_call_is_left_out() -> None:
    offered = {
        name
        for door in DOORS
        for name, method in vars(door).items()
        if inspect.isfunction(method) and hasattr(method, "nameko_entrypoints")
    }
    assert offered == {name for name, *_ in CALLS} | OWN.keys() | APART


def test_what_is_offered_is_what_was_promised() -> None:
    for door in DOORS:
        for name, method in vars(door).items():
            if inspect.isfunction(method) and hasattr(method, "nameko_entrypoints"):
                promised = inspect.signature(getattr(Promise, name)).parameters
                kept = inspect.signature(method).parameters
                assert {key: each.default for key, each in kept.items()} == {
                    key: each.default for key, each in promised.items()
                }, name

"""The doors: who calls, what arguments fit, and who may do what with whose media."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from contracts.base import NotFound, ServiceError, Unauthenticated, new_id
from contracts.media import LinkInvalid, MediaGone, UnknownMedia
from contracts.media import MediaService as Promise
from plumbing.context import CallContext, working_on
from plumbing.database import Transactions
from svc_media import links
from svc_media.actions import attaching, finishing, storing
from svc_media.actions.attaching import Carrier
from svc_media.models import Media
from svc_media.options import Options, options
from svc_media.service import MediaService
from svc_media.storage.local import LocalStorage
from svc_media.writing import Writer
from tests.services import FakePush, calling, calling_as_service, service_token
from tests.svc_media.carriers import FakeOwner, Result, stored

Call = Callable[[MediaService, "Scene"], Any]


@dataclass
class Scene:
    """A media of `owner`, in a message that `member` reads; `removed` did, and `stranger` never."""

    media: Media
    carrier: Carrier
    owner: str
    member: str
    removed: str
    stranger: str


@pytest.fixture
def scene(db: Transactions, push: FakePush, files: LocalStorage, messaging: FakeOwner) -> Scene:
    owner, member, removed, stranger = (new_id() for _ in range(4))
    media = stored(db, push, files, owner, b"content", "picture", filename="a.png")
    carrier = Carrier("message", new_id(), new_id())
    with db.transaction() as session:
        attaching.attach(session, carrier, [media.id])
    messaging.let_read(carrier.id, owner, member)
    Writer(db, push).write(lambda session: finishing.fail(session, media.id, "processing_failed"))
    return Scene(media, carrier, owner, member, removed, stranger)


ROLES = ("owner", "member", "removed", "stranger", "admin")
#: Call, and what becomes of it for each of ROLES: `ok`, `none` (404), `no` (403) or `[]`, an empty answer.
CALLS: list[tuple[str, Call, str]] = [
    ("get_media", lambda s, x: s.get_media(media_id=x.media.id), "ok ok none none none"),
    ("get_many", lambda s, x: s.get_many(media_ids=[x.media.id]), "ok ok [] [] []"),
    ("sign_link", lambda s, x: s.sign_link(media_id=x.media.id), "ok ok none none none"),
    ("sign_links", lambda s, x: s.sign_links(media_ids=[x.media.id]), "ok ok [] [] []"),
    ("retry_media", lambda s, x: s.retry_media(media_id=x.media.id), "ok none none none none"),
    ("list_my_media", lambda s, x: s.list_my_media()["items"], "ok [] [] [] []"),
    ("get_quota", lambda s, x: s.get_quota(), "ok ok ok ok ok"),
    ("find_quota", lambda s, x: s.find_quota(user_id=x.owner), "no no no no ok"),
    ("set_quota", lambda s, x: s.set_quota(user_id=x.owner, limit_bytes=5), "no no no no ok"),
]
APART = {"delete_media", "preview_link", "list_own_data"}  # their own tests


def outcome_of(work: Callable[[], Any]) -> str:
    try:
        return "[]" if work() == [] else "ok"
    except ServiceError as error:
        return {"not_found": "none", "forbidden": "no"}[error.kind]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("name", "call", "outcomes"), CALLS, ids=[row[0] for row in CALLS])
def test_each_may_do_what_they_may(
    service: MediaService, scene: Scene, name: str, call: Call, outcomes: str, role: str
) -> None:
    person = scene.stranger if role == "admin" else getattr(scene, role)
    with calling(person, *(("user", "admin") if role == "admin" else ())):
        assert outcome_of(lambda: call(service, scene)) == outcomes.split()[ROLES.index(role)]


def test_nobody_and_other_services_are_refused_everywhere(service: MediaService, scene: Scene) -> None:
    calls: list[Callable[[], Any]] = [lambda call=call: call(service, scene) for _, call, _ in CALLS]
    calls += [
        lambda: service.delete_media(media_id=scene.media.id),
        lambda: service.preview_link(url="https://example.org/"),
    ]
    for token in (None, "no token", service_token("gateway")):
        for call in calls:
            with working_on(CallContext(token=token)), pytest.raises(ServiceError) as caught:
                call()
            assert caught.value.kind == Unauthenticated.kind


def test_services_that_show_media_themselves_see_all(service: MediaService, scene: Scene) -> None:
    with calling_as_service("messaging"):
        (view,) = service.get_many(media_ids=[scene.media.id, new_id()])
    assert view["id"] == scene.media.id
    with calling_as_service("messaging"), pytest.raises(ServiceError):
        service.get_media(media_id=scene.media.id)


def test_deleting_is_the_owners_and_is_for_everybody(
    service: MediaService, scene: Scene, push: FakePush, files: LocalStorage, messaging: FakeOwner
) -> None:
    for person in (scene.member, scene.stranger):
        with calling(person):
            service.delete_media(media_id=scene.media.id)
    with calling(scene.member):
        assert service.get_media(media_id=scene.media.id)["id"] == scene.media.id
    with calling(scene.owner):
        for _ in range(2):
            service.delete_media(media_id=scene.media.id)
        assert service.get_quota()["used_bytes"] == 0
    for person in (scene.owner, scene.member):
        with calling(person), pytest.raises(UnknownMedia):
            service.get_media(media_id=scene.media.id)
    assert push.on(f"conv:{scene.carrier.place_id}")[-1] == {
        "t": "media_event",
        "conv": scene.carrier.place_id,
        "type": "media.removed",
        "data": {"id": scene.media.id},
    }


def test_whoever_sees_the_message_sees_its_state_live(scene: Scene, push: FakePush) -> None:
    frame = push.on(f"conv:{scene.carrier.place_id}")[-1]
    assert (frame["t"], frame["type"], frame["data"]["state"], frame["data"]["error"]) == (
        "media_event",
        "media.changed",
        "failed",
        "processing_failed",
    )


def test_each_frame_of_a_media_says_that_it_is_newer(
    scene: Scene, db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    writer, another = Writer(db, push), Carrier("message", new_id(), new_id())
    writer.write(lambda session: storing.retry(session, scene.owner, scene.media.id))
    writer.write(lambda session: finishing.begin(session, scene.media.id))
    for percent in (20, 60):
        writer.write(lambda session, percent=percent: finishing.note_progress(session, scene.media.id, percent))
    writer.write(lambda session: finishing.add_variants(session, scene.media.id, []))
    writer.write(lambda session: finishing.finish(session, scene.media.id, Result(), []))
    writer.write(lambda session: attaching.attach(session, another, [scene.media.id]))
    told = [frame["data"]["ver"] for frame in push.on(f"user:{scene.owner}")]
    assert len(told) >= 8
    assert told == sorted(set(told))


def test_ones_media_are_listed_by_pages_the_newest_first(
    service: MediaService, db: Transactions, push: FakePush, files: LocalStorage
) -> None:
    owner = new_id()
    made = [stored(db, push, files, owner, bytes([number]), "picture").id for number in range(5)]
    stored(db, push, files, owner, b"x", "voice")
    found, after = [], None
    with calling(owner):
        while True:
            page = service.list_my_media(limit=2, after=after, kind="picture")
            found += [view["id"] for view in page["items"]]
            after = page["next"]
            if after is None:
                break
    assert found == made[::-1]


def test_an_own_limit_holds_and_ends(service: MediaService) -> None:
    person = new_id()
    with calling(new_id(), "admin"):
        assert service.set_quota(user_id=person, limit_bytes=5)["limit_bytes"] == 5
    with calling(person):
        assert service.get_quota() == {"used_bytes": 0, "reserved_bytes": 0, "limit_bytes": 5}
    with calling(new_id(), "admin"):
        assert service.set_quota(user_id=person, limit_bytes=None)["limit_bytes"] == 1000


def test_a_refused_upload_cannot_be_retried(service: MediaService, db: Transactions, push: FakePush) -> None:
    owner = new_id()
    media = Media(owner_id=owner, id=new_id(), kind="file", state="failed", error="media_type_refused")
    with db.transaction() as session:
        session.add(media)
    with calling(owner), pytest.raises(MediaGone):
        service.retry_media(media_id=media.id)


BAD: list[tuple[str, dict[str, Any]]] = [
    ("get_media", {"media_id": "x"}),
    ("get_media", {"media_id": None}),
    ("get_many", {"media_ids": "x"}),
    ("get_many", {"media_ids": [1]}),
    ("get_many", {"media_ids": [str(number) for number in range(101)]}),
    ("list_my_media", {"limit": 0}),
    ("list_my_media", {"limit": 101}),
    ("list_my_media", {"kind": "cat"}),
    ("list_my_media", {"after": "x"}),
    ("list_my_media", {"after": "WyIxIl0"}),
    ("delete_media", {"media_id": 5}),
    ("retry_media", {"media_id": "'; --"}),
    ("sign_link", {"media_id": "0" * 36}),
    ("sign_link", {"media_id": new_id(), "download": "yes"}),
    ("sign_links", {"media_ids": None}),
    ("preview_link", {"url": ""}),
    ("preview_link", {"url": None}),
    ("preview_link", {"url": "https://example.org/" + "x" * 3000}),
    ("preview_link", {"url": "ftp://example.org/"}),
    ("preview_link", {"url": "https://me:secret@example.org/"}),
    ("preview_link", {"url": "https://example.org/\x00"}),
]


@pytest.mark.parametrize(("name", "arguments"), BAD)
def test_bad_input_is_refused_with_a_stable_code(service: MediaService, name: str, arguments: dict[str, Any]) -> None:
    with calling(new_id()), pytest.raises(ServiceError) as caught:
        getattr(service, name)(**arguments)
    assert caught.value.kind == "invalid"
    assert caught.value.code != "invalid"


@pytest.mark.parametrize("limit", [-1, "5", 2**60, True])
def test_a_bad_limit_is_refused(service: MediaService, limit: Any) -> None:
    with calling(new_id(), "admin"), pytest.raises(ServiceError) as caught:
        service.set_quota(user_id=new_id(), limit_bytes=limit)
    assert caught.value.code == "invalid_number"


def test_a_link_says_who_reads_what(service: MediaService, scene: Scene) -> None:
    with calling(scene.member):
        shown = service.sign_link(media_id=scene.media.id)
        saved = service.sign_link(media_id=scene.media.id, download=True)
    assert shown["url"] == f"{options().url}/media/{scene.media.id}/original?t={shown['token']}"
    assert links.read(shown["token"]) == links.Claims(scene.media.id, scene.member, download=False)
    assert links.read(saved["token"]) == links.Claims(scene.media.id, scene.member, download=True)


def test_links_end_and_cannot_be_made_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    token = links.sign(new_id(), new_id())["token"]
    head, _, tail = token.rpartition(".")
    for bad in ("", "x", token + "x", f"{head}x.{tail}", token[:-1], "ü", "." * 3, "x" * 500):
        with pytest.raises(LinkInvalid):
            links.read(bad)
    monkeypatch.setattr(links, "options", lambda: Options(link_ttl_s=-1))
    with pytest.raises(LinkInvalid):
        links.read(token)


def test_a_token_of_one_purpose_is_none_of_the_other() -> None:
    claims = ["a", "b"]
    forged = links._signer(links._SHOW).dumps(claims, salt=links._SAVE)
    with pytest.raises(LinkInvalid):
        links.read(forged)


def test_no_call_is_left_out() -> None:
    offered = {
        name
        for name, method in inspect.getmembers(MediaService, inspect.isfunction)
        if hasattr(method, "nameko_entrypoints")
    }
    promised = {name for name, each in vars(Promise).items() if inspect.isfunction(each) and name[0] != "_"}
    assert offered == promised == {name for name, *_ in CALLS} | APART


def test_what_is_there_is_not_told_to_whom_it_is_hidden(service: MediaService, scene: Scene) -> None:
    with calling(scene.stranger):
        errors = []
        for media_id in (scene.media.id, new_id()):
            with pytest.raises(NotFound) as caught:
                service.get_media(media_id=media_id)
            errors.append(caught.value.to_wire())
    assert errors[0] == errors[1]

"""Media over HTTP and live: what carries them shows them, and naming an id opens nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests
from channels import Channel, done
from client import Person, WebSocket
from media_people import eventually, media_url, picture, readable, upload

OpenSocket = Callable[[Person], WebSocket]


def _state(frame: dict[str, object]) -> object:
    data = frame["data"]
    assert isinstance(data, dict)
    return data["state"]


def test_ones_own_media_come_in_pages_the_newest_first(new_person: Callable[[str], Person]) -> None:
    owner = new_person("owner")
    ids = [upload(owner, picture(colour)) for colour in ("red", "green", "blue")]
    ids.append(upload(owner, b"just a file", "notes.bin", "application/octet-stream"))
    first = done(owner, "GET", "/v1/media?limit=3")
    second = done(owner, "GET", f"/v1/media?limit=3&after={first['next']}")
    assert [each["id"] for each in first["items"] + second["items"]] == ids[::-1]
    assert second["next"] is None
    assert [each["id"] for each in done(owner, "GET", "/v1/media?kind=file")["items"]] == ids[3:]


def test_the_quota_counts_what_is_stored(new_person: Callable[[str], Person]) -> None:
    owner = new_person("owner")
    content = b"a file that is kept as it is"
    media = upload(owner, content, "notes.bin", "application/octet-stream")
    quota = done(owner, "GET", "/v1/media/quota")
    assert (quota["used_bytes"], quota["reserved_bytes"]) == (len(content), 0)
    done(owner, "DELETE", f"/v1/media/{media}")
    assert done(owner, "GET", "/v1/media/quota")["used_bytes"] == 0


def test_a_smaller_quota_refuses_the_next_upload(
    new_person: Callable[[str], Person], make_admin: Callable[[Person], Person]
) -> None:
    owner, admin = new_person("owner"), make_admin(new_person("admin"))
    quota = done(admin, "PUT", f"/v1/users/{owner.id}/media-quota", {"limit_bytes": 10})
    assert quota["limit_bytes"] == 10
    headers = {"Authorization": f"Bearer {owner.token}", "Tus-Resumable": "1.0.0", "Upload-Length": "11"}
    refused = requests.post(f"{media_url()}/uploads", headers=headers, timeout=60)
    assert (refused.status_code, refused.json()["code"]) == (413, "quota_exceeded")


def test_a_link_shows_or_saves(ana: Person) -> None:
    media = upload(ana)
    for body, disposition in ((None, "inline"), ({"download": True}, "attachment")):
        link = done(ana, "POST", f"/v1/media/{media}/link", body)
        answer = requests.get(f"{media_url()}/media/{media}/original?t={link['token']}", timeout=60)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"].startswith(disposition)


def test_members_of_the_conversation_and_the_owner_see_it_live(
    ana: Person, ben: Person, group: str, open_socket: OpenSocket
) -> None:
    mine, theirs = open_socket(ana), open_socket(ben)
    media = upload(ana)
    assert ana.send(group, "look", media_ids=[media]).status == 201
    of_room = {"t": "media_event", "conv": group, "type": "media.changed"}
    frame = theirs.until(of_room)
    while _state(frame) != "ready":
        frame = theirs.until(of_room)
    assert frame["data"] == done(ben, "GET", f"/v1/media/{media}")
    own = {"t": "user_event", "type": "media.changed"}
    while _state(mine.until(own)) != "ready":
        pass


def test_followers_of_a_private_channel_see_it_live(
    ana: Person, ben: Person, eve: Person, open_socket: OpenSocket
) -> None:
    channel = Channel(ana, "private")
    channel.invite(ben)
    theirs, strangers = open_socket(ben), open_socket(eve)
    media = upload(ana, picture("navy"))
    channel.post("look", media_ids=[media])
    of_channel = {"t": "media_event", "channel": channel.id, "type": "media.changed"}
    while _state(theirs.until(of_channel)) != "ready":
        pass
    assert readable(ben, media)
    assert not readable(eve, media)
    done(ana, "DELETE", f"/v1/media/{media}")
    assert theirs.until(of_channel | {"type": "media.removed"})["data"] == {"id": media}
    strangers.say({"t": "ping"})
    assert (strangers.next() or {})["t"] == "pong"  # nothing of it came before


@pytest.mark.parametrize("carrier", ["message", "post"])
def test_naming_anothers_media_opens_it_to_nobody(carrier: str, ana: Person, ben: Person, eve: Person) -> None:
    secret, own = upload(ana, picture("black")), upload(eve, picture("white"))
    if carrier == "message":
        room = eve.make_group([ben])
        sent = [eve.send(room, "mine?", media_ids=[media]).status for media in (secret, own)]
        assert sent == [201, 201]  # messaging does not know whose they are
    else:
        channel = Channel(eve, "public")
        for media in (secret, own):
            channel.post("mine?", media_ids=[media])
    eventually(lambda: readable(ben, own))  # what was named later is attached by now
    for reader in (ben, eve):
        assert not readable(reader, secret)
        assert done(reader, "POST", "/v1/media/lookup", {"ids": [secret, own]})["items"][0]["id"] == own
    assert readable(ana, secret)


def test_an_id_that_does_not_exist_is_kept_and_shows_nothing(ana: Person, group: str, unknown_id: str) -> None:
    sent = ana.send(group, "look", media_ids=[unknown_id])
    assert (sent.status, sent.json["media_ids"]) == (201, [unknown_id])
    assert done(ana, "POST", "/v1/media/lookup", {"ids": [unknown_id]})["items"] == []


def test_who_may_read_a_media_sends_it_on(ana: Person, ben: Person, eve: Person, group: str) -> None:
    media = upload(ana, picture("plum"))
    assert ana.send(group, "look", media_ids=[media]).status == 201
    eventually(lambda: readable(ben, media))
    assert ben.send(ben.make_group([eve]), "look", media_ids=[media]).status == 201
    eventually(lambda: readable(eve, media))


def test_a_channels_picture_is_seen_by_whoever_may_know_the_channel(ana: Person, ben: Person, eve: Person) -> None:
    public, private = Channel(ana, "public"), Channel(ana, "private")
    private.invite(ben)
    first, second, secret = (upload(ana, picture(colour)) for colour in ("gold", "coral", "ivory"))
    done(ana, "PATCH", f"/v1/channels/{public.id}", {"picture": first})
    done(ana, "PATCH", f"/v1/channels/{private.id}", {"picture": secret})
    eventually(lambda: readable(eve, first) and readable(ben, secret))
    assert not readable(eve, secret)
    assert done(eve, "GET", f"/v1/channels/{public.id}")["picture"] == first
    done(ana, "PATCH", f"/v1/channels/{public.id}", {"picture": second})
    eventually(lambda: readable(eve, second))
    eventually(lambda: not readable(eve, first))
    assert readable(ana, first)


def test_a_channel_that_shows_anothers_media_opens_it_to_nobody(ana: Person, ben: Person, eve: Person) -> None:
    own, secret = upload(eve, picture("khaki")), upload(ana, picture("linen"))
    shows_secret, shows_own = Channel(eve, "public"), Channel(eve, "public")
    done(eve, "PATCH", f"/v1/channels/{shows_secret.id}", {"picture": secret})
    done(eve, "PATCH", f"/v1/channels/{shows_own.id}", {"picture": own})
    eventually(lambda: readable(ben, own))  # what was named later is seen by now
    assert not readable(eve, secret)
    assert not readable(ben, secret)

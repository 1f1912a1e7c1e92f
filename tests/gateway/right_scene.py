"""The scene of test_right_states.py: one person for each role, a thing of each kind, and one of each in each state."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ad_rights import TABLE as ADS
from channel_rights import TABLE as CHANNELS
from channels import Channel, done
from client import Person
from media_people import eventually, readable, upload
from payment_people import begin
from rights import filled

Things = dict[str, str]
_MONEY = {"amount": 500, "currency": "EUR"}


@dataclass
class Scene:
    """Who there is, and what.

    Attributes:
        people: By role; and a bystander, who is where the members are.
        live: The ids of what is as it should be.
        dead: The ids of what is in another state, by kind and state.
    """

    people: dict[str, Person]
    live: Things = field(default_factory=dict)
    dead: dict[tuple[str, str], str] = field(default_factory=dict)

    def set_up(self) -> None:
        """Make it all. The owner owns everything; the member wrote the messages."""
        self.live |= {"unknown": str(uuid.uuid4()), "code": "wrong", "emoji": "👍", "provider": "nowhere"}
        self.live |= {name: person.id for name, person in self.people.items()}
        self.live["person"] = self.people["bystander"].id
        self._conversation()
        self._channel()
        self._media()
        self._money()
        self._advertising()
        self._accounts()

    def _conversation(self) -> None:
        owner, member = self.people["owner"], self.people["member"]
        room = owner.make_group([self.people[name] for name in ("removed", "member", "moderator", "bystander")])
        base = f"/v1/conversations/{room}"
        done(owner, "PATCH", f"{base}/members/{self.people['moderator'].id}", {"role": "moderator"})
        done(owner, "DELETE", f"{base}/members/{self.people['removed'].id}")
        message, deleted = (member.send(room, "hello there").json["id"] for _ in range(2))
        done(member, "DELETE", f"/v1/messages/{deleted}")
        polls = [owner.send(room, "", poll={"question": "Tea?", "options": ["yes", "no"]}).json["id"] for _ in range(2)]
        done(owner, "POST", f"/v1/messages/{polls[1]}/poll/close")
        hooks = [done(owner, "POST", f"{base}/webhooks", {"name": "Builds"})["id"] for _ in range(2)]
        done(owner, "DELETE", f"{base}/webhooks/{hooks[1]}")
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        waiting = [owner.send(room, "later", send_at=later).json["id"] for _ in range(2)]
        done(owner, "DELETE", f"/v1/scheduled/{waiting[1]}")
        body = {"conversation_id": room, "reason": "spam", "message_id": message}
        report = done(owner, "POST", "/v1/reports", body)["id"]
        self.live |= {"conversation": room, "message": message, "poll": polls[0], "webhook": hooks[0]}
        self.live |= {"scheduled": waiting[0], "report": report, "secret": "wrong"}
        self.dead[("message", "deleted")] = deleted
        self.dead[("poll", "closed")] = polls[1]
        self.dead[("webhook", "deleted")] = hooks[1]
        self.dead[("scheduled", "cancelled")] = waiting[1]

    def _channel(self) -> None:
        channel, gone = self._private_channel(), self._private_channel()
        owner = self.people["owner"]
        posts = [channel.post("news")["id"] for _ in range(2)]
        done(owner, "DELETE", f"/v1/posts/{posts[1]}")
        invites = [channel.do("POST", "/invites", {})["id"] for _ in range(2)]
        channel.do("DELETE", f"/invites/{invites[1]}")
        observers = [channel.do("POST", "/observers", CHANNELS["create_observer"].body)["id"] for _ in range(2)]
        channel.do("DELETE", f"/observers/{observers[1]}")
        later = {"text": "later", "publish_at": (datetime.now(UTC) + timedelta(hours=1)).isoformat()}
        waiting = [channel.do("POST", "/posts", {"client_post_id": str(n), **later})["id"] for n in range(2)]
        done(owner, "DELETE", f"/v1/scheduled-posts/{waiting[1]}")
        of_gone = gone.post("news")["id"]
        gone.do("DELETE")
        self.live |= {"channel": channel.id, "post": posts[0], "invite": invites[0], "observer": observers[0]}
        self.live |= {"scheduled_post": waiting[0], "handle": f"h{secrets.token_hex(6)}"}
        channel.do("PATCH", "", {"handle": self.live["handle"]})
        self.dead |= {("channel", "deleted"): gone.id, ("post", "deleted"): posts[1], ("post", "of nothing"): of_gone}
        self.dead |= {("invite", "revoked"): invites[1], ("observer", "deleted"): observers[1]}
        self.dead[("scheduled_post", "cancelled")] = waiting[1]

    def _private_channel(self) -> Channel:
        channel = Channel(self.people["owner"], "private")
        for name in ("removed", "member", "moderator", "bystander"):
            assert channel.invite(self.people[name]) == "joined"
        channel.do("PATCH", f"/followers/{self.people['moderator'].id}", {"role": "admin"})
        channel.do("DELETE", f"/followers/{self.people['removed'].id}")
        return channel

    def _media(self) -> None:
        owner = self.people["owner"]
        kept, deleted = upload(owner), upload(owner)
        for media in (kept, deleted):
            assert owner.send(self.live["conversation"], "look", media_ids=[media]).status == 201
        done(owner, "DELETE", f"/v1/media/{deleted}")
        eventually(lambda: readable(self.people["member"], kept), 240)
        self.live["media"] = kept
        self.dead[("media", "deleted")] = deleted

    def _money(self) -> None:
        owner, member, channel = self.people["owner"], self.people["member"], self.live["channel"]
        wanted = {**_MONEY, "conversation_id": self.live["conversation"], "payer_id": member.id}
        requests = [begin(owner, "/v1/payment-requests", wanted)["id"] for _ in range(2)]
        done(owner, "POST", f"/v1/payment-requests/{requests[1]}/cancel")
        paid = {**_MONEY, "conversation_id": self.live["conversation"], "payee_id": owner.id}
        payments = [begin(member, "/v1/payments", paid)["id"] for _ in range(2)]
        done(member, "POST", f"/v1/payments/{payments[1]}/cancel")
        plans = [begin(owner, f"/v1/channels/{channel}/plans", {**_MONEY, "title": "Friends"})["id"] for _ in range(2)]
        done(owner, "PATCH", f"/v1/plans/{plans[1]}", {"active": False})
        self.live |= {"request": requests[0], "payment": payments[0], "plan": plans[0]}
        self.dead |= {("request", "cancelled"): requests[1], ("payment", "cancelled"): payments[1]}
        self.dead[("plan", "retired")] = plans[1]

    def _advertising(self) -> None:
        owner, now = self.people["owner"], datetime.now(UTC)
        done(owner, "PUT", "/v1/advertiser", {"name": "The bakery"})
        times = {"starts": now.isoformat(), "ends": (now + timedelta(days=7)).isoformat()}
        made = [done(owner, "POST", "/v1/campaigns", filled(ADS["create_campaign"].body, times)) for _ in range(2)]
        creatives = [
            done(owner, "POST", f"/v1/campaigns/{made[0]['id']}/creatives", ADS["create_creative"].body)["id"]
            for _ in range(2)
        ]
        done(owner, "DELETE", f"/v1/campaigns/{made[0]['id']}/creatives/{creatives[1]}")
        done(owner, "DELETE", f"/v1/campaigns/{made[1]['id']}")
        self.live |= {"campaign": made[0]["id"], "creative": creatives[0], **times}
        self.dead |= {("campaign", "deleted"): made[1]["id"], ("creative", "deleted"): creatives[1]}

    def _accounts(self) -> None:
        admin, gone = self.people["admin"], Person.register(f"gone{secrets.token_hex(5)}")
        done(admin, "PUT", f"/v1/users/{gone.id}/deactivated", {"deactivated": True})
        self.dead[("person", "deactivated")] = gone.id

"""The rules: who is told of what, in which way, and why. Plain values in, a verdict out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from svc_subscriptions.actions.quiet import QuietHours, quiet_until

Kind = Literal["post", "mention", "reply", "comment", "media", "payment", "ad_approval", "system"]


@dataclass(frozen=True, slots=True)
class Person:
    """What decides how somebody hears of things; whoever never said anything has the defaults.

    Attributes:
        level: How they follow the channel in question; None when they do not, or there is none.
        muted_until: No notification of the channel before then.
        push: They want pushes.
        has_device: An enabled push endpoint is theirs.
    """

    user_id: str
    level: str | None = None
    muted_until: datetime | None = None
    mentions: bool = True
    replies: bool = True
    push: bool = True
    has_device: bool = False
    quiet: QuietHours = QuietHours()


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person is told. `push_at` is when a push may leave; None for none."""

    kind: Kind
    why: dict[str, Any]
    push_at: datetime | None


def judge_post(person: Person, channel_id: str, now: datetime, *, mentioned: bool, silent: bool) -> Verdict | None:
    """Return whether and how a follower is told of a new post.

    A post's own line is written for those alone who want a push of it: everybody else sees the
    channel's unread count. A silent post is told to those whom it mentions, without a push.
    """
    if person.level in (None, "silent") or _is_muted(person, now):
        return None
    why = {"channel_id": channel_id, "level": person.level}
    if mentioned and person.mentions:
        return _verdict("mention", {"rule": "mentioned", **why}, person, now, silent=silent)
    if person.level != "all" or silent or not (person.push and person.has_device):
        return None
    return _verdict("post", {"rule": "level_all", **why}, person, now, silent=False)


def judge_message(person: Person, kind: Kind, now: datetime, facts: dict[str, Any]) -> Verdict | None:
    """Return whether and how somebody is told that a message names or answers them, or comments on their post."""
    rule, wanted = {
        "mention": ("mentioned", person.mentions),
        "reply": ("replied_to", person.replies),
        "comment": ("comment_on_your_post", person.replies),
    }.get(kind, (kind, True))
    if not wanted:
        return None
    return _verdict(kind, {"rule": rule, **facts}, person, now, silent=False)


def _is_muted(person: Person, now: datetime) -> bool:
    return person.muted_until is not None and person.muted_until > now


def _verdict(kind: Kind, why: dict[str, Any], person: Person, now: datetime, *, silent: bool) -> Verdict:
    if silent or not (person.push and person.has_device):
        return Verdict(kind, why, None)
    return Verdict(kind, why, quiet_until(person.quiet, now) or now)

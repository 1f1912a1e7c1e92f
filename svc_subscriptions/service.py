"""The door of svc_subscriptions. Its methods are in `svc_subscriptions.doors`, one file a topic."""

from __future__ import annotations

from plumbing.health import Health
from svc_subscriptions.doors.channels import Channels
from svc_subscriptions.doors.comments import Comments
from svc_subscriptions.doors.following import Following
from svc_subscriptions.doors.invites import Invites
from svc_subscriptions.doors.log import Log
from svc_subscriptions.doors.posts import Posts


class SubscriptionsService(Channels, Following, Invites, Posts, Comments, Log):
    """Channels people follow, their posts and logs (`contracts.subscriptions`)."""

    name = "subscriptions"
    health = Health()

"""The door of svc_subscriptions. Its methods are in `svc_subscriptions.doors`, one file a topic."""

from __future__ import annotations

from plumbing.health import Health
from svc_subscriptions.doors.advertising import Advertising
from svc_subscriptions.doors.carrying import Carrying
from svc_subscriptions.doors.channels import Channels
from svc_subscriptions.doors.comments import Comments
from svc_subscriptions.doors.following import Following
from svc_subscriptions.doors.invites import Invites
from svc_subscriptions.doors.log import Log
from svc_subscriptions.doors.notifications import Notifications
from svc_subscriptions.doors.observers import Observers
from svc_subscriptions.doors.own_data import OwnData
from svc_subscriptions.doors.posts import Posts
from svc_subscriptions.doors.preferences import Preferences
from svc_subscriptions.doors.push import PushEndpoints
from svc_subscriptions.doors.selling import Selling


class SubscriptionsService(
    Channels,
    Following,
    Invites,
    Posts,
    Comments,
    Log,
    Observers,
    Notifications,
    Preferences,
    PushEndpoints,
    Carrying,
    Selling,
    Advertising,
    OwnData,
):
    """Channels people follow, their logs, and how they hear of them (`contracts.subscriptions`)."""

    name = "subscriptions"
    health = Health()

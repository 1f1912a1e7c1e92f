"""The door of svc_messaging. Its methods are in `svc_messaging.doors`, one file a topic."""

from __future__ import annotations

from plumbing.health import Health
from svc_messaging.doors.carrying import Carrying
from svc_messaging.doors.commands import Commands
from svc_messaging.doors.conversations import Conversations
from svc_messaging.doors.drafts import Drafts
from svc_messaging.doors.linked import Linked
from svc_messaging.doors.live import Live
from svc_messaging.doors.messages import Messages
from svc_messaging.doors.own_data import OwnData
from svc_messaging.doors.pages import Pages
from svc_messaging.doors.paying import Paying
from svc_messaging.doors.people import People
from svc_messaging.doors.pins import Pins
from svc_messaging.doors.polls import Polls
from svc_messaging.doors.reactions import Reactions
from svc_messaging.doors.receipts import Receipts
from svc_messaging.doors.scheduled import Scheduled
from svc_messaging.doors.search import Search
from svc_messaging.doors.webhooks import Webhooks


class MessagingService(
    Conversations,
    Messages,
    Pages,
    Reactions,
    Pins,
    Polls,
    Receipts,
    Drafts,
    Scheduled,
    Search,
    Webhooks,
    Commands,
    People,
    Live,
    Linked,
    Carrying,
    Paying,
    OwnData,
):
    """Conversations, messages and everything that happens to them (`contracts.messaging`)."""

    name = "messaging"
    health = Health()

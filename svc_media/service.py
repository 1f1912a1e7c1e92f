"""The door of svc_media. Its methods are in `svc_media.doors`, one file a topic."""

from __future__ import annotations

from plumbing.health import Health
from svc_media.doors.links import Links
from svc_media.doors.own_data import OwnData
from svc_media.doors.owning import Owning
from svc_media.doors.previews import Previews
from svc_media.doors.reading import Reading


class MediaService(Reading, Owning, Links, Previews, OwnData):
    """What people uploaded, for whoever may read it (`contracts.media`). Bytes go through `svc_media.edge`."""

    name = "media"
    health = Health()

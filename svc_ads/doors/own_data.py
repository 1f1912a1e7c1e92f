"""What svc_auth asks for a person who wants a copy of what is kept of them."""

from __future__ import annotations

from plumbing import own_data as asked
from svc_ads.actions import own_data
from svc_ads.doors.base import Door


class OwnData(asked.OwnData, Door):
    """Answers with what this service keeps."""

    sections = own_data.SECTIONS
    list_own = staticmethod(own_data.list_own)

"""The door of svc_ads. Its methods are in `svc_ads.doors`, one file a topic."""

from __future__ import annotations

from plumbing.health import Health
from svc_ads.doors.advertisers import Advertisers
from svc_ads.doors.campaigns import Campaigns
from svc_ads.doors.complaints import Complaints
from svc_ads.doors.creatives import Creatives
from svc_ads.doors.own_data import OwnData
from svc_ads.doors.preferences import Preferences
from svc_ads.doors.reports import Reports
from svc_ads.doors.serving import Serving


class AdsService(
    Advertisers,
    Campaigns,
    Creatives,
    Reports,
    Preferences,
    Complaints,
    OwnData,
    Serving,
):
    """Campaigns, and the choice of ads (`contracts.ads`)."""

    name = "ads"
    health = Health()

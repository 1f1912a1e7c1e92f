"""What people decided about advertising, and what is known of them for it."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any, Literal

import flask
from msgspec import Meta

from contracts import ads as contract
from gateway_flask.fields import Request
from gateway_flask.operation import Call, operation
from gateway_flask.routes.ads_fields import Topic

bp = flask.Blueprint("ad_preferences", __name__, url_prefix="/v1/users/me/ads")

Topics = Annotated[list[Topic], Meta(max_length=contract.MAX_INTERESTS)]


class AdPreferencesBody(Request):
    """What to change; what is left out stays. An empty `region` takes it back."""

    consent: Literal["contextual", "personal"] | None = None
    region: Annotated[str, Meta(pattern="^([A-Z]{2})?$", max_length=2)] | None = None
    interests: Topics | None = None
    removed_topics: Topics | None = None


@bp.get("")
@operation(
    summary="See what one decided about ads", returns=contract.AdPreferencesView,
    description="And everything that is used to choose them.",
)  # fmt: skip
def get_ad_preferences(call: Call) -> Any:
    return call.ask("ads", "get_ad_preferences")


@bp.patch("")
@operation(
    summary="Decide about ads", body=AdPreferencesBody, returns=contract.AdPreferencesView, limit="write",
    description="It takes effect with the next choice of an ad.",
)  # fmt: skip
def set_ad_preferences(call: Call) -> Any:
    body: AdPreferencesBody = call.body
    return call.ask(
        "ads", "set_ad_preferences", consent=body.consent, region=body.region, interests=body.interests,
        removed_topics=body.removed_topics,
    )  # fmt: skip


@bp.delete("/hidden/<id:campaign_id>")
@operation(summary="Show a hidden campaign again", limit="write", errors=(contract.UnknownCampaign,))
def unhide_campaign(call: Call, campaign_id: str) -> None:
    call.ask("ads", "unhide_campaign", campaign_id=campaign_id)

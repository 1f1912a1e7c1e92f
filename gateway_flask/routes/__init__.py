"""The routes of the wire API, one blueprint a topic."""

from __future__ import annotations

from gateway_flask.routes import (
    auth,
    conversations,
    extras,
    factors,
    live,
    members,
    messages,
    meta,
    people,
    search,
    sending,
    users,
)

BLUEPRINTS = (
    auth.bp,
    factors.bp,
    users.bp,
    conversations.bp,
    members.bp,
    sending.bp,
    messages.bp,
    extras.bp,
    search.bp,
    people.bp,
    live.bp,
    meta.bp,
)

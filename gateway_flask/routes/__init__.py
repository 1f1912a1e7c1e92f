"""The routes of the wire API, one blueprint a topic."""

from __future__ import annotations

from gateway_flask.routes import (
    auth,
    channels,
    conversations,
    extras,
    factors,
    following,
    invites,
    live,
    members,
    messages,
    meta,
    notifications,
    observers,
    people,
    posts,
    push,
    search,
    sending,
    unsubscribing,
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
    channels.bp,
    following.bp,
    invites.bp,
    posts.bp,
    observers.bp,
    notifications.bp,
    unsubscribing.bp,
    push.bp,
    live.bp,
    meta.bp,
)

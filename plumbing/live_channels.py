"""Names of the Redis channels that live frames travel on, from the services to the gateway's sockets."""

from __future__ import annotations

#: Where svc_auth tells of sessions that ended.
REVOCATIONS = "sys:revocations"


def conversation_channel(conversation_id: str) -> str:
    """Return the channel of everything live in a conversation."""
    return f"conv:{conversation_id}"


def followers_channel(channel_id: str) -> str:
    """Return the channel of everything live in a channel that people follow."""
    return f"chan:{channel_id}"


def presence_channel(conversation_id: str) -> str:
    """Return the channel of presence in a conversation."""
    return f"sys:presence:{conversation_id}"


def user_channel(user_id: str) -> str:
    """Return the channel of everything live for one person."""
    return f"user:{user_id}"

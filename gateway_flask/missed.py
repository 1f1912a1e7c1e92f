"""What a long poll's client lacks, read from the services as frames; `heads` move along."""

from __future__ import annotations

from typing import Any

from contracts.base import NotFound
from contracts.subscriptions import LogEntryView
from gateway_flask.channel_source import channel_source
from gateway_flask.operation import Call
from gateway_flask.places import CHANNEL, CONVERSATION
from gateway_flask.poll_cursor import Counts, Heads

Frames = list[dict[str, Any]]

_MAX_CHANGES = 200
_MAX_LISTED = 50


def present_heads(call: Call) -> Heads:
    """Return where everything is now."""
    items = call.ask("messaging", "sync", heads={})["items"]
    return Heads({each["conv"]: each["ver"] for each in items if not each.get("gone")}, _present_channels(call))


def _present_channels(call: Call) -> Counts | None:
    found = channel_source.ask("sync_channels", call.token, heads={})
    return None if found is None else {each["channel"]: each["seq"] for each in found["items"]}


def missed(call: Call, heads: Heads) -> Frames:
    """Return what happened since `heads`, up to about 400 frames."""
    frames = _missed_in_conversations(call, heads.conversations)
    return frames if len(frames) >= 2 * _MAX_CHANGES else frames + _missed_in_channels(call, heads)


def _missed_in_conversations(call: Call, heads: Counts) -> Frames:
    frames: Frames = []
    for item in call.ask("messaging", "sync", heads=heads)["items"][:_MAX_LISTED]:
        conversation_id = item["conv"]
        if item.get("gone"):
            heads.pop(conversation_id, None)
            frames.append(CONVERSATION.left(conversation_id))
        elif conversation_id not in heads:
            heads[conversation_id] = item["ver"]
            frames.append(CONVERSATION.joined(conversation_id))
        else:
            frames += _changes(call, conversation_id, heads)
        if len(frames) >= 2 * _MAX_CHANGES:
            break
    return frames


def _changes(call: Call, conversation_id: str, heads: Counts) -> Frames:
    try:
        found = call.ask(
            "messaging", "list_changes", conversation_id=conversation_id, after_ver=heads[conversation_id],
            limit=_MAX_CHANGES,
        )  # fmt: skip
    except NotFound:
        heads.pop(conversation_id)
        return [CONVERSATION.left(conversation_id)]
    if found.get("reset"):
        heads[conversation_id] = found["ver"]
        return [{"t": "resync"}]
    changes = found["items"]
    heads[conversation_id] = changes[-1]["ver"] if changes else found["ver"]
    return [{"t": "event", **change} for change in changes]


def _missed_in_channels(call: Call, heads: Heads) -> Frames:
    if heads.channels is None:
        heads.channels = _present_channels(call)
        return [] if heads.channels is None else [{"t": "resync"}]
    found = channel_source.ask("sync_channels", call.token, heads=heads.channels)
    frames: Frames = []
    for item in [] if found is None else found["items"][:_MAX_LISTED]:
        channel_id = item["channel"]
        if item.get("gone"):
            heads.channels.pop(channel_id, None)
            frames.append(CHANNEL.left(channel_id))
        elif channel_id not in heads.channels:
            heads.channels[channel_id] = item["seq"]
            frames.append(CHANNEL.joined(channel_id))
        else:
            frames += _entries(call, channel_id, heads.channels)
        if len(frames) >= _MAX_CHANGES:
            break
    return frames


def _entries(call: Call, channel_id: str, heads: Counts) -> Frames:
    try:
        found = channel_source.ask(
            "list_log", call.token, channel_id=channel_id, after_seq=heads[channel_id], limit=_MAX_CHANGES
        )
    except NotFound:
        heads.pop(channel_id)
        return [CHANNEL.left(channel_id)]
    entries: list[LogEntryView] = [] if found is None else found["items"]
    if entries:
        heads[channel_id] = entries[-1]["seq"]
    return [_entry_frame(entry) for entry in entries]


def _entry_frame(entry: LogEntryView) -> dict[str, Any]:
    """Return a log entry as svc_subscriptions pushes it live."""
    data: Any = entry["data"] if entry["post"] is None else entry["post"]
    return {
        "t": "channel_event",
        "channel": entry["channel_id"],
        "seq": entry["seq"],
        "type": entry["type"],
        "data": data,
    }

"""Commands that members, usually bots, answer in a conversation."""

from __future__ import annotations

import re
from typing import Any

from contracts.base import Page, ServiceError
from contracts.messaging import (
    COMMAND_NAME,
    MAX_COMMAND_WORDS,
    MAX_OWN_COMMANDS,
    CommandDraft,
    CommandInvalid,
    CommandView,
)
from plumbing import checks
from plumbing.rpc import rpc
from svc_messaging.actions.commands import command_view, list_all, set_own
from svc_messaging.doors.base import Door
from svc_messaging.program_models import Command

_NAME = re.compile(COMMAND_NAME.replace("$", r"\Z"))
_FIELDS = frozenset({"name", "description", "usage"})


class Commands(Door):
    """What one can write after a `/`."""

    @rpc
    def set_commands(self, *, conversation_id: str, commands: list[CommandDraft]) -> Page[CommandView]:
        """Let the commands that one answers be these and no others; return those of everybody."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        wanted = [_command(each) for each in checks.a_list(commands, "commands", MAX_OWN_COMMANDS)]
        if len({each["name"] for each in wanted}) != len(wanted):
            raise CommandInvalid("Each command has a name of its own.")
        return self.write(lambda session: _page(set_own(session, conversation_id, me, wanted)))

    @rpc
    def list_commands(self, *, conversation_id: str) -> Page[CommandView]:
        """Return the commands of one of one's conversations, by their names."""
        me, conversation_id = self.me(), checks.an_id(conversation_id, "conversation_id")
        with self.db.reading() as session:
            return _page(list_all(session, conversation_id, me))


def _page(found: list[Command]) -> Page[CommandView]:
    return {"items": [command_view(each) for each in found], "next": None}


def _command(value: Any) -> CommandDraft:
    if not isinstance(value, dict) or not value.keys() <= _FIELDS or not isinstance(value.get("name"), str):
        raise CommandInvalid
    if not _NAME.match(value["name"]):
        raise CommandInvalid
    try:
        return {
            "name": value["name"],
            "description": _words(value.get("description"), least=1),
            "usage": _words(value.get("usage", "")),
        }
    except ServiceError as error:
        raise CommandInvalid(error.detail) from None


def _words(value: object, least: int = 0) -> str:
    words = checks.a_text(value, "commands", MAX_COMMAND_WORDS)
    return checks.a_text(" ".join(words.split()), "commands", least=least)

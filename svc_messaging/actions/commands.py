"""Commands: words after a `/` that a member, usually a bot, answers in a conversation.

A message that begins with one gets an entity `command` with the id of that member, who so knows what is meant for
them; nothing else is different about it. Whatever begins with another word stays ordinary text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select, tuple_
from sqlalchemy.orm import Session

from contracts.messaging import (
    MAX_COMMANDS,
    CommandDraft,
    CommandTaken,
    CommandView,
    EntityView,
    TooManyCommands,
)
from svc_messaging.actions.access import get_member, lock_conversation
from svc_messaging.actions.changes import record_change
from svc_messaging.program_models import Command

#: A conversation, and the name of a command in it.
Place = tuple[str, str]

_BEGINS = re.compile(r"/([A-Za-z0-9_]{1,32})(?=\s|\Z)")


def set_own(session: Session, conversation_id: str, user_id: str, wanted: Sequence[CommandDraft]) -> list[Command]:
    """Let the commands that somebody answers be these and no others; return those of everybody.

    Raises:
        UnknownConversation: The person is no member.
        CommandTaken: Another member answers one of that name.
        TooManyCommands: The conversation would have more than `MAX_COMMANDS`.
    """
    conversation = lock_conversation(session, conversation_id, user_id)
    known = _all(session, conversation_id)
    own = [command for command in known if command.user_id == user_id]
    others = {command.name for command in known if command.user_id != user_id}
    _demand_room(others, wanted)
    rows = [_row(conversation_id, user_id, each) for each in sorted(wanted, key=lambda each: each["name"])]
    if rows == [command_view(command) | {"conversation_id": conversation_id} for command in own]:
        return known
    end_all_of(session, conversation_id, user_id)
    if rows:
        session.execute(insert(Command), rows)
    shown = [{name: row[name] for name in ("name", "description", "usage")} for row in rows]
    record_change(session, conversation, "commands.changed", {"user_id": user_id, "commands": shown})
    return _all(session, conversation_id)


def list_all(session: Session, conversation_id: str, user_id: str) -> list[Command]:
    """Return the commands of a conversation by their names.

    Raises:
        UnknownConversation: The person is no member.
    """
    get_member(session, conversation_id, user_id)
    return _all(session, conversation_id)


def end_all_of(session: Session, conversation_id: str, user_id: str) -> None:
    """Take away the commands that somebody answers; the conversation is locked."""
    theirs = delete(Command).where(Command.conversation_id == conversation_id, Command.user_id == user_id)
    session.execute(theirs.execution_options(synchronize_session=False))


def named(text: str) -> str | None:
    """Return the name of the command that a text may begin with."""
    found = _BEGINS.match(text) if text.startswith("/") else None
    return found.group(1).lower() if found else None


def answering(session: Session, places: Iterable[Place]) -> dict[Place, str]:
    """Return who answers commands that are there; asks nothing where no text begins with one."""
    wanted = set(places)
    if not wanted:
        return {}
    query = select(Command.conversation_id, Command.name, Command.user_id)
    rows = session.execute(query.where(tuple_(Command.conversation_id, Command.name).in_(wanted)))
    return {(conversation_id, name): user_id for conversation_id, name, user_id in rows}


def marked(text: str, entities: list[EntityView], user_id: str | None) -> list[EntityView]:
    """Return the entities of a text, with the command of `user_id` that it begins with as the first."""
    name = named(text)
    if user_id is None or name is None:
        return entities
    return [{"type": "command", "offset": 0, "length": len(name) + 1, "user_id": user_id}, *entities]


def without_command(entities: Sequence[EntityView]) -> list[EntityView]:
    """Return entities for another place, where nobody may answer."""
    return [each for each in entities if each["type"] != "command"]


def command_view(command: Command) -> CommandView:
    """Return a command as members see it."""
    return {
        "name": command.name,
        "description": command.description,
        "usage": command.usage,
        "user_id": command.user_id,
    }


def _all(session: Session, conversation_id: str) -> list[Command]:
    query = select(Command).where(Command.conversation_id == conversation_id).order_by(Command.name)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def _demand_room(others: set[str], wanted: Sequence[CommandDraft]) -> None:
    for each in wanted:
        if each["name"] in others:
            raise CommandTaken(name=each["name"])
    if len(others) + len(wanted) > MAX_COMMANDS:
        raise TooManyCommands


def _row(conversation_id: str, user_id: str, command: CommandDraft) -> dict[str, str]:
    return {
        "name": command["name"],
        "description": command["description"],
        "usage": command.get("usage", ""),
        "user_id": user_id,
        "conversation_id": conversation_id,
    }

"""Commands that members, usually bots, answer in a conversation."""

# ruff: noqa: D103 - each summary stands in `@operation`
from __future__ import annotations

from typing import Annotated, Any

import flask
import msgspec
from msgspec import Meta

from contracts import messaging as contract
from contracts.base import Page
from gateway_flask.fields import Request
from gateway_flask.operation import Call, operation

bp = flask.Blueprint("commands", __name__, url_prefix="/v1/conversations/<id:conversation_id>/commands")

Words = Annotated[str, Meta(max_length=contract.MAX_COMMAND_WORDS)]


class CommandBody(Request):
    """A command: `/name`, what it does, and what may come after it."""

    name: Annotated[str, Meta(pattern=contract.COMMAND_NAME, max_length=32)]
    description: Annotated[str, Meta(min_length=1, max_length=contract.MAX_COMMAND_WORDS)]
    usage: Words = ""


class CommandsBody(Request):
    """All commands that the caller answers here; an empty list takes them away."""

    commands: Annotated[list[CommandBody], Meta(max_length=contract.MAX_OWN_COMMANDS)]


@bp.put("")
@operation(
    summary="Say which commands one answers", body=CommandsBody, returns=Page[contract.CommandView], limit="write",
    errors=(contract.UnknownConversation, contract.CommandInvalid, contract.CommandTaken, contract.TooManyCommands),
    description="A message that begins with `/name` gets an entity `command` with the id of who answers it. Answers "
    "with the commands of everybody. They go when one leaves.",
)  # fmt: skip
def set_commands(call: Call, conversation_id: str) -> Any:
    commands = msgspec.to_builtins(call.body.commands)
    return call.ask("messaging", "set_commands", conversation_id=conversation_id, commands=commands)


@bp.get("")
@operation(
    summary="List the commands of a conversation", returns=Page[contract.CommandView],
    errors=(contract.UnknownConversation,),
)  # fmt: skip
def list_commands(call: Call, conversation_id: str) -> Any:
    return call.ask("messaging", "list_commands", conversation_id=conversation_id)

"""The jobs, fed to a shell line by line like `nameko shell` does."""

from __future__ import annotations

import json
from pathlib import Path

import nameko.cli.code as shell
import pytest
from sqlalchemy import func, select

from contracts.base import new_id
from contracts.messaging import UnknownConversation
from svc_messaging import exporting
from svc_messaging.actions import editing
from svc_messaging.message_models import MessageSearch

JOBS = Path(exporting.__file__).parent / "jobs"


def feed(job: str, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = iter((JOBS / f"{job}.py").read_text().splitlines())

    def type_line(prompt: str = "") -> str:
        try:
            return next(lines)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", type_line)
    shell.interact(banner="", local={}, raise_expections=True)


def test_overdue_messages_are_expired(talk, monkeypatch, capsys):
    here = talk.group(talk.ada)
    talk.let_expire(talk.say(here, talk.ada, "short", ttl_s=60)["id"])
    feed("expire_messages", monkeypatch)
    assert "1 messages expired" in capsys.readouterr().out
    assert talk.changes(here, talk.ada)[-1] == "message.deleted"


def test_the_search_index_is_rebuilt(talk, monkeypatch):
    talk.say(talk.group(talk.ada), talk.ada, "apple")
    feed("rebuild_search", monkeypatch)
    assert talk.count(select(func.count()).select_from(MessageSearch)) == 1


def test_a_conversation_is_exported_to_a_file(talk, monkeypatch, tmp_path):
    here = talk.group(talk.ada, talk.ben)
    kept, wiped = talk.say(here, talk.ada, "caña"), talk.say(here, talk.ben, "oops")
    talk.do(editing.delete_message, wiped["id"], talk.ben)
    monkeypatch.setenv("CONVERSATION_ID", here)
    monkeypatch.setenv("EXPORT_FILE", str(tmp_path / "talk.jsonl"))
    feed("export_conversation", monkeypatch)
    records = [json.loads(line) for line in (tmp_path / "talk.jsonl").read_text().splitlines()]
    assert [each["type"] for each in records] == ["conversation", "member", "member", "message", "message"]
    assert (records[3]["id"], records[3]["text"]) == (kept["id"], "caña")
    assert (records[4]["deleted"], records[4]["text"]) == (True, "")


def test_a_long_conversation_is_exported_whole_and_in_order(talk, monkeypatch):
    monkeypatch.setattr(exporting, "BATCH", 3)
    here = talk.group(talk.ada)
    for _ in range(7):
        talk.say(here, talk.ada)
    with talk.db.reading() as session:
        lines = [each for each in exporting.export_lines(session, here) if each["type"] == "message"]
    assert [each["seq"] for each in lines] == list(range(1, 8))


def test_what_does_not_exist_is_not_exported(talk):
    with pytest.raises(UnknownConversation):
        exporting.export_to(talk.db, new_id(), None)

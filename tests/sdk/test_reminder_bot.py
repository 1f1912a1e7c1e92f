"""The example bot answers, also what was said while it was away, and says nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from pathlib import Path

import pytest
from people import PASSWORD, PATIENCE_S, Account, wait_until

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

from reminder_bot.commands import HELP, answers_to  # noqa: E402

SAID_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("Hello", []),
        ("say !help", []),
        (" !help", [{"text": HELP}]),
        ("!remind me", [{"text": "Like this: !remind 10m Take the tea out"}]),
        ("!remind 999d x", [{"text": "I do not look ahead further than a year."}]),
        (
            "!remind 10m tea",
            [{"text": "I will remind you in 10 m."}, {"text": "Reminder: tea", "send_at": "2026-01-01T12:10:00+00:00"}],
        ),
        ("!remind 5s tea", [{"text": "I will remind you in 5 s."}, {"text": "Reminder: tea"}]),
        ("!echo hello", [{"text": "hello"}]),
        ("/echo hello", []),
        ("!poll Where? | Sea | Hills", [{"poll": {"question": "Where?", "options": ["Sea", "Hills"]}}]),
        ("!poll Where? | Sea", [{"text": "Like this: !poll Where to? | The sea | The hills"}]),
    ],
)
def test_what_is_answered(text: str, answers: list[dict[str, object]]) -> None:
    assert answers_to(text, SAID_AT, SAID_AT + timedelta(minutes=1)) == answers


@contextmanager
def _bot(stack: str, account: Account, store: Path) -> Iterator[subprocess.Popen[str]]:
    """Starts the bot, and returns once it is listening; it is killed in the end."""
    around = dict(os.environ) | {
        "CHARLA_URL": stack, "BOT_STORE": str(store), "BOT_USERNAME": account.username, "BOT_PASSWORD": PASSWORD,
        "PYTHONPATH": os.pathsep.join((str(ROOT / "examples"), str(ROOT / "sdk" / "python" / "src"))),
    }  # fmt: skip
    with subprocess.Popen([sys.executable, "-m", "reminder_bot"], env=around, stderr=subprocess.PIPE, text=True) as bot:
        assert bot.stderr is not None
        said = list(takewhile(lambda line: "is listening" not in line, bot.stderr))
        assert bot.poll() is None, said
        try:
            yield bot
        finally:
            bot.kill()


def test_the_bot_reminds_and_asks_and_answers_what_it_missed(stack: str, ana: Account, tmp_path: Path) -> None:
    bot = Account.register(stack)
    with _bot(stack, bot, tmp_path / "bot.db"):
        group = ana.make_group(bot)
        ana.write(group, "!remind 1s tea")
        ana.write(group, "!poll Where? | Sea | Hills")
        wait_until(lambda: "echo" in _commands(ana, group), "its commands")
        ana.write(group, "/echo again and again")
        wait_until(lambda: "Reminder: tea" in ana.texts(group), "the reminder")
        wait_until(lambda: "again and again" in ana.texts(group), "the echo")
        wait_until(lambda: "poll" in _kinds(ana, group), "the poll")
        assert ana.texts(group).count("I will remind you in 1 s.") == 1
    ana.write(group, "!help")
    ana.write(group, "!remind 1m later")
    with _bot(stack, bot, tmp_path / "bot.db") as running:
        wait_until(lambda: "I will remind you in 1 m." in ana.texts(group), "the answer to what was said meanwhile")
        running.terminate()
        assert running.wait(PATIENCE_S) == 0
    texts = ana.texts(group)
    assert [texts.count(each) for each in (HELP, "I will remind you in 1 s.", "Reminder: tea")] == [1, 1, 1]
    assert _kinds(ana, group).count("poll") == 1


def _commands(person: Account, group: str) -> list[str]:
    return [each["name"] for each in person.ask("GET", f"/conversations/{group}/commands")["items"]]


def _kinds(person: Account, group: str) -> list[str]:
    page = person.ask("GET", f"/conversations/{group}/messages?limit=100")
    return [each["kind"] for each in page["items"]]

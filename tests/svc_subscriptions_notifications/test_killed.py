"""A real notifier process, killed in the middle of ten thousand notifications."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.svc_subscriptions_notifications.outside import until
from tests.svc_subscriptions_notifications.test_fanout import COUNT, many_followers

ROOT = Path(__file__).parent.parent.parent
PEOPLE = 10_000


@pytest.fixture
def notifier(configured, tmp_path):
    """Starts notifier processes like the stack does."""
    running = []

    def start():
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore", "LOG_LEVEL": "WARNING"}
        command = [sys.executable, "-m", "stack.serve", "svc_subscriptions/config.yml"]
        with (tmp_path / "log").open("ab") as log:
            target = "svc_subscriptions.notifier:Notifier"
            process = subprocess.Popen([*command, target], cwd=ROOT, env=environment, stdout=log, stderr=log)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
    sys.stderr.write((tmp_path / "log").read_text()[-3_000:])


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()


def leases_end(hand):
    """Let the time pass after which others may take what the dead one had in hand."""
    hand.run("UPDATE fanout_jobs SET claimed_until = now() - interval '1 second' WHERE state <> 'done'")
    hand.run("UPDATE pushes SET claimed_until = now() - interval '1 second' WHERE state = 'waiting'")


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_killed_notifier_neither_loses_nor_doubles(club, hand, notifier):
    many_followers(club, hand, PEOPLE)
    club.post()

    def lines():
        return hand.rows("SELECT count(*) FROM notifications")[0][0]

    def sent():
        return len(hand.service.requests)

    for wanted in (1_500, 5_000):
        process = notifier()
        until(lambda wanted=wanted: lines() >= wanted, 60)
        kill(process)
        leases_end(hand)
    cut_at = lines()
    process = notifier()
    until(lambda: sent() >= 4_000, 120)
    kill(process)
    leases_end(hand)
    started, before = time.monotonic(), sent()
    both = [notifier(), notifier()]
    until(lambda: not hand.rows("SELECT 1 FROM pushes WHERE state = 'waiting' LIMIT 1") and lines() == PEOPLE, 200)
    rate = (sent() - before) / (time.monotonic() - started)
    for process in both:
        process.terminate()
    assert cut_at < PEOPLE, "it was killed in the middle"
    counts = Counter(row.n for row in hand.rows(COUNT))
    assert counts == {1: PEOPLE}
    assert Counter(state for state, _ in hand.pushes()) == {"sent": PEOPLE}
    known = {row[0] for row in hand.rows("SELECT id::text FROM notifications")}
    got = Counter(said["id"] for said in hand.payloads())
    assert got.keys() == known
    sys.stderr.write(f"\n{sum(got.values()) - PEOPLE} pushes repeated after kills; {rate:.0f} pushes/s at the end\n")

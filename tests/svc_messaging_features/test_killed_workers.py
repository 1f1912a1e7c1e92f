"""Processes that are killed in the middle of what they do."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import eventlet
from sqlalchemy import func, select

from svc_messaging import batches
from svc_messaging.models import Message, Outbox, ScheduledMessage

WORK = """
from types import SimpleNamespace
from plumbing.database import transactions
from plumbing.settings import settings
from svc_messaging import batches
push = SimpleNamespace(many=lambda frames: None)
db = transactions(settings().database_url, 1)
print("ready", flush=True)
while True:
    batches.send_scheduled(db, push)
"""


def start_worker():
    worker = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", WORK], stdout=subprocess.PIPE, env=dict(os.environ)
    )
    worker.stdout.readline()
    return worker


def test_killed_workers_neither_lose_nor_double_a_scheduled_message(talk, push):
    here = talk.group(talk.ada, talk.ben)
    workers = [start_worker() for _ in range(2)]
    for number in range(60):
        talk.schedule(here, talk.ada, f"number {number}")
        if number % 20 == 10:
            workers[0].send_signal(signal.SIGKILL)
            workers[0].wait()
            workers = [*workers[1:], start_worker()]
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    with eventlet.Timeout(30):
        while talk.count(select(func.count()).select_from(ScheduledMessage)):
            batches.send_scheduled(talk.db, push)
    with talk.db.reading() as session:
        texts = session.scalars(select(Message.text).where(Message.conversation_id == here)).all()
    assert sorted(texts) == sorted(f"number {number}" for number in range(60))
    assert talk.count(select(func.count()).select_from(Outbox).where(Outbox.name == "message_created")) == 60
    talk.changes(here, talk.ada)

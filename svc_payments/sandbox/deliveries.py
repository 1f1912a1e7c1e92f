"""Messages on their way: signed as Stripe signs them, sent in the background, and again until they are taken."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
from dataclasses import dataclass

import requests

from svc_payments.sandbox import later
from svc_payments.sandbox.options import Options
from svc_payments.sandbox.store import Store

_THREADS = 3
_TIMEOUT_S = 10.0
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 60.0
_MOST_TRIES = 40
_IDLE_S = 5.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Delivery:
    seq: int
    body: bytes
    tries: int


def sign(body: bytes, secret: str, now: int) -> str:
    """Return the header `Stripe-Signature` of a message."""
    digest = hmac.new(secret.encode(), b"%d." % now + body, hashlib.sha256).hexdigest()
    return f"t={now},v1={digest}"


class Deliverer:
    """Threads that send what is due. Several send at a time, so the order is nobody's promise, as with Stripe."""

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._options = options
        self._wake = threading.Condition()
        self._stopped = False

    def start(self) -> None:
        """Begin; what another process left half sent is sent again."""
        with self._store.transaction():
            self._store.run("UPDATE deliveries SET state = 'waiting' WHERE state = 'sending'")
        self._store.on_commit = self.wake
        for _ in range(_THREADS):
            threading.Thread(target=self._run, daemon=True).start()
        threading.Thread(target=self._run_later, daemon=True).start()

    def stop(self) -> None:
        """Send nothing more."""
        self._stopped = True
        self.wake()

    def wake(self) -> None:
        """Look for work now."""
        with self._wake:
            self._wake.notify_all()

    def _run(self) -> None:
        session = requests.Session()
        session.trust_env = False  # the receiver is beside us
        while not self._stopped:
            delivery, due = self._claim()
            if delivery is None:
                self._sleep(due)
            else:
                self._finish(delivery, self._send(session, delivery))

    def _run_later(self) -> None:
        while not self._stopped:
            self._sleep(later.do_due(self._store))

    def _sleep(self, due: float | None) -> None:
        seconds = _IDLE_S if due is None else min(_IDLE_S, max(0.01, due - time.time()))
        with self._wake:
            self._wake.wait(seconds)

    def _claim(self) -> tuple[_Delivery | None, float | None]:
        """Take the next message; or tell when the next one is due."""
        if not self._options.webhook_url:
            return None, None
        store = self._store
        found = store.rows("SELECT min(due) AS due FROM deliveries WHERE state = 'waiting'")[0]["due"]
        if found is None or found > time.time():
            return None, found
        with store.transaction():
            rows = store.rows(
                "SELECT seq, event_id, tries FROM deliveries WHERE state = 'waiting' AND due <= ?"
                " ORDER BY due, seq LIMIT 1",
                time.time(),
            )
            if not rows:
                return None, time.time()
            row = rows[0]
            store.run("UPDATE deliveries SET state = 'sending' WHERE seq = ?", row["seq"])
            event = store.get("event", row["event_id"])
        return _Delivery(row["seq"], json.dumps(event, indent=2).encode(), row["tries"]), None

    def _send(self, session: requests.Session, delivery: _Delivery) -> bool:
        signature = sign(delivery.body, self._options.webhook_secret, int(time.time()))
        headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature}
        try:
            answer = session.post(
                self._options.webhook_url,
                data=delivery.body,
                headers=headers,
                timeout=_TIMEOUT_S,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            _log.info("A message was not taken: %s", type(error).__name__)
            return False
        return 200 <= answer.status_code < 300

    def _finish(self, delivery: _Delivery, taken: bool) -> None:
        tries = delivery.tries + 1
        state = "done" if taken else ("given up" if tries >= _MOST_TRIES else "waiting")
        due = time.time() + min(_LONGEST_WAIT_S, _FIRST_WAIT_S * 2.0 ** min(tries, 10) / 2)
        with self._store.transaction():
            self._store.run(
                "UPDATE deliveries SET state = ?, tries = ?, due = ? WHERE seq = ?", state, tries, due, delivery.seq
            )

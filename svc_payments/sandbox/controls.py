"""The controls of tests, under /sandbox: trouble with messages and calls, and what banks decide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from svc_payments.sandbox.api import check_key
from svc_payments.sandbox.faults import HOWS
from svc_payments.sandbox.objects import balance, disputes, refunds, transfers
from svc_payments.sandbox.options import Options
from svc_payments.sandbox.refusals import Refusal, wrong
from svc_payments.sandbox.store import Store, Thing, shown

_WEBHOOK_KINDS = ("drop", "double", "delay", "reorder")
_MOST = 10_000
Body = dict[str, Any]


class Controls:
    """What tests may do; bodies are JSON."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def webhooks(self, body: Body) -> Thing:
        """{kind: drop | double | delay | reorder, count, seconds}: trouble with the next messages."""
        kind, count = body.get("kind"), _count(body)
        if kind not in _WEBHOOK_KINDS:
            raise wrong("kind", f"One of {', '.join(_WEBHOOK_KINDS)}.")
        seconds = float(body.get("seconds", 0))
        self._store.run(
            "INSERT OR REPLACE INTO webhook_faults (kind, count, seconds) VALUES (?, ?, ?)", kind, count, seconds
        )
        return {"kind": kind, "count": count}

    def calls(self, body: Body) -> Thing:
        """{how, moment: before | after, method, path, count, seconds, code}: trouble with the next calls."""
        how, moment = body.get("how"), body.get("moment", "after")
        if how not in HOWS:
            raise wrong("how", f"One of {', '.join(HOWS)}.")
        if moment not in ("before", "after"):
            raise wrong("moment", "before or after")
        self._store.run(
            "INSERT INTO call_faults (method, path, how, moment, seconds, code, count) VALUES (?, ?, ?, ?, ?, ?, ?)",
            str(body.get("method", "")),
            str(body.get("path", "")),
            how,
            moment,
            float(body.get("seconds", 30)),
            str(body.get("code", "refused")),
            _count(body),
        )
        return {"how": how}

    def calm(self, _body: Body) -> Thing:
        """Take back all trouble that has not happened yet; messages that were held are sent."""
        self._store.run("DELETE FROM webhook_faults")
        self._store.run("DELETE FROM call_faults")
        self._store.run("UPDATE deliveries SET state = 'waiting' WHERE state = 'held'")
        return {}

    def open_dispute(self, body: Body) -> Thing:
        """{payment_intent, amount, reason, inquiry}: a bank complains."""
        intent = self._store.get("payment_intent", str(body.get("payment_intent")))
        if intent["status"] != "succeeded":
            raise wrong("payment_intent", "It is not paid.")
        charge = self._store.get("charge", intent["latest_charge"])
        return disputes.open_(
            self._store,
            charge,
            amount=int(body.get("amount") or charge["amount"]),
            reason=str(body.get("reason", "fraudulent")),
            inquiry=body.get("inquiry") is True,
        )

    def close_dispute(self, body: Body, id: str) -> Thing:  # noqa: A002 - of the path
        """{status: won | lost}: the bank decides."""
        if body.get("status") not in ("won", "lost"):
            raise wrong("status", "won or lost")
        return disputes.close(self._store, self._store.get("dispute", id), won=body["status"] == "won")

    def fail_refund(self, _body: Body, id: str) -> Thing:  # noqa: A002
        """Let a refund fail after all."""
        refund = self._store.get("refund", id)
        refunds.fail(self._store, refund)
        return refund

    def reverse_transfer(self, body: Body, id: str) -> Thing:  # noqa: A002
        """{amount}: a transfer comes back, or a part of it."""
        amount = None if body.get("amount") is None else int(body["amount"])
        return transfers.reverse(self._store, self._store.get("transfer", id), amount, {})

    def put_balance(self, body: Body) -> Thing:
        """{currency, amount}: what the platform has at the provider."""
        balance.put_held(self._store, str(body["currency"]), int(body["amount"]))
        return {}

    def deliveries(self, _body: Body) -> Thing:
        """Return how many messages are in which state, and how many are still to be sent."""
        rows = self._store.rows("SELECT state, count(*) AS count FROM deliveries GROUP BY state")
        return {row["state"]: row["count"] for row in rows}


def _count(body: Body) -> int:
    count = int(body.get("count", 1))
    if not 1 <= count <= _MOST:
        raise wrong("count", f"Between 1 and {_MOST}.")
    return count


def register(app: Flask, store: Store, options: Options) -> None:
    """Give an application the controls."""
    controls = Controls(store)
    blueprint = Blueprint("controls", __name__, url_prefix="/sandbox")
    for method, path, action in (
        ("POST", "/webhooks", controls.webhooks),
        ("POST", "/calls", controls.calls),
        ("POST", "/calm", controls.calm),
        ("POST", "/disputes", controls.open_dispute),
        ("POST", "/disputes/<id>/close", controls.close_dispute),
        ("POST", "/refunds/<id>/fail", controls.fail_refund),
        ("POST", "/transfers/<id>/reverse", controls.reverse_transfer),
        ("POST", "/balance", controls.put_balance),
        ("GET", "/deliveries", controls.deliveries),
    ):
        blueprint.add_url_rule(path, path, _view(store, options, action), methods=[method])
    app.register_blueprint(blueprint)


def _view(store: Store, options: Options, action: Callable[..., Thing]) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        try:
            check_key(options)
            body = request.get_json(silent=True) or {}
            with store.transaction():
                done = action(body, **ids)
        except Refusal as refusal:
            answer = jsonify(refusal.body)
            answer.status_code = refusal.status
            return answer
        except (KeyError, TypeError, ValueError) as error:
            answer = jsonify({"error": {"message": f"Not understood: {error}"}})
            answer.status_code = 400
            return answer
        return jsonify(shown(done))

    return view

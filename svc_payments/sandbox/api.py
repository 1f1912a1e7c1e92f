"""The API's door: who calls, what was asked before, the work in one transaction, and the answer."""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import socket
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask, Response, request

from svc_payments.sandbox import faults, replies
from svc_payments.sandbox.calls import Call
from svc_payments.sandbox.expanding import expand
from svc_payments.sandbox.faults import Fault
from svc_payments.sandbox.options import Options
from svc_payments.sandbox.params import Params, nested
from svc_payments.sandbox.refusals import Refusal
from svc_payments.sandbox.replies import Reply
from svc_payments.sandbox.routes import ROUTES, Answerer
from svc_payments.sandbox.store import Store, random_text, shown


def check_key(options: Options) -> None:
    """Refuse a call without our secret key, as a bearer or as the user of Basic authentication.

    Raises:
        Refusal: It is another key, or none.
    """
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[0]
        except (binascii.Error, ValueError):
            value = ""
    if not hmac.compare_digest(value.encode(), options.key.encode()):
        raise Refusal("Invalid API Key provided.", status=401)


class Api:
    """Answers calls of Stripe's API."""

    def __init__(self, store: Store, options: Options) -> None:
        self._store = store
        self._options = options

    def answer(self, answerer: Answerer, ids: tuple[str, ...]) -> Response:
        """Answer one call."""
        request_id = f"req_{random_text(14)}"
        try:
            check_key(self._options)
            reply, fault = self._reply(answerer, ids, request_id)
        except Refusal as refusal:
            return _response(Reply(refusal.status, refusal.body, request_id))
        if fault is None or fault.how in ("error", "busy", "refuse", "stuck"):
            return _response(reply)
        return _lost(fault, reply)

    def _reply(self, answerer: Answerer, ids: tuple[str, ...], request_id: str) -> tuple[Reply, Fault | None]:
        method, path = request.method, request.path
        pairs = [*request.args.items(multi=True), *request.form.items(multi=True)]
        key = request.headers.get("Idempotency-Key", "") if method == "POST" else ""
        with self._store.transaction():
            fault = faults.take(self._store, method, path)
            if fault is not None and fault.before:
                return fault.reply(request_id), fault
            question = replies.question_of(method, path, pairs)
            known = replies.before(self._store, key, question) if key else None
            if known is None:
                known = self._work(answerer, ids, Params(nested(pairs)), request_id)
                if fault is not None and fault.how == "stuck":
                    known = fault.reply(request_id)
                if key:
                    replies.keep(self._store, key, question, known)
            if fault is not None and fault.how == "error":
                return fault.reply(request_id), fault
            return known, fault

    def _work(self, answerer: Answerer, ids: tuple[str, ...], params: Params, request_id: str) -> Reply:
        """Do it. A bank's no is an answer like others; all other refusals undo the whole."""
        paths = params.texts("expand")
        try:
            answer = answerer(Call(self._store, params, ids, self._options.public_url))
        except Refusal as refusal:
            if not refusal.kept:
                raise
            return Reply(refusal.status, refusal.body, request_id)
        params.refuse_unread()
        expand(self._store, answer, paths)
        return Reply(200, shown(answer), request_id)


def _response(reply: Reply) -> Response:
    headers = {"Request-Id": reply.request_id, "Stripe-Version": request.headers.get("Stripe-Version", "")}
    if reply.replayed:
        headers["Idempotent-Replayed"] = "true"
    if reply.status == 500:
        headers["Stripe-Should-Retry"] = "false"
    return Response(json.dumps(reply.body, indent=2), reply.status, headers, mimetype="application/json")


def _lost(fault: Fault, reply: Reply) -> Response:
    """Lose an answer: say nothing for a while, or break the connection."""
    if fault.how == "timeout":
        time.sleep(fault.seconds)
    connection: socket.socket | None = request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return _response(reply)


def register(app: Flask, store: Store, options: Options) -> None:
    """Give an application the API's routes."""
    api = Api(store, options)
    blueprint = Blueprint("api", __name__)
    for (method, path), answerer in ROUTES.items():
        blueprint.add_url_rule(path, f"{method} {path}", _view(api, answerer), methods=[method])

    def unknown(**_path: Any) -> Response:
        message = f"Unrecognized request URL ({request.method}: {request.path[:200]})."
        return _response(Reply(404, Refusal(message).body, f"req_{random_text(14)}"))

    blueprint.add_url_rule("/v1/<path:rest>", "unknown", unknown, methods=["GET", "POST", "DELETE"])
    app.register_blueprint(blueprint)


def _view(api: Api, answerer: Answerer) -> Callable[..., Response]:
    def view(**ids: str) -> Response:
        return api.answer(answerer, tuple(ids.values()))

    return view

"""The sandbox's web application: API, pages and controls, over one store."""

from __future__ import annotations

import os

from flask import Flask, Response

from svc_payments.sandbox import api, controls, metrics, pages
from svc_payments.sandbox.deliveries import Deliverer
from svc_payments.sandbox.options import Options
from svc_payments.sandbox.store import Store

_MOST_BODY = 256 * 1024


def create_app(options: Options | None = None) -> Flask:
    """Return the application, with its messages being sent. One process only may run it."""
    options = options or Options.from_environment(os.environ)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = _MOST_BODY
    metrics.register(app, os.environ.get("CHARLA_VERSION", "unknown"))
    store = Store(options.dir)
    api.register(app, store, options)
    pages.register(app, store, options)
    controls.register(app, store, options)
    app.add_url_rule("/healthz", "alive", lambda: Response("{}", mimetype="application/json"))
    app.add_url_rule("/readyz", "ready", lambda: _ready(store))
    app.after_request(_harden)
    deliverer = Deliverer(store, options)
    deliverer.start()
    app.extensions["deliverer"] = deliverer
    return app


def _ready(store: Store) -> Response:
    with store.transaction():  # fails, and answers 500, where the file cannot be written
        store.run("DELETE FROM later WHERE seq < 0")
    return Response("{}", mimetype="application/json")


def _harden(response: Response) -> Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response

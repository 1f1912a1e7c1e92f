"""The smallest Flask application, to know what this machine's Flask can do at all."""

from __future__ import annotations

from flask import Flask, Response, jsonify, request


def create_app() -> Flask:
    """Return an application that answers a posted JSON object with another one."""
    app = Flask(__name__)

    @app.post("/v1/plain")
    def plain() -> tuple[Response, int]:
        return jsonify(text=request.get_json()["text"]), 201

    return app

"""The gateway's WSGI application: Flask for the routes, `Edge` around it."""

from __future__ import annotations

from typing import Any

import flask
from flask.sessions import SessionInterface
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter

from contracts.base import Invalid, ServiceError
from gateway_flask.edge import Edge
from gateway_flask.errors import BodyTooLarge, MethodNotAllowed, UnknownPath, problem
from gateway_flask.operation import REQUEST_ID, Operation, to_response
from gateway_flask.routes import BLUEPRINTS
from gateway_flask.routes.messages import list_messages
from gateway_flask.routes.sending import send_message
from gateway_flask.websocket import serve_websocket
from plumbing.logs import get_logger

log = get_logger(__name__)


class IdConverter(BaseConverter):
    """A UUID in its usual lower-case form; anything else is no such path."""

    regex = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


class _NoSessions(SessionInterface):
    """The gateway keeps no Flask sessions."""

    def open_session(self, app: flask.Flask, request: flask.Request) -> Any:
        return self.make_null_session(app)

    def save_session(self, *_: Any) -> None:
        return None


def create_flask() -> flask.Flask:
    """Return the Flask application with all routes."""
    app = flask.Flask("charla-gateway", static_folder=None)
    app.session_interface = _NoSessions()
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(Exception, _on_crash)
    return app


def create_app() -> Edge:
    """Return the application that gunicorn serves."""
    app = create_flask()
    messages: dict[str, Operation] = {
        "GET": list_messages.operation,  # type: ignore[attr-defined]
        "POST": send_message.operation,  # type: ignore[attr-defined]
    }
    return Edge(app.wsgi_app, messages, serve_websocket)


def _on_http_error(error: HTTPException) -> flask.Response:
    reply = problem(_as_service_error(error), _request_id(), flask.request.path)
    response = to_response(reply)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def _as_service_error(error: HTTPException) -> ServiceError:
    if error.code == 405:
        return MethodNotAllowed()
    if error.code == 413:
        return BodyTooLarge()
    if error.code is not None and error.code >= 500:
        return ServiceError()
    if error.code == 400:
        return Invalid()
    return UnknownPath()


def _on_crash(error: Exception) -> flask.Response:
    log.error("request_crashed", exc_info=error, request_id=_request_id())
    return to_response(problem(ServiceError(), _request_id(), flask.request.path))


def _request_id() -> str:
    return str(flask.request.environ.get(REQUEST_ID, ""))

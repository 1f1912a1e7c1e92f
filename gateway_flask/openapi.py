"""The OpenAPI 3.1 document, generated from what `@operation` says of each route."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import flask
import msgspec

from contracts.base import (
    Forbidden,
    Invalid,
    KeyInvalid,
    KeyMismatch,
    ServiceError,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from contracts.payments import KeyRequired
from gateway_flask.errors import (
    PROBLEM_JSON,
    STATUS_OF_KIND,
    BodyTooLarge,
    Problem,
    UnknownPath,
    UnsupportedMediaType,
    status_of,
)
from gateway_flask.fields import ID_PATTERN
from gateway_flask.operation import Operation
from gateway_flask.reply import JSON

_REF = "#/components/schemas/{name}"
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
Schema = dict[str, Any]


def document(app: flask.Flask) -> Schema:
    """Return the OpenAPI document of all operations of `app`."""
    routes = list(_routes(app))
    shapes = _Shapes([operation for _, _, _, operation in routes])
    paths: dict[str, Schema] = {}
    for path, parameters, method, operation in routes:
        paths.setdefault(path, {})[method] = _operation_object(operation, parameters, path, shapes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Charla",
            "version": "1",
            "summary": "The wire API of a chat that a community runs for itself.",
            "description": "Errors are RFC 9457 problem documents with a stable `code`. Lists are `{items, next}`. "
            "429 and 503 carry `Retry-After`. The WebSocket at `/v1/ws` is described in docs/wire-api.md.",
            "license": {"name": "See LICENSE in the repository", "url": "https://example.org/LICENSE"},
        },
        "servers": [{"url": "/"}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": shapes.components,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of register, login or refresh.",
                }
            },
        },
    }


def _routes(app: flask.Flask) -> Iterator[tuple[str, list[Schema], str, Operation]]:
    for rule in app.url_map.iter_rules():
        operation = getattr(app.view_functions[rule.endpoint], "operation", None)
        if operation is None:
            continue
        parameters = [_path_parameter(kind, name) for kind, name in _PARAMETER.findall(rule.rule)]
        path = _PARAMETER.sub(r"{\2}", rule.rule)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield path, parameters, method.lower(), operation


def _path_parameter(kind: str, name: str) -> Schema:
    schema: Schema = {"type": "string", "minLength": 1}
    if kind == "id":
        schema = {"type": "string", "format": "uuid", "pattern": ID_PATTERN}
    return {"name": name, "in": "path", "required": True, "schema": schema}


class _Shapes:
    """All types of all operations, as schemas that refer to each other."""

    def __init__(self, operations: list[Operation]) -> None:
        types: list[Any] = [Problem]
        for operation in operations:
            types += [kind for kind in (operation.body, operation.query) if kind is not None]
            types += _alternatives(operation.returns)
            types += [kind for kind, _ in operation.also.values() if kind is not None]
        self._types = types
        schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
        self._schemas = schemas
        self.components: Schema = dict(components)

    def of(self, kind: Any) -> Schema:
        """Return the schema of one of the types."""
        return dict(self._schemas[self._types.index(kind)])

    def fields(self, kind: Any) -> tuple[Schema, list[str]]:
        """Return the fields of a struct and the names of those that are required."""
        component = self.components[self.of(kind)["$ref"].rpartition("/")[2]]
        return component["properties"], component.get("required", [])


def _alternatives(returns: Any) -> list[Any]:
    if returns is None:
        return []
    return list(returns) if isinstance(returns, tuple) else [returns]


_KEY_HEADER: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Repeat the call with the same key, and the thing is made once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
}


def _key_header(operation: Operation) -> list[Schema]:
    if operation.key_required:
        return [{**_KEY_HEADER, "required": True}]
    return [_KEY_HEADER] if operation.keyed else []


def _operation_object(operation: Operation, parameters: list[Schema], path: str, shapes: _Shapes) -> Schema:
    found: Schema = {
        "operationId": operation.name,
        "summary": operation.summary,
        "tags": [_tag(path)],
        "responses": _responses(operation, path, shapes),
    }
    if operation.description:
        found["description"] = operation.description
    everything = parameters + _query_parameters(operation, shapes) + _key_header(operation)
    if everything:
        found["parameters"] = everything
    if operation.body is not None:
        content = {JSON: {"schema": shapes.of(operation.body)}}
        found["requestBody"] = {"required": operation.body_required, "content": content}
    if operation.raw_most:
        found["requestBody"] = {"required": True, "content": {JSON: {"schema": {}}}}
    if operation.auth or operation.optional_auth:
        found["security"] = [{"bearer": []}, {}] if operation.optional_auth else [{"bearer": []}]
    return found


def _tag(path: str) -> str:
    parts = [part for part in path.split("/") if part and part != "v1"]
    if "messages" in parts:
        return "messages"
    return parts[0].lstrip(".") if parts else "meta"


def _query_parameters(operation: Operation, shapes: _Shapes) -> list[Schema]:
    if operation.query is None:
        return []
    properties, required = shapes.fields(operation.query)
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _not_null(schema)}
        for name, schema in properties.items()
    ]


def _not_null(schema: Schema) -> Schema:
    """A query can leave a field out, but it cannot say null."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) == 1:
        return {**kinds[0]}
    return {key: value for key, value in schema.items() if not (key == "default" and value is None)}


def _responses(operation: Operation, path: str, shapes: _Shapes) -> Schema:
    found: Schema = {str(operation.status): _success(operation, shapes)}
    for status, (kind, text) in operation.also.items():
        content = {} if kind is None else {"content": {JSON: {"schema": shapes.of(kind)}}}
        found[str(status)] = {"description": text, **content}
    for status, errors in _errors_by_status(operation, path).items():
        codes = ", ".join(f"`{code}`" for code in sorted({error.code for error in errors}))
        found.setdefault(
            str(status),
            {"description": codes, "content": {PROBLEM_JSON: {"schema": shapes.of(Problem)}}},
        )
        if status in (429, 503):
            found[str(status)]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
    return dict(sorted(found.items()))


def _success(operation: Operation, shapes: _Shapes) -> Schema:
    if operation.content_type is not None:
        kinds = [operation.content_type] if isinstance(operation.content_type, str) else operation.content_type
        return {"description": "Done.", "content": {kind: {"schema": {"type": "string"}} for kind in kinds}}
    schemas = [shapes.of(kind) for kind in _alternatives(operation.returns)]
    if not schemas:
        return {"description": "Done; there is no body."}
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    return {"description": "Done.", "content": {JSON: {"schema": schema}}}


def _errors_by_status(operation: Operation, path: str) -> dict[int, list[type[ServiceError]]]:
    kinds: list[type[ServiceError]] = [Invalid, TooMany, Unavailable, *operation.errors]
    if operation.auth or operation.optional_auth:
        kinds += [Unauthenticated, Forbidden]
    if operation.keyed or operation.key_required:
        kinds += [KeyInvalid, KeyMismatch]
    if operation.key_required:
        kinds.append(KeyRequired)
    if "{" in path:
        kinds.append(UnknownPath)
    if operation.raw_most:
        kinds.append(BodyTooLarge)
    if operation.body is not None:
        kinds += [BodyTooLarge, UnsupportedMediaType]
    found: dict[int, list[type[ServiceError]]] = {}
    for kind in kinds:
        found.setdefault(status_of(kind()), []).append(kind)
    return {status: found[status] for status, _ in STATUS_OF_KIND.values() if status in found}

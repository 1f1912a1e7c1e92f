"""HTTP: schemathesis walks the running gateway's OpenAPI document, as real people and with the ids of real things."""

from __future__ import annotations

import threading
import traceback
import zlib
from collections import Counter
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

import requests
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema
from schemathesis.schemas import BaseSchema

from fuzz.budget import Budget
from fuzz.people import Person, Refused
from fuzz.site import Site
from fuzz.tally import Tally
from fuzz.worlds import World, Worlds

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    # Not `negative_data_rejection`: an optional parameter that is `null`, or an empty header, is as good as left out.
]
#: phase -> its share of the time, examples of each operation, and what is looked at only there.
PHASES: dict[str, tuple[float, int | None, list[str]]] = {
    "coverage": (0.3, None, ["ignored_auth", "unsupported_method", "allow_header_conformance"]),
    "fuzzing": (0.2, 30, []),
    "stateful": (0.5, 400, []),
}
#: Requests of one walk from a link to the next.
STEPS = 12
#: One of so many values stays as it was generated.
_LEFT_ALONE = 6
#: One of so many bodies of what makes things is a right one.
_RIGHT = 3
_CURSORS = {"after", "cursor"}
_WORLDS = 4
_RENEWED_S = 45.0
#: Long polls wait, and that is all they do.
_LEFT_OUT = ["poll_by_query", "poll_by_body"]
#: They end the session of whoever asks, or the account.
_ENDING = {"logout", "delete_other_sessions", "delete_session", "change_password", "start_erasure"}
#: About other people than those who ask.
_ABOUT_OTHERS = {"set_roles", "set_deactivated", "set_media_quota", "suspend_advertiser"}
#: Answers that each operation may get and none names.
_APART = {414, 431, 503}
_POLLS = {"vote_poll", "close_poll", "list_poll_votes"}


class Guide:
    """Puts real ids in the place of generated ones, and signs each request.

    What it does to a value follows from the value, so that hypothesis sees the same twice.
    """

    def __init__(self, site: Site, worlds: Worlds) -> None:
        self._site, self._worlds = site, worlds
        self._turn = threading.Lock()
        self._made = [worlds.make() for _ in range(_WORLDS)]
        self._since = monotonic()
        self._leaver: Person | None = None
        self._left = 0.0

    def renew(self) -> None:
        """Make a new world now and then: what is walked over is deleted sooner or later."""
        with self._turn:
            if monotonic() - self._since < _RENEWED_S:
                return
            with suppress(Refused):  # the walk may have shut a door on the way; the worlds that there are serve on
                self._worlds.open_doors()
                self._made = [*self._made[1:], self._worlds.make()]
            self._since = monotonic()

    def path(self, operation: str, found: dict[str, Any]) -> dict[str, Any]:
        """Return path parameters, mostly real ones, all of one world."""
        seed = _number(found)
        if not found or seed % _LEFT_ALONE == 0:
            return found
        world = self._world(seed)
        return {name: self._fact(world, operation, name, value) for name, value in found.items()}

    def body(self, operation: str, found: Any) -> Any:
        """Return a body whose ids are mostly real ones."""
        seed = _number(found)
        if not isinstance(found, dict) or seed % _LEFT_ALONE == 0:
            return found
        world = self._world(seed)
        if seed % _RIGHT == 0 and f"{operation}.body" in world:
            return world[f"{operation}.body"]
        return {name: self._fact(world, operation, name, value) for name, value in found.items()}

    def query(self, found: dict[str, Any]) -> dict[str, Any]:
        """Return a query that mostly asks for a first page: a cursor cannot be guessed."""
        if _number(found) % _LEFT_ALONE == 0:
            return found
        return {name: value for name, value in found.items() if name not in _CURSORS}

    def _world(self, seed: int) -> World:
        return self._made[seed % len(self._made)]

    def _fact(self, world: World, operation: str, name: str, value: Any) -> Any:
        if name == "user_id" and operation in _ABOUT_OTHERS:
            return self._worlds.bystander.id
        if name == "message_id" and operation in _POLLS:
            return world["poll_id"]
        named = world.get(f"{operation}.{name}", world.get(name, value))
        # What is not even of the right kind is left to be refused.
        return named if isinstance(value, str | list) else value

    def sign(self, operation: str) -> str:
        """Return the token of who asks for such a thing."""
        return self._who(operation).token

    def _who(self, operation: str) -> Person:
        if operation not in _ENDING:
            return self._worlds.owner
        with self._turn:
            if self._leaver is None:
                self._leaver = self._site.person("leaver")
            elif monotonic() - self._left > 2.0:
                self._leaver.sign_in()
            self._left = monotonic()
            return self._leaver

    def spare(self, operation: str, found: dict[str, Any]) -> dict[str, Any]:
        """Return path parameters that do no harm to those who ask, wherever they came from."""
        safe = {self._worlds.owner.id, self._worlds.other.id}
        if operation in _ABOUT_OTHERS and found.get("user_id") in safe:
            return {**found, "user_id": self._worlds.bystander.id}
        return found


def _number(value: Any) -> int:
    return zlib.crc32(repr(value).encode("utf-8", "replace")) >> 3


def run(site: Site, budget: Budget) -> Tally:
    """Walk the document, phase after phase."""
    tally = Tally("http")
    guide = Guide(site, Worlds(site))
    document = requests.get(f"{site.url}/v1/openapi.json", timeout=60).json()
    _spare(guide)
    seconds = budget.left
    for phase, (share, examples, more) in PHASES.items():
        schema = _schema(site, document, guide, budget.seed)
        schema.config.checks.update(included_check_names=[*CHECKS, *more])
        schema.config.phases.update(phases=[phase])
        schema.config.generation.max_examples = examples
        schema.config.generation.no_shrink = True
        schema.config.phases.stateful.max_steps = STEPS
        schema.config.max_time = max(1, int(seconds * share))
        _walk(schema, guide, tally)
    return tally


def _schema(site: Site, document: Any, guide: Guide, seed: int) -> BaseSchema:
    whole = schemathesis.openapi.from_dict(document, config=SchemathesisConfig(seed=seed))
    schema = whole.exclude(operation_id=_LEFT_OUT)
    schema.config.generation.with_security_parameters = False  # part `tokens` forges them
    schema.config.update(base_url=site.url, request_timeout=30, continue_on_failure=True, workers=2)
    _guide(schema, guide, set(document["paths"]))
    return schema


def _spare(guide: Guide) -> None:
    """Look at each case just before it is sent; schemathesis has such a hook for all schemas alone."""

    @schemathesis.hook
    def before_call(context: Any, case: Any, kwargs: Any) -> None:
        case.path_parameters = guide.spare(_id(case.operation), dict(case.path_parameters or {}))


def _guide(schema: Any, guide: Guide, literal: set[str]) -> None:
    @schema.hook
    def map_path_parameters(context: Any, path_parameters: Any) -> Any:
        return guide.path(_name(context), path_parameters) if path_parameters else path_parameters

    @schema.hook
    def map_body(context: Any, body: Any) -> Any:
        return guide.body(_name(context), body)

    @schema.hook
    def map_query(context: Any, query: Any) -> Any:
        return guide.query(query) if query else query

    @schema.hook
    def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
        # 503 is counted apart, and what is too long is refused by Nginx before anybody looks what it is for. An id may
        # by chance be another operation's whole path, which has other methods.
        is_apart = response.status_code in _APART
        return not is_apart and not (response.status_code == 405 and case.formatted_path in literal)

    @schema.auth(refresh_interval=None)
    class Signed:
        def get(self, case: Any, context: Any) -> str:
            guide.renew()
            return guide.sign(_id(case.operation))

        def set(self, case: Any, data: str, context: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


def _name(context: Any) -> str:
    return _id(context.operation) if context.operation is not None else ""


def _id(operation: Any) -> str:
    return str(operation.definition.raw.get("operationId", ""))


def _walk(schema: BaseSchema, guide: Guide, tally: Tally) -> None:
    links: set[str] = set()
    statuses: Counter[str] = Counter()
    known = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.PhaseStarted) and event.payload is not None:
            known = event.payload.transitions_total
        elif isinstance(event, events.ScenarioFinished):
            links |= _links(event.recorder)
            _take(event.recorder, tally, statuses)
        elif isinstance(event, events.NonFatalError) and isinstance(event.value, SystemError):
            tally.kinds["not made: an error of Python's own compiler"] += 1  # bpo-106905, before Python 3.11.9
        elif isinstance(event, events.NonFatalError):
            tally.fault(f"{event.label}: {type(event.value).__name__}: {str(event.value)[:200]}{_place(event.value)}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    tally.kinds.update(statuses)
    if known:
        tally.notes.append(f"{len(links)} of {known} links between operations were followed")


def _links(recorder: Any) -> set[str]:
    return {
        node.transition.id
        for node in recorder.cases.values()
        if node.transition is not None and node.is_transition_applied
    }


def _take(recorder: Any, tally: Tally, statuses: Counter[str]) -> None:
    for interaction in recorder.interactions.values():
        tally.case()
        statuses[str(interaction.response.status_code) if interaction.response is not None else "no answer"] += 1
    for case_id, checks in recorder.checks.items():
        for check in checks:
            if check.status == Status.FAILURE and check.failure_info is not None:
                failure = check.failure_info.failure
                label = recorder.cases[case_id].value.operation.label
                tally.fault(f"{label}: {failure.title}: {_short(failure.message)}")


def _place(error: BaseException) -> str:
    """Return where an error came from, for whoever has to look for it."""
    steps = traceback.extract_tb(error.__traceback__)
    return "".join(f" < {Path(step.filename).name}:{step.lineno}" for step in reversed(steps[-3:]))


def _short(text: str) -> str:
    return " ".join(text.split())[:160]

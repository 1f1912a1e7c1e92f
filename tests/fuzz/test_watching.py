"""What a watch makes of metrics and logs, and what a part's outcome is."""

from __future__ import annotations

import json
from collections import Counter

from fuzz.report import Row, table
from fuzz.tally import TOLD, Tally
from fuzz.watch import Seen, complaints, counted

_METRICS = """\
# TYPE x histogram
x_bucket{operation="get_me",status="500",le="+Inf"} 7
x_count{operation="get_me",status="200"} 90
x_count{operation="get_me",status="500"} 7
x_count{operation="send",status="503"} 2
"""


def _line(**facts: str) -> str:
    return json.dumps({"event": "frame_failed", **facts})


def test_answers_of_5xx_are_counted_by_what_was_asked() -> None:
    assert counted(_METRICS, "x", "operation") == Counter({"get_me 500": 7, "send 503": 2})


def test_errors_in_logs_are_complaints_and_warnings_are_not() -> None:
    error = _line(level="error", exception="Traceback (most recent call last):\n  …\nValueError: odd")
    lines = [error, _line(level="warning"), _line(level="info"), "plain words", "{ no JSON"]
    assert list(complaints("gateway", lines)) == ["gateway: error: frame_failed ValueError: odd"]


def test_a_crash_without_json_is_a_complaint() -> None:
    lines = ["Traceback (most recent call last):", "LOG: server process was terminated by signal 11", "ready"]
    assert len(list(complaints("postgres", lines))) == 2


def test_a_part_that_did_nothing_has_failed() -> None:
    assert not Row(Tally("tus"), Seen(), 1.0).good
    assert Row(Tally("tus", cases=1), Seen(unavailable=Counter({"send 503": 1})), 1.0).good


def test_each_finding_makes_it_fail_and_is_told_with_the_seed() -> None:
    wrong = Tally("tus", cases=1)
    wrong.demand(False, "bytes are gone")
    rows = [
        Row(wrong, Seen(), 1.0),
        Row(Tally("http", cases=1), Seen(deaths=["gateway"]), 1.0),
        Row(Tally("media", cases=1), Seen(failures=Counter({"get_me 500": 3})), 1.0),
        Row(Tally("amqp", cases=1), Seen(complaints=Counter({"auth: error": 1})), 1.0),
    ]
    assert not any(row.good for row in rows)
    told = table(rows, 4711)
    for words in ("bytes are gone", "DIED: gateway", "3 x get_me 500", "auth: error", "--seed 4711", "FAILED in tus"):
        assert words in told


def test_many_faults_are_counted_and_some_are_told() -> None:
    tally = Tally("x")
    for number in range(TOLD + 5):
        tally.fault(f"fault {number}")
    assert len(tally.told()) == TOLD + 1
    assert tally.told()[-1] == "… and 5 others"

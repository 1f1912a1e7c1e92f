"""`./charla logs --trace ID`: what all processes wrote of one request."""

import json

import pytest

from stack import traces

TRACE = "a" * 32


def line(**values: str) -> str:
    return json.dumps({"timestamp": "2026-11-27T10:00:00Z", "service": "auth", "level": "info", "event": "x"} | values)


def test_lines_of_other_requests_and_what_is_no_line_are_left_out() -> None:
    lines = [
        line(trace_id=TRACE),
        line(trace_id="b" * 32),
        line(said=f"of {TRACE}"),
        f"Traceback {TRACE}",
        f"{{{TRACE}",
    ]
    assert [each["trace_id"] for each in traces.of_trace(TRACE, lines)] == [TRACE]


@pytest.mark.parametrize("wanted", [TRACE, f"00-{TRACE}-{'c' * 16}-01"])
def test_a_traceparent_will_do(wanted: str) -> None:
    assert len(list(traces.of_trace(wanted, [line(trace_id=TRACE)]))) == 1


def test_a_request_is_found_by_the_id_that_its_client_gave_it() -> None:
    assert len(list(traces.of_trace("my-id.1", [line(request_id="my-id.1", trace_id=TRACE), line()]))) == 1


class Logs:
    def log_lines(self, pattern: str) -> list[str]:
        return [
            line(trace_id=TRACE, timestamp="2026-11-27T10:00:02Z", service="ads", level="error", exception="A\nB"),
            line(trace_id=TRACE, timestamp="2026-11-27T10:00:01Z", event="begun", request_id="my-id"),
        ]


@pytest.mark.parametrize("wanted", [TRACE, "my-id"])
def test_lines_are_in_the_order_of_time_whoever_wrote_them(capsys: pytest.CaptureFixture[str], wanted: str) -> None:
    assert traces.show(Logs(), wanted, []) == 0  # type: ignore[arg-type]
    assert capsys.readouterr().out.splitlines() == [
        "2026-11-27T10:00:01Z auth info begun request_id=my-id",
        "2026-11-27T10:00:02Z ads error x",
        "    A",
        "    B",
    ]
    assert traces.show(Logs(), "d" * 32, []) == 1  # type: ignore[arg-type]

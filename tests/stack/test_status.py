"""What `./charla status` makes of what processes tell of themselves."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from stack import standing, status
from stack.figures import Memory, Work, look, parse, work_of
from stack.lifecycle import Stack
from stack.rundir import ROOT, RunDir
from stack.supervisor import wait_for

TOLD = """\
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1000.0
charla_gateway_request_seconds_count{operation="send_message",status="201"} 90.0
charla_gateway_request_seconds_count{operation="send_message",status="503"} 10.0
charla_gateway_request_seconds_count{operation="get_readiness",status="200"} 500.0
charla_gateway_request_seconds_bucket{le="0.1",operation="send_message",status="201"} 80.0
charla_gateway_request_seconds_bucket{le="0.5",operation="send_message",status="201"} 90.0
charla_gateway_request_seconds_bucket{le="+Inf",operation="send_message",status="201"} 90.0
charla_gateway_request_seconds_bucket{le="0.1",operation="get_readiness",status="200"} 500.0
charla_gateway_request_seconds_bucket{le="+Inf",operation="get_readiness",status="200"} 500.0
charla_outbox_lag_seconds{service="auth_relay"} 12.0
charla_outbox_rows{service="auth_relay"} 3.0
charla_redis_up 0.0
charla_database_server_connections{database="auth"} 390.0
charla_database_server_connections_max{database="auth"} 400.0
charla_database_longest_transaction_seconds{database="auth"} 0.25
charla_database_size_bytes{database="auth"} 2097152.0
charla_cache_requests_total{cache="people",outcome="hit"} 6.0
charla_cache_requests_total{cache="people",outcome="absent"} 3.0
charla_cache_requests_total{cache="people",outcome="miss"} 1.0
"""
QUEUES = """\
rabbitmq_detailed_queue_messages{vhost="charla",queue="rpc-auth"} 7
rabbitmq_detailed_queue_messages{vhost="charla",queue="rpc-ads"} 0
rabbitmq_detailed_queue_messages{vhost="charla",queue="evt-ads--x--on_x.dead"} 2
rabbitmq_detailed_queue_messages{vhost="charla",queue="evt-ads--x--on_x.retry.500"} 4
"""


def said(*, told: str = TOLD, queues: str | None = QUEUES) -> dict[str, tuple[str, str]]:
    found = standing.sums({"gateway": parse(told)}, None, parse(queues) if queues is not None else None)
    found["disk"] = {"free_bytes": 2.0**40, "total_bytes": 2.0**41}
    return {name: (words, colour) for name, words, colour in standing.lines(found)}


def test_what_we_ask_ourselves_is_no_request() -> None:
    work = work_of(parse(TOLD))
    assert (work.started, work.asked, work.failed) == (1000.0, 100.0, 10.0)
    assert work.within == {"0.1": 80.0, "0.5": 90.0, "inf": 90.0}


def test_quantile_lies_between_the_limits_of_its_bucket() -> None:
    work = work_of(parse(TOLD))
    assert work.quantile(0.99) == pytest.approx(0.1 + 0.4 * (0.99 * 90 - 80) / 10)
    assert Work(0, 0).quantile(0.99) is None


def test_work_is_counted_since_the_last_look() -> None:
    before = Work(10.0, 1.0, 100, 5, {"0.1": 90, "inf": 100})
    since = Work(20.0, 1.0, 130, 6, {"0.1": 110, "inf": 130}).since(before)
    assert (since.at - since.started, since.asked, since.failed) == (10.0, 30, 1)
    assert since.within == {"0.1": 20, "inf": 30}


def test_another_life_of_a_process_begins_anew() -> None:
    now = Work(20.0, 15.0, 130, 6)
    assert now.since(Work(10.0, 1.0, 100, 5)) is now
    assert now.since(None) is now


def test_last_look_is_kept_for_a_quarter_of_an_hour(tmp_path: Path) -> None:
    memory = Memory(tmp_path / "status.json")
    assert memory.recall() == {}
    recent, old, young = (Work(time.time() - age, 0.0, 5.0, 1.0, {"inf": 5.0}) for age in (60, 2000, 0))
    memory.keep({"recent": recent, "old": old, "young": young})
    assert memory.recall() == {"recent": recent}
    (tmp_path / "status.json").write_text("[")
    assert memory.recall() == {}


def test_what_waits_is_told() -> None:
    lines = said()
    assert lines["outbox"] == ("auth 3 (oldest 12.0 s)", standing.YELLOW)
    assert lines["queues"] == ("7 waiting: rpc-auth 7; 4 to be tried again", "")
    assert lines["dead"] == ("evt-ads--x--on_x.dead 2 (./charla dead list)", standing.YELLOW)
    assert lines["cache hits"] == ("people 90%", "")
    assert lines["database"] == ("390 of 400 connections, 2 MiB, oldest transaction 250 ms", standing.RED)
    assert lines["redis"] == ("does not answer", standing.RED)


def test_who_does_not_tell_keeps_nobody_else_from_being_shown() -> None:
    lines = said(told="", queues=None)
    assert lines["outbox"] == lines["database"] == lines["redis"] == ("nobody tells", standing.YELLOW)
    assert lines["queues"] == ("the broker does not tell", standing.YELLOW)


def test_port_where_nobody_answers_tells_nothing() -> None:
    assert look("127.0.0.1:9") is None


def test_table_fits_a_hundred_columns_and_has_colours_on_a_terminal_only() -> None:
    row = status.Row("subscriptions-notifier", "running", 1234567, 360_000, 2**30, False, None, 12345.6, 12.5, 0.75)
    plain = status._table([row], status._painter(coloured=False))
    assert all(len(line) <= 96 for line in plain)
    assert "\x1b" not in "".join(plain)
    coloured = status._table([row], status._painter(coloured=True))
    assert coloured[1].count("\x1b[31m") == 2  # not ready, and much fails


@pytest.fixture
def running() -> Stack:
    stack = Stack(RunDir.current())
    if not stack.supervisor.is_up:
        pytest.skip("needs the running stack that `./charla test` starts")
    return stack


def complete(found: dict[str, Any]) -> bool:
    """On a busy machine a process may not answer in time, and is then left out."""
    asked = [row["requests_s"] for row in found["processes"] if row["process"] in ("messaging", "gateway")]
    waits = found["waits"]
    return None not in (*asked, waits["database"]["connections"], waits["queues"]) and len(waits["outbox"]) == 6


def test_programs_get_json(running: Stack) -> None:
    def ask() -> dict[str, Any]:
        around = os.environ | {"CHARLA_RUN_DIR": str(running.run.path)}
        command = [ROOT / "charla", "status", "--json"]
        return json.loads(subprocess.run(command, env=around, capture_output=True, text=True, check=False).stdout)

    assert wait_for(lambda: complete(ask()), 180, step=1)
    found = ask()
    assert {each.name for each in running.programs} <= {row["process"] for row in found["processes"]}
    assert found["address"] == running.address

"""Every process tells what is asked of it (RED), what it works with (USE), and which code it is."""

from __future__ import annotations

import re

from stack import topology
from stack.lifecycle import Stack
from tests.monitoring.seen import ask, names_in

EVERYWHERE = {
    "charla_build_info",
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_open_fds",
    "process_max_fds",
    "process_start_time_seconds",
}
LOOP = {"charla_loop_late_seconds_bucket"}
THREADS = {"process_threads", "process_count"}
POOL = {"charla_db_pool_size", "charla_db_pool_in_use"}
CONSUMER = {
    "charla_rpc_seconds_bucket",
    "charla_workers_size",
    "charla_workers_busy",
    "charla_consumer_connected",
    "charla_consumer_in_flight",
    "charla_messages_parked_total",
    "charla_events_handled_total",
}
RELAY = {
    "charla_outbox_lag_seconds",
    "charla_outbox_rows",
    "charla_outbox_relay_leading",
    "charla_outbox_publish_seconds_bucket",
    "charla_events_published_total",
    "charla_database_connections",
    "charla_database_server_connections_max",
}
OF_THEIR_OWN = {
    "gateway": LOOP
    | THREADS
    | {
        "charla_gateway_request_seconds_bucket",
        "charla_gateway_in_flight",
        "charla_gateway_in_flight_max",
        "charla_gateway_sockets",
        "charla_gateway_turned_away_total",
        "charla_redis_up",
        "charla_redis_memory_bytes",
    },
    "media-edge": LOOP | THREADS | POOL | {"charla_media_edge_request_seconds_bucket"},
    "media-celery": THREADS | {"charla_media_task_seconds_bucket", "charla_media_tasks_running"},
    "media-celery-long": THREADS | {"charla_media_task_seconds_bucket", "charla_media_tasks_running"},
    "payments-sandbox": {"charla_sandbox_request_seconds_bucket"},
}
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}")


def wanted_of(program: topology.Program) -> set[str]:
    if program.base in OF_THEIR_OWN:
        return EVERYWHERE | OF_THEIR_OWN[program.base]
    return EVERYWHERE | LOOP | THREADS | POOL | (RELAY if program.base.endswith("-relay") else CONSUMER)


def test_every_program_shows_what_is_asked_of_it_and_what_it_works_with(
    stack: Stack, expositions: dict[str, str]
) -> None:
    lacking = {each.name: sorted(wanted_of(each) - names_in(expositions[each.name])) for each in stack.programs}
    assert {name: names for name, names in lacking.items() if names} == {}
    assert len(expositions) >= len(topology.PROGRAMS)


def test_every_program_says_which_code_it_is(stack: Stack, expositions: dict[str, str]) -> None:
    for name, shown in expositions.items():
        (line,) = [line for line in shown.splitlines() if line.startswith("charla_build_info{")]
        assert re.search(r'version="\d+\.\d+\.\d+\+[0-9a-f]{8}"', line), name


def test_no_label_holds_an_id_or_a_path(expositions: dict[str, str]) -> None:
    """Each would make a series of its own, for good."""
    for name, shown in expositions.items():
        series = [line.partition(" ")[0] for line in shown.splitlines() if not line.startswith("#")]
        assert [each for each in series if _UUID.search(each) or "/" in each] == [], name


def test_a_family_of_processes_is_counted_whole(stack: Stack, expositions: dict[str, str]) -> None:
    """The gateway's two workers and the process above them share one port."""
    (line,) = [line for line in expositions["gateway"].splitlines() if line.startswith("process_count ")]
    assert float(line.split()[1]) >= 2


def test_gateway_counts_what_it_is_asked_by_route(stack: Stack) -> None:
    def count() -> float:
        series = 'charla_gateway_request_seconds_count{operation="none",status="404"}'
        shown = ask(stack.ports["gateway-health"], "/metrics").splitlines()
        return next((float(line.split()[-1]) for line in shown if line.startswith(series)), 0.0)

    before = count()
    try:
        ask(stack.ports["gateway"], "/v1/0f0e0d0c-0000-7000-8000-000000000000")
    except OSError as refused:
        assert getattr(refused, "code", None) == 404
        refused.close()  # type: ignore[attr-defined]
    assert count() >= before + 1

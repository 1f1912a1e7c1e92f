"""Writes the dashboards: `python monitoring/grafana/build.py`. Change them here, not in the JSON.

A dashboard is a list of rows, a row a list of panels, a panel a title, a unit and PromQL by legend.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
_DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
_WIDTH, _HEIGHT = 24, 8

Panel = tuple[str, str, dict[str, str]]


def p(quantile: float, family: str, by: str = "", where: str = "") -> str:
    """Return the query of a quantile of a histogram."""
    labels = f"{by}, le" if by else "le"
    return f"histogram_quantile({quantile}, sum by ({labels}) (rate({family}_bucket{where}[$__rate_interval])))"


def rate(series: str, by: str) -> str:
    """Return the query of a rate a second."""
    return f"sum by ({by}) (rate({series}[$__rate_interval]))"


_QUEUES = 'queue!~".+[.](dead|retry[.].+)"'
_SERVICE = '{service=~"$service.*"}'

OVERVIEW: dict[str, list[Panel]] = {
    "Requests through the gateway": [
        ("Requests by status", "reqps", {"{{status}}": rate("charla_gateway_request_seconds_count", "status")}),
        ("Errors", "percentunit", {"5xx": "gateway:errors:ratio5m"}),
        (
            "Duration",
            "s",
            {
                f"p{int(q * 100)}": p(q, "charla_gateway_request_seconds", where='{operation!="poll"}')
                for q in (0.5, 0.9, 0.99)
            },
        ),
    ],
    "Services": [
        ("Calls and events", "reqps", {"{{service}}": "service:calls:rate5m"}),
        ("Failures by their own fault", "percentunit", {"{{service}}": "service:failures:ratio5m"}),
        ("p99", "s", {"{{service}}": "service:call_seconds:p99_5m"}),
    ],
    "What waits": [
        ("Outbox lag", "s", {"{{service}}": "service:outbox_lag_seconds:max"}),
        ("Deepest queues", "short", {"{{queue}}": f"topk(8, rabbitmq_detailed_queue_messages_ready{{{_QUEUES}}} > 0)"}),
        ("Parked", "short", {"{{queue}}": 'rabbitmq_detailed_queue_messages_ready{queue=~".+[.]dead"} > 0'}),
    ],
    "Processes": [
        ("Not answering", "short", {"{{job}} {{program}}": "count by (job, program) (up == 0)"}),
        ("Event loop lag, p99", "s", {"{{program}} {{number}}": "topk(8, program:loop_late_seconds:p99_5m)"}),
        ("Processor", "percentunit", {"{{program}}": rate('process_cpu_seconds_total{job="charla"}', "program")}),
        ("Memory", "bytes", {"{{program}}": 'sum by (program) (process_resident_memory_bytes{job="charla"})'}),
        ("Cache hits", "percentunit", {"{{cache}}": "cache:hits:ratio5m"}),
        ("Versions", "short", {"{{service}} {{version}}": "count by (service, version) (charla_build_info)"}),
    ],
    "Live": [
        ("Sockets", "short", {"sockets": "sum(charla_gateway_sockets)", "channels": "sum(charla_gateway_channels)"}),
        ("Frames", "cps", {"frames": "sum(rate(charla_gateway_frames_total[$__rate_interval]))"}),
        ("Sockets closed by us", "cps", {"{{code}}": rate("charla_gateway_closed_total", "code")}),
    ],
}

SERVICE: dict[str, list[Panel]] = {
    "Calls, events and timers": [
        ("Rate", "reqps", {"{{method}}": rate(f"charla_rpc_seconds_count{_SERVICE}", "method")}),
        (
            "Refusals and failures",
            "reqps",
            {
                "{{method}} {{outcome}}": rate(
                    'charla_rpc_seconds_count{service=~"$service.*",outcome!="ok"}', "method, outcome"
                )
            },
        ),
        ("p99", "s", {"{{method}}": p(0.99, "charla_rpc_seconds", "method", _SERVICE)}),
    ],
    "Use and saturation": [
        (
            "Workers in use",
            "percentunit",
            {"{{service}}": f"charla_workers_busy{_SERVICE} / charla_workers_size{_SERVICE}"},
        ),
        ("Messages in flight", "short", {"{{service}}": f"charla_consumer_in_flight{_SERVICE}"}),
        ("Database connections in use", "percentunit", {"{{program}}": 'program:db_pool:ratio{program=~"$service.*"}'}),
        ("Event loop lag, p99", "s", {"{{program}}": 'program:loop_late_seconds:p99_5m{program=~"$service.*"}'}),
        (
            "Processor",
            "percentunit",
            {"{{program}}": rate('process_cpu_seconds_total{program=~"$service.*"}', "program")},
        ),
        ("Memory", "bytes", {"{{program}}": 'process_resident_memory_bytes{program=~"$service.*"}'}),
        ("Threads", "short", {"{{program}}": 'process_threads{program=~"$service.*"}'}),
        ("Files", "short", {"{{program}}": 'process_open_fds{program=~"$service.*"}'}),
    ],
}

EVENTS: dict[str, list[Panel]] = {
    "Outbox": [
        ("Lag", "s", {"{{service}}": "charla_outbox_lag_seconds"}),
        ("Rows", "short", {"{{service}}": "charla_outbox_rows"}),
        ("Published", "cps", {"{{service}}": rate("charla_events_published_total", "service")}),
        ("Confirmed after, p99", "s", {"{{service}}": p(0.99, "charla_outbox_publish_seconds", "service")}),
        ("Who leads", "short", {"{{program}} {{number}}": "charla_outbox_relay_leading"}),
    ],
    "Handlers": [
        ("Handled", "cps", {"{{handler}}": rate('charla_events_handled_total{outcome="ok"}', "handler")}),
        ("Tried again", "cps", {"{{handler}}": rate('charla_events_handled_total{outcome="retried"}', "handler")}),
        ("Parked", "short", {"{{queue}}": "sum by (queue) (increase(charla_messages_parked_total[1h])) > 0"}),
    ],
    "Queues": [
        ("Ready", "short", {"{{queue}}": f"topk(10, rabbitmq_detailed_queue_messages_ready{{{_QUEUES}}} > 0)"}),
        ("Taken, not settled", "short", {"{{queue}}": "topk(10, rabbitmq_detailed_queue_messages_unacked > 0)"}),
        (
            "Waiting for a retry",
            "short",
            {"{{queue}}": 'rabbitmq_detailed_queue_messages_ready{queue=~".+[.]retry[.].+"} > 0'},
        ),
        ("Connected", "short", {"{{service}}": "charla_consumer_connected"}),
    ],
}

STORES: dict[str, list[Panel]] = {
    "PostgreSQL, a database for each service": [
        ("Commits", "ops", {"{{database}}": rate("charla_database_commits_total", "database")}),
        ("Rolled back", "ops", {"{{database}}": rate("charla_database_rollbacks_total", "database")}),
        ("Connections", "short", {"{{database}} {{state}}": "charla_database_connections"}),
        ("Size", "bytes", {"{{database}}": "charla_database_size_bytes"}),
        ("Oldest transaction", "s", {"{{database}}": "charla_database_longest_transaction_seconds"}),
        (
            "Blocks in memory",
            "percentunit",
            {
                "{{database}}": "rate(charla_database_blocks_hit_total[$__rate_interval]) / "
                "(rate(charla_database_blocks_hit_total[$__rate_interval]) + "
                "rate(charla_database_blocks_read_total[$__rate_interval]))"
            },
        ),
        ("Deadlocks", "short", {"{{database}}": "increase(charla_database_deadlocks_total[1h])"}),
        ("Written for sorts", "Bps", {"{{database}}": rate("charla_database_temporary_bytes_total", "database")}),
        (
            "Connections of the server",
            "short",
            {
                "in use": "max(charla_database_server_connections)",
                "at most": "max(charla_database_server_connections_max)",
            },
        ),
    ],
    "Redis": [
        ("Commands", "ops", {"commands": "rate(charla_redis_commands_total[$__rate_interval])"}),
        ("Memory", "bytes", {"in use": "charla_redis_memory_bytes", "at most": "charla_redis_memory_max_bytes"}),
        ("Clients", "short", {"clients": "charla_redis_clients", "at most": "charla_redis_clients_max"}),
        (
            "Keys",
            "ops",
            {
                name: f"rate(charla_redis_keys_{name}_total[$__rate_interval])"
                for name in ("hit", "missed", "expired", "evicted")
            },
        ),
        ("Hits by cache", "percentunit", {"{{cache}}": "cache:hits:ratio5m"}),
        ("Loads, p99", "s", {"{{cache}}": p(0.99, "charla_cache_load_seconds", "cache")}),
    ],
    "RabbitMQ": [
        (
            "Messages",
            "cps",
            {
                "published": "rate(rabbitmq_channel_messages_published_total[$__rate_interval])",
                "acknowledged": "rate(rabbitmq_channel_messages_acked_total[$__rate_interval])",
                "redelivered": "rate(rabbitmq_channel_messages_redelivered_total[$__rate_interval])",
            },
        ),
        ("Ready", "short", {"ready": "rabbitmq_queue_messages_ready", "in flight": "rabbitmq_queue_messages_unacked"}),
        ("Channels", "short", {"channels": "rabbitmq_connection_channels", "consumers": "rabbitmq_queue_consumers"}),
        (
            "Memory",
            "bytes",
            {"in use": "rabbitmq_process_resident_memory_bytes", "at most": "rabbitmq_resident_memory_limit_bytes"},
        ),
        ("Disk", "bytes", {"free": "rabbitmq_disk_space_available_bytes"}),
    ],
}

MEDIA: dict[str, list[Panel]] = {
    "The door of bytes": [
        ("Requests", "reqps", {"{{method}} {{what}}": rate("charla_media_edge_request_seconds_count", "method, what")}),
        (
            "Errors",
            "reqps",
            {"{{what}} {{status}}": rate('charla_media_edge_request_seconds_count{status=~"5.."}', "what, status")},
        ),
        ("p99", "s", {"{{what}}": p(0.99, "charla_media_edge_request_seconds", "what")}),
        ("Uploads running", "short", {"uploads": "sum(charla_media_edge_uploads_running)"}),
        ("Bytes received", "Bps", {"bytes": "sum(rate(charla_media_edge_received_bytes_total[$__rate_interval]))"}),
        ("Downloads", "reqps", {"by {{by}}": rate("charla_media_edge_served_total", "by")}),
    ],
    "Processing": [
        ("Tasks", "cps", {"{{task}} {{outcome}}": rate("charla_media_task_seconds_count", "task, outcome")}),
        ("Tasks running", "short", {"{{program}}": "sum by (program) (charla_media_tasks_running)"}),
        (
            "Media waiting",
            "short",
            {"{{queue}}": 'rabbitmq_detailed_queue_messages_ready{queue=~"media[.](quick|long)"}'},
        ),
        ("p90 by kind", "s", {"{{kind}}": p(0.9, "charla_media_processing_seconds", "kind")}),
        ("Ended", "cps", {"{{kind}} {{outcome}}": rate("charla_media_ended_total", "kind, outcome")}),
        ("Refused", "cps", {"{{code}}": rate("charla_media_refused_total", "code")}),
        ("Link previews", "cps", {"{{outcome}}": rate("charla_media_previews_total", "outcome")}),
    ],
}

PAYMENTS: dict[str, list[Panel]] = {
    "Ledger": [
        ("Findings", "short", {"{{rule}}": "sum by (rule) (charla_ledger_findings)"}),
        ("Checks", "cps", {"{{outcome}}": rate("charla_ledger_checks_total", "outcome")}),
        (
            "Payments in batches",
            "reqps",
            {"{{method}}": rate('charla_rpc_seconds_count{service="payments"}', "method")},
        ),
    ],
    "The provider": [
        ("Calls", "reqps", {"{{kind}} {{outcome}}": rate("charla_provider_calls_total", "kind, outcome")}),
        ("Given up", "short", {"calls": "max(charla_provider_calls_given_up)"}),
        ("Webhooks", "reqps", {"{{outcome}}": rate("charla_webhooks_total", "outcome")}),
        ("Webhooks parked", "short", {"parked": "max(charla_webhooks_parked)"}),
        ("Compared", "cps", {"{{kind}}": rate("charla_reconciled_total", "kind")}),
        ("Different", "short", {"{{kind}}": "sum by (kind) (increase(charla_reconciliation_differences_total[1h]))"}),
        ("What cannot be", "short", {"mismatches": "increase(charla_payment_mismatches_total[1h])"}),
    ],
}

ADS: dict[str, list[Panel]] = {
    "Choice": [
        ("Decisions", "reqps", {"{{outcome}}": rate("charla_ads_decisions_total", "outcome")}),
        ("Campaigns in the index", "short", {"{{program}} {{number}}": "charla_ads_campaigns"}),
        ("Leases", "cps", {"{{outcome}}": rate("charla_ads_leases_total", "outcome")}),
    ],
    "Money": [
        ("Views", "cps", {"{{outcome}}": rate("charla_ads_views_total", "outcome")}),
        ("Clicks", "cps", {"{{outcome}}": rate("charla_ads_clicks_total", "outcome")}),
        ("Settled", "short", {"minor units": "increase(charla_ads_settled_total[1h])"}),
        ("Findings", "short", {"{{rule}}": "sum by (rule) (charla_ads_findings)"}),
    ],
}

DASHBOARDS = {
    "overview": ("Charla: overview", OVERVIEW),
    "service": ("Charla: one service", SERVICE),
    "events": ("Charla: outbox, handlers, queues", EVENTS),
    "stores": ("Charla: PostgreSQL, Redis, RabbitMQ", STORES),
    "media": ("Charla: media", MEDIA),
    "payments": ("Charla: payments", PAYMENTS),
    "ads": ("Charla: advertising", ADS),
}


def dashboard(name: str) -> dict[str, Any]:
    """Return one dashboard as Grafana reads it."""
    title, rows = DASHBOARDS[name]
    panels: list[dict[str, Any]] = []
    top = 0
    for heading, row in rows.items():
        panels.append({"type": "row", "title": heading, "collapsed": False, "gridPos": _place(0, top, _WIDTH, 1)})
        top += 1
        for number, each in enumerate(row):
            line, column = divmod(number, 3)
            panels.append(_panel(each, _place(column * 8, top + line * _HEIGHT, 8, _HEIGHT)))
        top += _HEIGHT * -(-len(row) // 3)
    for number, panel in enumerate(panels, start=1):
        panel["id"] = number
    return {
        "uid": f"charla-{name}",
        "title": title,
        "tags": ["charla"],
        "timezone": "browser",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": _variables(rows)},
        "panels": panels,
    }


def _variables(rows: dict[str, list[Panel]]) -> list[dict[str, Any]]:
    if "$service" not in json.dumps(rows):
        return []
    services = ("auth", "messaging", "subscriptions", "media", "payments", "ads")
    options = [{"text": each, "value": each, "selected": each == "messaging"} for each in services]
    return [
        {
            "name": "service",
            "type": "custom",
            "query": ",".join(services),
            "options": options,
            "current": {"text": "messaging", "value": "messaging"},
        }
    ]


def _place(x: int, y: int, width: int, height: int) -> dict[str, int]:
    return {"x": x, "y": y, "w": width, "h": height}


def _panel(panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    title, unit, queries = panel
    targets = [
        {"refId": chr(ord("A") + number), "datasource": _DATASOURCE, "expr": query, "legendFormat": legend}
        for number, (legend, query) in enumerate(queries.items())
    ]
    return {
        "type": "timeseries",
        "title": title,
        "datasource": _DATASOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list"}, "tooltip": {"mode": "multi", "sort": "desc"}},
        "targets": targets,
    }


def text(name: str) -> str:
    """Return the file of a dashboard."""
    return json.dumps(dashboard(name), indent=1) + "\n"


def main() -> int:
    """Write all of them."""
    for name in DASHBOARDS:
        (HERE / "dashboards" / f"{name}.json").write_text(text(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())

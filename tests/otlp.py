"""A receiver of OpenTelemetry's protocol: OTLP over HTTP, in protobuf. By hand: `python -m tests.otlp 4318`."""

from __future__ import annotations

import gzip
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Seen:
    """A span as it arrived."""

    service: str
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    links: tuple[tuple[str, str], ...]
    attributes: dict[str, Any]
    failed: bool
    seconds: float


class Receiver:
    """Takes spans on a port of loopback."""

    def __init__(self, port: int = 0) -> None:
        self.spans: list[Seen] = []
        self.strange: list[str] = []
        receiver = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if self.path != "/v1/traces" or self.headers["Content-Type"] != "application/x-protobuf":
                    receiver.strange.append(self.path)
                receiver._take(ExportTraceServiceRequest.FromString(body))
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Door)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def _take(self, request: ExportTraceServiceRequest) -> None:
        for resource in request.resource_spans:
            service = {each.key: each.value.string_value for each in resource.resource.attributes}["service.name"]
            self.spans += [_seen(service, span) for scope in resource.scope_spans for span in scope.spans]

    def of(self, trace_id: str) -> list[Seen]:
        return [each for each in self.spans if each.trace_id == trace_id]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _seen(service: str, span: Any) -> Seen:
    return Seen(
        service,
        span.name,
        span.kind,
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        tuple((link.trace_id.hex(), link.span_id.hex()) for link in span.links),
        {each.key: getattr(each.value, each.value.WhichOneof("value")) for each in span.attributes},
        span.status.code == 2,
        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
    )


def tree(spans: list[Seen], parent_id: str = "", depth: int = 0) -> list[str]:
    """The spans below one, indented; of a connected trace all of them, below the empty parent."""
    lines = []
    for each in spans:
        if each.parent_id == parent_id:
            links = f" +{len(each.links)} links" if each.links else ""
            lines.append(f"{'  ' * depth}{each.service}: {each.name} {each.seconds * 1000:.1f} ms{links}")
            lines += tree(spans, each.span_id, depth + 1)
    return lines


def main(port: int) -> None:
    """Show each trace a while after its last span came."""
    receiver, counts, shown = Receiver(port), Counter[str](), set[str]()
    while True:
        time.sleep(5)
        before, counts = counts, Counter(each.trace_id for each in receiver.spans)
        for trace_id in {each for each, count in counts.items() if before[each] == count} - shown:
            spans = receiver.of(trace_id)
            lines = tree(spans)
            print(f"{trace_id}: {len(lines)} of {len(spans)} spans in one tree", *lines, sep="\n  ", flush=True)
            shown.add(trace_id)


if __name__ == "__main__":
    main(int(sys.argv[1]))

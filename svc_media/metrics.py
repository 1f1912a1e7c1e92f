"""What svc_media counts, beside what every process does."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

COLLECTED = Counter(
    "charla_media_collected_total", "Files and media that were removed as nobody needed them.", ["kind"]
)
ENDED = Counter("charla_media_ended_total", "Media that processing brought to an end.", ["kind", "outcome"])
STORED_BYTES = Counter("charla_media_stored_bytes_total", "Bytes of uploads that were stored.", ["kind"])
PREVIEWS = Counter("charla_media_previews_total", "Link previews by outcome.", ["outcome"])
PROCESSING_SECONDS = Histogram(
    "charla_media_processing_seconds",
    "Time from a file to everything that is made of it.",
    ["kind"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
)
REFUSED = Counter("charla_media_refused_total", "Files that were refused while they were processed, by code.", ["code"])

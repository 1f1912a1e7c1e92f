"""What svc_media counts, beside what every process does."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

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
TASK_SECONDS = Histogram(
    "charla_media_task_seconds",
    "Time a task of Celery took, pauses before it was handed back included.",
    ["task", "outcome"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 1800),
)
TASKS_RUNNING = Gauge("charla_media_tasks_running", "Tasks being carried out.", multiprocess_mode="livesum")

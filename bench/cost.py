"""What so many people take: cores, memory, disk, and bytes that leave. `python -m bench.cost` prints the table.

Costs of one thing are measured (docs/performance.md and docs/scale.md say where); how people behave is assumed, and
named so. Nothing here is a price: multiply with your own.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, fields

DAY_S = 86_400
GIB = 1024**3


@dataclass(frozen=True)
class Measured:
    """Costs of one thing on the machine of docs/performance.md.

    Attributes: processor time in microseconds, summed over all programs; disk in bytes, with indexes; memory in KiB.
    """

    send_us: float = 590  # all programs for one send
    page_us: float = 1_500  # a page of fifty messages: 1,320/s on two cores
    frame_us: float = 92  # one frame to one socket, at most: 500 of them by two workers within 23 ms (p99)
    payment_us: float = 2_600
    decision_us: float = 170  # of an ad, without its way through the gateway
    request_us: float = 1_500  # any other request, taken as a page
    message_bytes: float = 1_214
    post_bytes: float = 753
    notification_bytes: float = 875
    payment_bytes: float = 3_116
    decision_bytes: float = 1_718
    person_bytes: float = 2_269
    socket_kib: float = 27


@dataclass(frozen=True)
class Assumed:
    """How people behave, in a day; examples to be replaced by what an installation sees.

    Attributes:
        active: Of all people, who come in a day.
        online: Of all people, who have a socket open in the busiest hour.
        peak: How much busier the busiest minute is than the mean.
        sends, pages, requests, payments, decisions, notifications: Of one active person.
        posts: Of all channels together, for one active person.
        readers: Sockets that hear one message.
        upload_mib: Of one active person, with all variants.
        views: How often an uploaded byte is read.
        months: How long messages, notifications and decisions are kept.
        full: Share of a core, or a disk, that is planned to be used.
        copies: Of each byte in PostgreSQL.
    """

    active: float = 0.3
    online: float = 0.08
    peak: float = 4.0
    sends: float = 30
    pages: float = 40
    requests: float = 100
    payments: float = 0.02
    decisions: float = 10
    notifications: float = 15
    posts: float = 0.05
    readers: float = 4
    upload_mib: float = 2
    views: float = 5
    months: float = 24
    full: float = 0.5
    copies: int = 3


@dataclass(frozen=True)
class Needs:
    """What it comes to.

    Attributes:
        sends_s: Messages in the busiest second.
        sockets: Open in the busiest hour.
        cores: For all programs and PostgreSQL, with room.
        socket_gib: Memory of gateways for sockets.
        database_gib: All copies, at the end of the time that things are kept.
        media_tib: Files, after the same time.
        egress_gib: Bytes of files that leave, in a day.
    """

    sends_s: float
    sockets: float
    cores: float
    socket_gib: float
    database_gib: float
    media_tib: float
    egress_gib: float


def needs(people: int, measured: Measured, assumed: Assumed) -> Needs:
    """Returns what so many registered people need."""
    active = people * assumed.active
    in_a_second = active / DAY_S * assumed.peak
    processor_us = (
        assumed.sends * (measured.send_us + assumed.readers * measured.frame_us)
        + assumed.pages * measured.page_us
        + assumed.requests * measured.request_us
        + assumed.payments * measured.payment_us
        + assumed.decisions * measured.decision_us
    )
    days = assumed.months * 30
    kept = (
        days
        * active
        * (
            assumed.sends * measured.message_bytes
            + assumed.posts * measured.post_bytes
            + assumed.notifications * measured.notification_bytes
            + assumed.payments * measured.payment_bytes
            + assumed.decisions * measured.decision_bytes
        )
    )
    uploaded = active * assumed.upload_mib * 1024**2
    return Needs(
        sends_s=in_a_second * assumed.sends,
        sockets=people * assumed.online,
        cores=in_a_second * processor_us / 1e6 / assumed.full,
        socket_gib=people * assumed.online * measured.socket_kib * 1024 / GIB,
        database_gib=assumed.copies * (kept + people * measured.person_bytes) / assumed.full / GIB,
        media_tib=days * uploaded / 1024**4,
        egress_gib=uploaded * assumed.views / GIB,
    )


def table(measured: Measured, assumed: Assumed) -> str:
    """Returns a row for each size, in Markdown."""
    names = [each.name for each in fields(Needs)]
    lines = [f"| people | {' | '.join(names)} |", f"|{'---|' * (len(names) + 1)}"]
    for people in (1_000, 10_000, 100_000, 1_000_000, 10_000_000):
        found = needs(people, measured, assumed)
        lines.append(f"| {people:,} | {' | '.join(_short(getattr(found, name)) for name in names)} |")
    return "\n".join(lines)


def _short(value: float) -> str:
    if value == 0:
        return "0"
    digits = max(0, 1 - math.floor(math.log10(abs(value))))
    return f"{round(value, digits if value < 10 else -max(0, math.floor(math.log10(value)) - 1)):,.{min(digits, 3)}f}"


if __name__ == "__main__":
    sys.stdout.write(table(Measured(), Assumed()) + "\n")

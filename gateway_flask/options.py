"""The gateway's own options, beside the settings that all processes share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, kw_only=True)
class Options:
    """Typed options from the environment.

    Attributes:
        limits_factor: Multiplies every rate limit; load tests set it high.
        send_rate: Messages a second that one person may send, for long.
        send_burst: Messages that one person may send at once.
        max_in_flight: Requests a worker works on at once; more are answered 503.
        max_sockets: WebSockets that a worker holds.
        trusted_proxies: Addresses and networks (`10.0.0.0/8`) whose X-Forwarded-For is believed.
        media_url: The origin of uploads and media (`MEDIA_URL`), as clients are told it.
        ads_currency: The one currency of advertising (`ADS_CURRENCY`), as clients are told it.
        epoch: Another one since each restore of a backup (`CHARLA_EPOCH`), as clients are told it.
    """

    limits_factor: float = 1.0
    send_rate: float = 200.0
    send_burst: float = 400.0
    max_in_flight: int = 512
    max_sockets: int = 20_000
    trusted_proxies: tuple[str, ...] = ("127.0.0.1", "::1", "")
    media_url: str = "http://localhost:8081"
    ads_currency: str = "EUR"
    epoch: str = "1"

    @classmethod
    def from_environment(cls, environment: dict[str, str]) -> Options:
        """Return options from `GATEWAY_<NAME>` variables; and what services read, too."""
        read = environment.get
        proxies = read("GATEWAY_TRUSTED_PROXIES")
        return cls(
            limits_factor=float(read("GATEWAY_LIMITS_FACTOR", cls.limits_factor)),
            send_rate=float(read("GATEWAY_SEND_RATE", cls.send_rate)),
            send_burst=float(read("GATEWAY_SEND_BURST", cls.send_burst)),
            max_in_flight=int(read("GATEWAY_MAX_IN_FLIGHT", cls.max_in_flight)),
            max_sockets=int(read("GATEWAY_MAX_SOCKETS", cls.max_sockets)),
            trusted_proxies=tuple(proxies.split(",")) if proxies is not None else cls.trusted_proxies,
            media_url=environment.get("MEDIA_URL", cls.media_url).rstrip("/"),
            ads_currency=environment.get("ADS_CURRENCY", cls.ads_currency),
            epoch=environment.get("CHARLA_EPOCH", cls.epoch),
        )


@cache
def options() -> Options:
    """Return this process's options, read once."""
    return Options.from_environment(dict(os.environ))

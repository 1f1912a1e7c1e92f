"""What a page loads over the network, and a network and a processor that are slow on purpose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.web.client import Client

#: A mid-range phone in a mobile network.
CPU_SLOWDOWN = 4
BYTES_PER_S = 9_000_000 / 8
ROUND_TRIP_MS = 150


@dataclass
class Traffic:
    """Requests of a page, with how many bytes each brought, as they travelled."""

    kinds: dict[str, str] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, client: Client) -> Traffic:
        """Listen from now on."""
        traffic, cdp = cls(), client.cdp()
        cdp.on("Network.responseReceived", traffic._on_response)
        cdp.on("Network.loadingFinished", traffic._on_end)
        cdp.send("Network.enable")
        return traffic

    def count(self, kind: str = "") -> int:
        """Return how many requests there were, of a kind such as `Script`."""
        return sum(1 for each in self.kinds.values() if kind in ("", each))

    def bytes(self, kind: str = "") -> int:
        """Return how much they brought."""
        return sum(size for request, size in self.sizes.items() if kind in ("", self.kinds.get(request)))

    def loaded(self, kind: str) -> set[str]:
        """Return the addresses of a kind that were wholly loaded over the network."""
        return {self.addresses[each] for each, size in self.sizes.items() if size and self.kinds.get(each) == kind}

    def calls(self) -> list[str]:
        """Return the paths of the API that were asked."""
        return sorted(each.partition("/v1")[2] for each in self.addresses.values() if "/v1/" in each)

    def _on_response(self, event: Any) -> None:
        self.kinds[event["requestId"]] = event["type"]
        self.addresses[event["requestId"]] = event["response"]["url"]

    def _on_end(self, event: Any) -> None:
        self.sizes[event["requestId"]] = event["encodedDataLength"]


def slow_down(client: Client) -> None:
    """Give the page a phone's processor and network."""
    cdp = client.cdp()
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
    speed = {"downloadThroughput": BYTES_PER_S, "uploadThroughput": BYTES_PER_S, "latency": ROUND_TRIP_MS}
    cdp.send("Network.emulateNetworkConditions", {"offline": False, **speed})

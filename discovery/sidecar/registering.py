"""Tells the registry of one instance, by `py_eureka_client`; whichever of its servers answers passes it on."""

from __future__ import annotations

import socket
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

import httpx
from py_eureka_client import eureka_basic as eureka
from py_eureka_client import http_client

from discovery.sidecar.options import Options
from discovery.sidecar.standing import Status

BEAT_S = 5
#: So long the registry believes in an instance that says nothing.
LEASE_S = 15
#: What a server says of an instance that it does not know: it was away, or has forgotten.
_NOT_FOUND = 404

Telling = Callable[[str], Awaitable[None]]


class RegistryAway(Exception):
    """No server of the registry answered."""


class KeptClient(http_client.HttpClient):
    """One HTTP client for all that is told; a new one each time would cost more than what it tells."""

    def __init__(self) -> None:
        # The registry is our own: no proxy leads there, and no certificates are read.
        self._client = httpx.AsyncClient(verify=False, trust_env=False)  # noqa: S501

    async def urlopen(
        self, request: Any = None, data: bytes | None = None, timeout: float | None = None
    ) -> http_client.HttpResponse:
        """Send the request of `py_eureka_client`; its errors are those of urllib, as it expects."""
        if data is not None:
            request.content = data
        try:
            answer = await self._client.send(request._to_httpx_request())
            answer.raise_for_status()
        except httpx.HTTPStatusError as refusal:
            found = refusal.response
            raise HTTPError(str(found.url), found.status_code, str(refusal), None, BytesIO(found.content)) from refusal  # type: ignore[arg-type]
        except httpx.RequestError as failure:
            raise URLError(str(failure) or type(failure).__name__) from failure
        return http_client.HttpResponse(answer)


class Registration:
    """What the registry says of an instance."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._dirty = 0
        http_client.set_http_client(KeptClient())
        self.told: Status | None = None

    async def tell(self, status: Status) -> None:
        """Make the registry say that the instance stands so.

        Eureka keeps UP and OUT_OF_SERVICE of a lease that it has, whatever it is told by a registration: the
        lease is ended first.

        Raises:
            RegistryAway: Nobody answered; it is to be told again.
        """
        if self.told is not None:
            await self.leave()
        self._dirty = _now_ms()
        await self._first(lambda url: eureka.register(url, self._instance(status)))
        self.told = status

    async def beat(self) -> None:
        """Say that nothing has changed; a registry that forgot the instance is told all of it again.

        Raises:
            RegistryAway: Nobody answered.
        """
        app, name = self._options.app.upper(), self._options.instance_id
        try:
            await self._first(lambda url: eureka.send_heartbeat(url, app, name, self._dirty))
        except HTTPError as refusal:
            if refusal.code != _NOT_FOUND:
                raise
            await self.tell("UP")

    async def leave(self) -> None:
        """Take the instance off the registry.

        Raises:
            RegistryAway: Nobody answered; the lease runs out by itself.
        """
        app, name = self._options.app.upper(), self._options.instance_id
        try:
            await self._first(lambda url: eureka.cancel(url, app, name))
        except HTTPError as refusal:
            if refusal.code != _NOT_FOUND:
                raise
        self.told = None

    async def _first(self, telling: Telling) -> None:
        """Tell the first server that answers."""
        why: Exception = URLError("no address")
        for url in self._options.registries:
            try:
                await telling(url)
            except HTTPError as refusal:
                if refusal.code < 500:  # noqa: PLR2004 - the server's own trouble is a reason to ask another one
                    raise
                why = refusal
            except (URLError, OSError) as failure:
                why = failure
            else:
                return
        raise RegistryAway(str(why)) from why

    def _instance(self, status: Status) -> eureka.Instance:
        mine = self._options
        host = mine.host or _address_towards(mine.registries[0])
        here = f"http://{host}:{mine.port}"
        return eureka.Instance(
            instanceId=mine.instance_id,
            hostName=host,
            ipAddr=host,
            app=mine.app.upper(),
            vipAddress=mine.app,
            secureVipAddress=mine.app,
            status=status,
            port=eureka.PortWrapper(port=mine.port, enabled=True),
            securePort=eureka.PortWrapper(port=0, enabled=False),
            leaseInfo=eureka.LeaseInfo(renewalIntervalInSecs=BEAT_S, durationInSecs=LEASE_S),
            # No underscores: as XML, which Prometheus reads, the registry doubles them.
            metadata={"version": mine.version, "number": str(mine.number), "metricsPort": str(mine.metrics_port)},
            homePageUrl=here,
            statusPageUrl=mine.health_url,
            healthCheckUrl=mine.health_url,
            lastUpdatedTimestamp=self._dirty,
            lastDirtyTimestamp=self._dirty,
        )


def _address_towards(url: str) -> str:
    """Return this machine's address in the network in which it reaches the registry: of several, the right one.

    Raises:
        RegistryAway: Its name is not known, so it does not run.
    """
    parts = urlsplit(url)
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((parts.hostname or "", parts.port or 80))  # sends nothing
            return str(probe.getsockname()[0])
    except OSError as failure:
        raise RegistryAway(str(failure)) from failure


def _now_ms() -> int:
    return time.time_ns() // 1_000_000

"""What may be called, and what an answer may cost."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from ipaddress import ip_address
from threading import Thread

import eventlet
import pytest
from eventlet.patcher import original

from plumbing import addresses, outgoing
from plumbing.addresses import is_public, parse, resolve
from plumbing.outgoing import Limits, OutgoingFailed, OutgoingRefused


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1",  # noqa: S104 - refused
        "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1",
        "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "192.88.99.1",
        "::", "::1", "fe80::1", "fc00::1", "fd12::1", "ff02::1", "fec0::1", "2001:db8::1", "100::1", "2001::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1", "3fff::1", "5f00::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_refused(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_are_not(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/", "scheme"), ("file:///etc/passwd", "scheme"), ("gopher://example.org", "scheme"),
        ("javascript:alert(1)", "scheme"), ("//example.org/", "scheme"), ("", "scheme"), (None, "host"),
        ("http://", "host"), ("http:///x", "host"), ("http://exa mple.org", "host"), ("http://a\\b", "host"),
        ("http://user:password@example.org/", "credentials"), ("http://user@example.org/", "credentials"),
        ("http://example.org:22/", "port"), ("http://example.org:25/", "port"), ("http://example.org:0/x", None),
        ("http://example.org:99999/", "host"), ("http://example.org/\r\nX: y", "host"), ("http://é\x00", "host"),
        ("https://example.org/" + "x" * 3_000, "host"),
    ],
)  # fmt: skip
def test_urls_that_are_refused_by_their_text(url, reason):
    if reason is None:
        assert parse(url).port == 80
        return
    with pytest.raises(OutgoingRefused) as refused:
        parse(url)
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/", "http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://[::1]/",
        "http://[::ffff:127.0.0.1]/", "http://localhost/", "http://LOCALHOST./", "http://[fe80::1%25lo]/",
        "http://169.254.169.254/latest/meta-data/", "http://[64:ff9b::7f00:1]/", "http://no-such-host.invalid/",
    ],
)  # fmt: skip
def test_urls_that_lead_inside_are_refused(url):
    with pytest.raises(OutgoingRefused):
        outgoing.request("GET", url)


def test_one_private_address_among_public_ones_refuses_them_all(monkeypatch):
    found = [(2, 1, 6, "", ("8.8.8.8", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(OutgoingRefused):
        resolve(parse("http://example.org/"))


def test_a_slow_resolver_holds_nobody_else_up(monkeypatch):
    sleep = original("time").sleep
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: sleep(0.5) or [(2, 1, 6, "", ("8.8.8.8", 80))])
    asking = eventlet.spawn(resolve, parse("http://example.org/"))
    turns = 0
    while not asking.dead:
        eventlet.sleep(0.01)
        turns += 1
    assert asking.wait() == ["8.8.8.8"]
    assert turns > 5


def test_the_connection_goes_to_the_address_that_was_judged(receiver, monkeypatch):
    places = iter([[(2, 1, 6, "", ("127.0.0.1", receiver.port))], [(2, 1, 6, "", ("10.0.0.1", receiver.port))]])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: next(places))
    outgoing.request("POST", f"http://rebinding.example:{receiver.port}/x", body=b"hello")
    (request,) = receiver.requests
    assert request.headers["host"] == f"rebinding.example:{receiver.port}"
    assert request.body == b"hello"


def test_only_the_allowed_port_of_this_machine_is_reachable(receiver):
    with pytest.raises(OutgoingRefused):
        outgoing.request("GET", f"http://127.0.0.1:{receiver.port + 1}/")


def test_a_redirect_inside_is_refused(receiver):
    receiver.answer = lambda _: (307, {"Location": "http://169.254.169.254/latest"}, b"")
    with pytest.raises(OutgoingRefused):
        outgoing.request("POST", receiver.url, body=b"x")


def test_a_redirect_to_a_host_that_is_not_listed_is_refused(receiver, monkeypatch):
    listed = replace(addresses.settings(), outgoing_hosts="127.0.0.1")
    monkeypatch.setattr(addresses, "settings", lambda: listed)
    receiver.answer = lambda _: (307, {"Location": f"http://localhost:{receiver.port}/"}, b"")
    with pytest.raises(OutgoingRefused) as refused:
        outgoing.request("POST", receiver.url, body=b"x")
    assert refused.value.reason == "unlisted"
    assert len(receiver.requests) == 1


def test_three_redirects_are_followed_and_a_loop_is_not(receiver):
    receiver.answer = lambda request: (
        (200, {}, b"there") if request.path == "/3" else (307, {"Location": f"/{int(request.path[1:] or 0) + 1}"}, b"")
    )
    answer = outgoing.request("POST", f"{receiver.url}/0", body=b"again")
    assert (answer.status, answer.body) == (200, b"there")
    assert [request.body for request in receiver.requests] == [b"again"] * 4
    receiver.answer = lambda request: (307, {"Location": request.path}, b"")
    with pytest.raises(OutgoingFailed, match="too_many_redirects"):
        outgoing.request("POST", f"{receiver.url}/loop", body=b"x")


def test_a_post_is_not_turned_into_a_get(receiver):
    receiver.answer = lambda _: (302, {"Location": "/elsewhere"}, b"")
    assert outgoing.request("POST", receiver.url, body=b"x").status == 302
    assert len(receiver.requests) == 1


def test_proxies_of_the_environment_are_not_used(receiver, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert outgoing.request("GET", receiver.url).status == 200


def test_an_answer_that_is_too_large_is_cut_off(receiver):
    receiver.answer = lambda _: (200, {}, b"x" * 100_001)
    with pytest.raises(OutgoingFailed, match="too_large"):
        outgoing.request("GET", receiver.url, limits=Limits(max_bytes=100_000))


@pytest.fixture
def drip(allow):
    """Serves raw bytes, one after the other, for ever; returns the URL."""
    listening = socket.create_server(("127.0.0.1", 0))

    def start(first: bytes, then: bytes, pause_s: float) -> str:
        def serve() -> None:
            link, _ = listening.accept()
            try:
                link.sendall(first)
                while True:
                    link.sendall(then)
                    time.sleep(pause_s)
            except OSError:
                link.close()

        Thread(target=serve, daemon=True).start()
        place = f"127.0.0.1:{listening.getsockname()[1]}"
        allow(place)
        return f"http://{place}/"

    yield start
    listening.close()


@pytest.mark.parametrize(
    ("first", "then", "pause_s", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000, 0.0, "too_large"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"3e8\r\n" + b"x" * 1000 + b"\r\n",
            0.0,
            "too_large",
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x", 0.05, "timeout"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05, "timeout"),
        (b"", b"", 0.05, "timeout"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01, "timeout"),
        (b"SSH-2.0-OpenSSH\r\n", b"\r\n", 0.0, "protocol"),
    ],
)
def test_endless_answers_and_slow_drips_end_in_time(drip, first, then, pause_s, reason):
    started = time.monotonic()
    with pytest.raises(OutgoingFailed, match=reason):
        outgoing.request("GET", drip(first, then, pause_s), limits=Limits(total_s=0.6, max_bytes=50_000))
    assert time.monotonic() - started < 60

"""OUTGOING_HOSTS: the only hosts that may be called, where an operator lists them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from plumbing.addresses import OutgoingRefused, parse

Change = Callable[..., None]
LISTED = "hooks.example.org, *.push.example.com, [2606:4700::1111], Bücher.example."


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.example.org/x",
        "https://HOOKS.example.org./x",
        "https://a.push.example.com/",
        "https://a.b.push.example.com:8443/",
        "https://[2606:4700::1111]/",
        "https://xn--bcher-kva.example/",
        "https://bücher.example/",
    ],
)
def test_hosts_on_the_list_may_be_called(url: str, environment: Change) -> None:
    environment(OUTGOING_HOSTS=LISTED)
    assert parse(url).scheme == "https"


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/",
        "https://a.hooks.example.org/",
        "https://hooks.example.org.evil.example/",
        "https://push.example.com/",
        "https://evilpush.example.com/",
        "https://8.8.8.8/",
        "https://[2606:4700::1112]/",
    ],
)
def test_no_other_host_is_called_where_there_is_a_list(url: str, environment: Change) -> None:
    environment(OUTGOING_HOSTS=LISTED)
    with pytest.raises(OutgoingRefused) as refused:
        parse(url)
    assert refused.value.reason == "unlisted"


@pytest.mark.parametrize("nothing", ["", " ", ","])
def test_without_a_list_any_host_may_be_called(nothing: str, environment: Change) -> None:
    environment(OUTGOING_HOSTS=nothing)
    assert parse("https://anywhere.example/").host == "anywhere.example"

"""How an instance stands, by what its health said."""

import pytest

from discovery.sidecar.standing import Standing


@pytest.mark.parametrize(
    ("seen", "status", "beats"),
    [
        ([], "STARTING", False),
        (["silent"] * 5, "STARTING", False),
        (["unready"] * 5, "STARTING", False),
        (["unready", "ready"], "UP", True),
        (["ready", "silent"], "UP", False),
        (["ready", "unready"], "UP", False),
        (["ready", "silent", "ready"], "UP", True),
        (["ready", "silent", "silent"], "DOWN", False),
        (["ready", "silent", "unready"], "DOWN", False),
        (["ready", "silent", "silent", "silent", "ready"], "UP", True),
        (["ready", "draining"], "OUT_OF_SERVICE", False),
        (["ready", "draining", "silent"], "OUT_OF_SERVICE", False),
        (["ready", "draining", "silent", "silent"], "DOWN", False),
        (["ready", "draining", "ready"], "UP", True),
        (["ready", "silent", "ready", "silent"], "UP", False),
    ],
)
def test_what_was_seen_makes_how_it_stands(seen, status, beats):
    standing = Standing()
    for each in seen:
        standing.see(each)
    assert (standing.status, standing.beats) == (status, beats)

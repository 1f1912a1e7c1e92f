"""What Nginx reads of an upstream, out of what the registry knows: pure, so that every case can be tested."""

from __future__ import annotations

from collections.abc import Sequence

from plumbing.registry import Instance

#: The apps whose instances Nginx chooses from.
APPS = ("gateway", "media-edge")


def upstream(instances: Sequence[Instance]) -> str:
    """Return the lines of an upstream's servers.

    Of several, one that does not answer is passed over for two seconds; a single one is all there is.
    """
    patience = "max_fails=1 fail_timeout=2s" if len(instances) > 1 else "max_fails=0"
    return "".join(f"server {each.address} {patience};\n" for each in instances)


def wanted(now: str, up: Sequence[Instance]) -> str:
    """Return the lines that should stand there: those of who is up, or as they are where nobody is.

    An empty upstream would turn everybody away, and a registry that has just started knows nobody yet.
    """
    return upstream(up) if up else now

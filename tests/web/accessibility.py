"""axe-core, run beside the page and not in it: so the page's own policy stays as strict as it is."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from stack import web
from tests.web.client import Client

_LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """axe.run(document, %s).then((found) => found.violations.map(({ id, help, nodes }) =>
  ({ id, help, nodes: nodes.map((node) => `${node.target.join(' ')}: ${node.failureSummary}`) })))"""


def breaches(client: Client, **options: Any) -> list[str]:
    """Return what breaks WCAG 2.2 AA on the screen; one line for each element."""
    cdp = client.cdp()
    frame = cdp.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
    world = cdp.send("Page.createIsolatedWorld", {"frameId": frame, "worldName": "axe"})["executionContextId"]
    _evaluate(cdp, world, _source())
    rules = {"runOnly": {"type": "tag", "values": _LEVELS}} | options
    found = _evaluate(cdp, world, _RUN % json.dumps(rules))
    cdp.detach()
    return [f"{each['id']} ({each['help']}): {node}" for each in found for node in each["nodes"]]


def contrast_breaches(client: Client) -> list[str]:
    """Return what is too pale to read; all that another theme changes."""
    return breaches(client, runOnly={"type": "rule", "values": ["color-contrast"]})


@cache
def _source() -> str:
    return (web.HOME / "node_modules" / "axe-core" / "axe.min.js").read_text()


def _evaluate(cdp: Any, world: int, expression: str) -> Any:
    asked = {"expression": expression, "contextId": world, "awaitPromise": True, "returnByValue": True}
    answer = cdp.send("Runtime.evaluate", asked)
    assert "exceptionDetails" not in answer, answer["exceptionDetails"]
    return answer["result"].get("value")

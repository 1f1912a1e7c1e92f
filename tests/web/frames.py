"""How smoothly something scrolls: the browser's own frames, and what its main thread did for each of them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page

FRAME_MS = 1000 / 60

# Keeps when each frame began, and tasks of more than 50 ms, until it is asked for them.
_WATCH = """() => {
  const watch = (window.charlaFrames = { at: [], long: [], goes: true });
  const keep = (list) => watch.long.push(...list.getEntries().map((each) => each.duration));
  watch.observer = new PerformanceObserver(keep);
  watch.observer.observe({ type: 'longtask' });
  const next = (now) => { watch.at.push(now); if (watch.goes) requestAnimationFrame(next); };
  requestAnimationFrame(next);
}"""
_STOP = """() => {
  const { at, long, observer } = Object.assign(window.charlaFrames, { goes: false });
  observer.disconnect();
  return { at, long };
}"""
# Each frame somewhere else, as whoever drags the bar: there and back through all of it.
_DRAG = """(scroller, frames) => new Promise((done) => {
  let frame = 0;
  const next = () => {
    const place = (1 - Math.cos((frame / frames) * 2 * Math.PI)) / 2;
    scroller.scrollTop = (1 - place) * (scroller.scrollHeight - scroller.clientHeight);
    if (frame++ < frames) requestAnimationFrame(next); else done();
  };
  next();
})"""


@dataclass(frozen=True)
class Frames:
    """What was seen while something scrolled; times in milliseconds.

    Attributes:
        deltas: Between two frames each.
        long_tasks: Tasks of the main thread of more than 50 ms.
        script, style, layout, all: Of the main thread, for one frame.
    """

    deltas: list[float]
    long_tasks: list[float]
    script: float
    style: float
    layout: float
    all: float

    def percentile(self, share: float) -> float:
        """Return the nearest-rank percentile of the times between frames."""
        return sorted(self.deltas)[max(0, math.ceil(share * len(self.deltas)) - 1)]

    @property
    def rate(self) -> float:
        """Frames a second."""
        return 1000 * len(self.deltas) / sum(self.deltas)

    @property
    def dropped(self) -> float:
        """The share of the frames of 60 a second that did not come."""
        due = sum(max(1, round(each / FRAME_MS)) for each in self.deltas)
        return 1 - len(self.deltas) / due

    def __str__(self) -> str:
        return (
            f"{self.rate:.0f} frames/s, {self.dropped:.1%} dropped, p50 {self.percentile(0.5):.1f} ms, "
            f"p95 {self.percentile(0.95):.1f}, p99 {self.percentile(0.99):.1f}, longest {max(self.deltas):.0f}; "
            f"{len(self.long_tasks)} long tasks, longest {max(self.long_tasks, default=0):.0f} ms; a frame takes "
            f"{self.all:.2f} ms of the main thread: script {self.script:.2f}, style {self.style:.2f}, "
            f"layout {self.layout:.2f}"
        )


def while_scrolling(page: Page, scroll: Callable[[], object]) -> Frames:
    """Watch the frames of a page while `scroll` goes on."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Performance.enable")
    page.evaluate(_WATCH)
    before = _metrics(cdp)
    scroll()
    after, seen = _metrics(cdp), page.evaluate(_STOP)
    cdp.detach()
    at = seen["at"]
    spent = {name: 1000 * (after[name] - before[name]) / max(1, len(at)) for name in after}
    return Frames(
        [later - sooner for sooner, later in zip(at, at[1:], strict=False)],
        seen["long"],
        spent["ScriptDuration"],
        spent["RecalcStyleDuration"],
        spent["LayoutDuration"],
        spent["TaskDuration"],
    )


def wheel(scroller: Locator, distance: float, speed: int) -> None:
    """Turn the wheel above something, or put a finger on it; upwards where `distance` is above zero.

    Args:
        scroller: what scrolls.
        distance: how far, in pixels.
        speed: in pixels a second.
    """
    box = scroller.bounding_box()
    assert box
    cdp = scroller.page.context.new_cdp_session(scroller.page)
    middle = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    gesture = {"yDistance": distance, "speed": speed, "gestureSourceType": "mouse", "preventFling": True}
    cdp.send("Input.synthesizeScrollGesture", middle | gesture)
    cdp.detach()


def drag(scroller: Locator, frames: int) -> None:
    """Drag the scroll bar from the end to the beginning and back, in so many frames."""
    scroller.evaluate(_DRAG, frames)


def _metrics(cdp: Any) -> dict[str, float]:
    return {each["name"]: each["value"] for each in cdp.send("Performance.getMetrics")["metrics"]}

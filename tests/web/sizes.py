"""What does not fit into a window."""

from __future__ import annotations

from typing import Any

from tests.web.client import WIDE, Client

_TOO_LARGE = """async () => {
  // The new size is there when it has been drawn.
  await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const room = document.documentElement.clientWidth;
  const scrolls = document.scrollingElement.scrollWidth > room;
  const wide = [...document.querySelectorAll('body *')].filter((each) => isSeen(each) && isOutside(each));
  // In the shell what is long scrolls in its pane, and the navigation stays where it is.
  const down = document.querySelector('.shell') && document.scrollingElement.scrollHeight > innerHeight + 1;
  const whole = [...(scrolls ? ['the page scrolls sideways'] : []), ...(down ? ['the window scrolls'] : [])];
  return [...whole, ...wide.map((each) => each.outerHTML.slice(0, 160))];

  function isOutside(each) {
    const box = each.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && (box.right > room + 1 || box.left < -1);
  }
  // What a scroller of its own holds, or a box cuts off, does not widen the page.
  function isSeen(each) {
    for (let up = each.parentElement; up && up !== document.body; up = up.parentElement) {
      if (getComputedStyle(up).overflowX !== 'visible') return false;
    }
    return each.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  }
}"""


def too_large(client: Client, width: int) -> Any:
    """Return what reaches out of a window that is so many pixels wide, or moves the whole of it."""
    client.page.set_viewport_size({"width": width, "height": WIDE[1]})
    return client.page.evaluate(_TOO_LARGE)

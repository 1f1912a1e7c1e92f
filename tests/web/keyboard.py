"""Whether everything on a screen is reached by the Tab key, and whether one sees where one is."""

from __future__ import annotations

from tests.web.client import Client

#: A screen with more stops than this would be a burden of its own.
_MOST_STOPS = 120

# What is in the page's order of Tab stops, and is seen. Of radio buttons with one name, and of what shares one
# stop by design (a feed, a menu, tabs), one is enough.
_BEGIN = """() => {
  document.activeElement?.blur();
  getSelection().removeAllRanges();
  window.__stops = new Set();
  window.__hidden = [];
  window.__last = null;
}"""
# What a row shows for whoever is on it is drawn in the next frame, and nobody is faster than that.
_STEP = """() => new Promise(requestAnimationFrame).then(() => {
  const now = document.activeElement;
  if (!now || now === document.body) return 'out';
  // A date has a stop for each of its parts.
  const isPart = now === window.__last && ['date', 'datetime-local', 'month', 'time', 'week'].includes(now.type);
  window.__last = now;
  if (isPart) return 'on';
  if (window.__stops.has(now)) return 'again';
  window.__stops.add(now);
  const look = getComputedStyle(now);
  const isMarked = [now, now.parentElement, now.nextElementSibling].some((each) => {
    const style = each && getComputedStyle(each);
    if (!style) return false;
    return (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1) || style.boxShadow !== 'none';
  });
  if (!isMarked) window.__hidden.push(now.outerHTML.slice(0, 160));
  return look.display === 'none' ? 'hidden' : 'on';
})"""
_MISSED = """() => {
  const wanted = ['a[href]', 'button', 'input', 'select', 'textarea', 'summary', 'audio[controls]', 'video[controls]',
    '[tabindex="0"]', '[contenteditable="true"]'].join(', ');
  const radios = new Set([...window.__stops].filter((each) => each.type === 'radio').map((each) => each.name));
  return [...document.querySelectorAll(wanted)].filter((each) =>
    each.tabIndex >= 0 && !each.disabled && each.type !== 'hidden' && !each.closest('[inert], [aria-hidden="true"]') &&
    each.checkVisibility({ visibilityProperty: true }) && each.getClientRects().length > 0 &&
    !window.__stops.has(each) && !(each.type === 'radio' && radios.has(each.name))
  ).map((each) => each.outerHTML.slice(0, 160));
}"""


def troubles(client: Client) -> list[str]:
    """Return what Tab does not reach, and what does not show that it has the focus.

    What came while it went round is looked for on a second round: only what is never reached cannot be.
    """
    return _round(client) and _round(client)


def _round(client: Client) -> list[str]:
    client.page.evaluate(_BEGIN)
    ends = 0
    for _ in range(_MOST_STOPS):
        client.page.keyboard.press("Tab")
        # It begins where the page itself had put the focus, so the first end is not the last one.
        ends += client.page.evaluate(_STEP) in ("out", "again")
        if ends == 2:
            break
    else:
        return [f"more than {_MOST_STOPS} stops"]
    missed = client.page.evaluate(_MISSED)
    unseen = client.page.evaluate("window.__hidden")
    # The link to the content is seen, and covers what is below, only while it has the focus.
    client.page.evaluate("document.activeElement?.blur()")
    return [*(f"not reached: {each}" for each in missed), *(f"focus not seen: {each}" for each in unseen)]

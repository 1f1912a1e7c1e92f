"""Draws the pictures of docs/scale.md and docs/performance.md: `python -m bench.plots`, out of docs/plots/*.json."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from bench.peers import command

HERE = Path(__file__).parents[1] / "docs" / "plots"
Points = Sequence[tuple[float, float]]
_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 720, 400, 80, 190, 40, 50
# Told apart also without colours, and on dark ground.
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#7f7f7f", "#a05a2c")


class Axis:
    """From values to places.

    Args:
        values: All that is shown.
        first: Where the least of them is, in pixels.
        last: Where the most is.
        logarithmic: Each step is ten times the last.
    """

    def __init__(self, values: Sequence[float], first: float, last: float, *, logarithmic: bool) -> None:
        self._of = math.log10 if logarithmic else float
        low, high = (min(values), max(values)) if logarithmic else (0.0, max(values) * 1.1)
        self._low, self._high = self._of(low), self._of(high)
        self._first, self._last = first, last
        self.ticks = _decades(low, high) if logarithmic else [high * n / 4 for n in range(5)]

    def place(self, value: float) -> float:
        """Returns where a value is."""
        share = (self._of(value) - self._low) / ((self._high - self._low) or 1)
        return self._first + share * (self._last - self._first)


def _decades(low: float, high: float) -> list[float]:
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    return [10.0**n for n in range(first, last + 1)]


def draw(title: str, across: str, up: str, lines: Mapping[str, Points], *, logarithmic: bool) -> str:
    """Returns a picture of lines over one pair of axes."""
    xs = [x for points in lines.values() for x, _y in points]
    ys = [y for points in lines.values() for _x, y in points]
    horizontal = Axis(xs, _LEFT, _WIDTH - _RIGHT, logarithmic=logarithmic)
    vertical = Axis(ys, _HEIGHT - _BOTTOM, _TOP, logarithmic=logarithmic)
    if not logarithmic:
        horizontal.ticks = sorted(set(xs))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" font-family="sans-serif"'
        f' font-size="12"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15" fill="#111">{escape(title)}</text>',
    ]
    parts += [_tick(horizontal.place(each), None, _number(each)) for each in horizontal.ticks]
    parts += [_tick(None, vertical.place(each), _number(each)) for each in vertical.ticks]
    parts += [
        _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 10, across, "middle"),
        f'<g transform="translate(16 {_HEIGHT / 2}) rotate(-90)">{_text(0, 0, up, "middle")}</g>',
    ]
    for number, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [(horizontal.place(x), vertical.place(y)) for x, y in points]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>' for x, y in places]
        height = _TOP + 10 + number * 18
        parts.append(f'<rect x="{_WIDTH - _RIGHT + 14}" y="{height - 9}" width="10" height="10" fill="{colour}"/>')
        parts.append(_text(_WIDTH - _RIGHT + 30, height, name, "start"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def bars(title: str, across: str, groups: Mapping[str, Mapping[str, float]]) -> str:
    """Returns a picture of lying bars: for each name one bar of each kind, from 0."""
    kinds = list(next(iter(groups.values())))
    most = max(value for group in groups.values() for value in group.values())
    thick, gap = 16, 14
    height = _TOP + len(groups) * (thick * len(kinds) + gap) + 46
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" font-family="sans-serif"'
        f' font-size="12"><title>{escape(title)}</title><rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="{_LEFT}" y="22" font-size="15" fill="#111">{escape(title)}</text>',
    ]
    at = _TOP
    for name, group in groups.items():
        parts.append(_text(_LEFT - 6, at + thick * len(kinds) / 2 + 4, name, "end"))
        for number, kind in enumerate(kinds):
            wide = group[kind] / most * (_WIDTH - _LEFT - _RIGHT)
            colour = _COLOURS[number % len(_COLOURS)]
            parts.append(f'<rect x="{_LEFT}" y="{at}" width="{wide:.1f}" height="{thick - 2}" fill="{colour}"/>')
            parts.append(_text(_LEFT + wide + 6, at + 11, f"{kind}: {group[kind]:,.0f}", "start"))
            at += thick
        at += gap
    return "\n".join([*parts, _text(_LEFT, at + 18, across, "start"), "</svg>"]) + "\n"


def _tick(x: float | None, y: float | None, text: str) -> str:
    if x is not None:
        line = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" y2="{_HEIGHT - _BOTTOM}" stroke="#ddd"/>'
        return line + _text(x, _HEIGHT - _BOTTOM + 16, text, "middle")
    line = f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
    return line + _text(_LEFT - 6, (y or 0) + 4, text, "end")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="#111">{escape(text)}</text>'


def _number(value: float) -> str:
    for size, word in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{word}"
    return f"{value:g}"


_SHOWN = {
    "messaging.messages": "a message",
    "messaging.message_search": "its words",
    "messaging.reactions": "a reaction",
    "messaging.members": "a member",
    "subscriptions.posts": "a post",
    "subscriptions.notifications": "a notification",
    "payments.ledger_entries": "a ledger entry",
    "ads.decisions": "an ad's choice",
}


def growth() -> str:
    """Returns bytes on the disk over rows."""
    measured = json.loads((HERE / "growth.json").read_text())
    lines = {
        name: [(each["rows"], each["table"] + each["indexes"]) for each in measured[table]]
        for table, name in _SHOWN.items()
        if measured.get(table)
    }
    return draw("Disk, with indexes", "rows", "bytes", lines, logarithmic=True)


def throughput() -> str:
    """Returns sends a second over processes."""
    measured = json.loads((HERE / "throughput.json").read_text())
    lines: dict[str, list[tuple[float, float]]] = {}
    for point in measured["points"]:
        for figure in point["report"]["figures"]:
            if figure["unit"] == "sends/s" and figure["value"]:
                senders = figure["name"].split(".")[2].partition("_")[0]
                lines.setdefault(f"{senders} at once", []).append((point["processes"], figure["value"]))
    title = f"Durable sends over 50 rooms, on two cores, by processes of {measured['program']}"
    return draw(title, "processes", "sends a second", lines, logarithmic=False)


def peers() -> str:
    """Returns messages a second of Charla and the servers beside it."""
    report = json.loads((HERE / "peers.json").read_text())
    turns = report["turns"]
    servers = {"charla": ("charla", [turn for each in turns.values() for turn in each])}
    servers |= {name: ("peer", each) for name, each in turns.items()}
    groups = {
        name: {
            f"{senders} senders": command.value(taken, side, f"saturated_{senders}", "rate")
            for senders in report["options"]["senders"]
        }
        for name, (side, taken) in servers.items()
    }
    return bars("Messages a second, stored and delivered, on two cores", "higher is better", groups)


def main() -> None:
    """Draws all."""
    (HERE / "peers.svg").write_text(peers())
    (HERE / "growth.svg").write_text(growth())
    (HERE / "throughput.svg").write_text(throughput())


if __name__ == "__main__":
    main()

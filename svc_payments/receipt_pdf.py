"""Receipts as PDF, in DejaVu Sans where the system has it, and else in the font that reportlab brings.

Both are embedded, as far as their characters are used. What a font has no character for (Chinese, emoji) is shown
as a question mark; the HTML form has everything.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from svc_payments.actions.receipts import Receipt

#: Debian's `fonts-dejavu-core`; Vera is DejaVu's ancestor, and knows the languages of Western Europe.
_DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
_FILES = {"regular": ("DejaVuSans.ttf", "Vera.ttf"), "bold": ("DejaVuSans-Bold.ttf", "VeraBd.ttf")}
_WIDTH, _HEIGHT = A4
_LEFT, _RIGHT, _VALUES = 60.0, _WIDTH - 60.0, 220.0
_BOTTOM = 70.0
_SIZE, _LEADING = 10.0, 15.0


def pdf(receipt: Receipt) -> bytes:
    """Return a receipt as a PDF document."""
    file = io.BytesIO()
    page = _Page(Canvas(file, pagesize=A4, invariant=True, lang=receipt.language), _font("regular"), _font("bold"))
    page.canvas.setTitle(f"{receipt.title} {receipt.number}")
    page.canvas.setCreator("Charla")
    page.heading(receipt.title)
    page.rows(receipt.lines)
    page.gap()
    page.sums(receipt.sums)
    page.gap()
    for text in filter(None, (receipt.remark, receipt.footer)):
        page.paragraph(text)
    page.canvas.save()
    return file.getvalue()


@cache
def _font(weight: str) -> str:
    """Return the name of a font that was read from its file."""
    known, brought = _FILES[weight]
    path = _DEJAVU / known
    name = f"charla-{weight}"
    pdfmetrics.registerFont(TTFont(name, str(path) if path.is_file() else brought))
    return name


def shown(text: str, font: str) -> str:
    """Return a text with a question mark for each character that a font lacks."""
    glyphs = pdfmetrics.getFont(font).face.charToGlyph
    return "".join(each if ord(each) in glyphs or each == "\u00a0" else "?" for each in " ".join(text.split()))


def _fitting(text: str, font: str, width: float) -> int:
    """Return how many characters of a text fit into a line, at least one."""
    fits = len(text)
    while fits > 1 and pdfmetrics.stringWidth(text[:fits], font, _SIZE) > width:
        fits -= 1
    return fits


class _Page:
    """Writes from the top of a page to its bottom, and then on the next one."""

    def __init__(self, canvas: Any, regular: str, bold: str) -> None:
        self.canvas, self._regular, self._bold = canvas, regular, bold
        self._y = _HEIGHT - 80.0

    def heading(self, text: str) -> None:
        self.canvas.setFont(self._bold, 20)
        self.canvas.drawString(_LEFT, self._y, shown(text, self._bold))
        self._y -= 40

    def rows(self, rows: Sequence[tuple[str, str]]) -> None:
        for label, value in rows:
            lines = self._split(value, self._regular, _RIGHT - _VALUES)
            self._need(len(lines))
            self.canvas.setFont(self._regular, _SIZE)
            self.canvas.drawString(_LEFT, self._y, shown(label, self._regular))
            for line in lines:
                self.canvas.drawString(_VALUES, self._y, line)
                self._y -= _LEADING

    def sums(self, sums: Sequence[tuple[str, str]]) -> None:
        for number, (label, value) in enumerate(sums):
            font = self._bold if number in (0, len(sums) - 1) else self._regular
            self._need(1)
            self.canvas.setFont(font, _SIZE)
            self.canvas.drawString(_LEFT, self._y, shown(label, font))
            self.canvas.drawRightString(_RIGHT, self._y, shown(value, font))
            self._y -= _LEADING

    def paragraph(self, text: str) -> None:
        lines = self._split(text, self._regular, _RIGHT - _LEFT)
        self._need(len(lines))
        self.canvas.setFont(self._regular, _SIZE)
        for line in lines:
            self.canvas.drawString(_LEFT, self._y, line)
            self._y -= _LEADING

    def gap(self) -> None:
        self._y -= _LEADING

    def _split(self, text: str, font: str, width: float) -> list[str]:
        """Return the lines of a text; a word that is wider than a line is broken."""
        lines: list[str] = []
        for line in simpleSplit(shown(text, font), font, _SIZE, width) or [""]:
            rest = line
            while pdfmetrics.stringWidth(rest, font, _SIZE) > width and len(rest) > 1:
                fits = next(
                    n for n in range(len(rest), 0, -1) if pdfmetrics.stringWidth(rest[:n], font, _SIZE) <= width
                )
                lines.append(rest[:fits])
                rest = rest[fits:]
            lines.append(rest)
        return lines

    def _need(self, lines: int) -> None:
        if self._y - lines * _LEADING < _BOTTOM:
            self.canvas.showPage()
            self._y = _HEIGHT - 80.0

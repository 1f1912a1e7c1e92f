"""What a web page says of itself in its head: read with the standard library, which fetches and runs nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

from plumbing.addresses import OutgoingRefused, parse

MAX_TITLE, MAX_DESCRIPTION, MAX_SITE = 300, 1_000, 100
_charset = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([a-zA-Z0-9_.:-]{2,40})""", re.IGNORECASE)
_header_charset = re.compile(r"charset\s*=\s*[\"']?([a-zA-Z0-9_.:-]{2,40})", re.IGNORECASE)
_head_ends = re.compile(r"<body[\s>]|</head\s*>", re.IGNORECASE)
_spaces = re.compile(r"\s+")
_TITLES = ("og:title", "twitter:title", "title")
_DESCRIPTIONS = ("og:description", "twitter:description", "description")
_PICTURES = ("og:image:secure_url", "og:image", "og:image:url", "twitter:image")


@dataclass(frozen=True, slots=True)
class Page:
    """Plain texts, each without line breaks and within its limit; `picture_url` is one that may be called."""

    title: str
    description: str
    site_name: str
    picture_url: str | None


@dataclass
class _Head(HTMLParser):
    said: dict[str, str] = field(default_factory=dict)
    _title: list[str] | None = None

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "title" and "title" not in self.said:
            self._title = []
        elif tag == "meta":
            given = dict(attrs)
            name = (given.get("property") or given.get("name") or "").strip().lower()
            if name and given.get("content"):
                self.said.setdefault(name, given["content"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "title" and self._title is not None:
            self.said.setdefault("title", "".join(self._title))
            self._title = None

    def handle_data(self, data: str) -> None:
        if self._title is not None:
            self._title.append(data)


def read_page(body: bytes, content_type: str, url: str) -> Page | None:
    """Return what the page at `url` says of itself, or None where it has no title.

    Args:
        body: The page's beginning.
        content_type: Its header.
        url: Where it was read, for addresses that are relative to it.
    """
    head = _Head()
    head.feed(_head_ends.split(_decoded(body, content_type), maxsplit=1)[0])
    head.handle_endtag("title")  # a page that was cut off within it
    title = _first(head.said, _TITLES, MAX_TITLE)
    if not title:
        return None
    return Page(
        title,
        _first(head.said, _DESCRIPTIONS, MAX_DESCRIPTION),
        _first(head.said, ("og:site_name",), MAX_SITE),
        _picture(head.said, url),
    )


def _decoded(body: bytes, content_type: str) -> str:
    named = _header_charset.search(content_type)
    meta = _charset.search(body[:4096])
    names = [named.group(1) if named else "", meta.group(1).decode() if meta else "", "utf-8"]
    for name in filter(None, names):
        try:
            return body.decode(name, errors="replace")
        except (LookupError, ValueError):  # no such charset, or one that is none of text
            continue
    return ""


def _first(said: dict[str, str], names: tuple[str, ...], most: int) -> str:
    for name in names:
        text = _spaces.sub(" ", "".join(each if each.isprintable() else " " for each in said.get(name, ""))).strip()
        if text:
            return text if len(text) <= most else text[: most - 1].rstrip() + "…"
    return ""


def _picture(said: dict[str, str], url: str) -> str | None:
    for name in _PICTURES:
        try:
            address = urljoin(url, said.get(name, "").strip()) if said.get(name) else ""
            parse(address)
        except (OutgoingRefused, ValueError):
            continue
        return address
    return None

"""Items of an RSS or Atom feed as plain text. No entities, no markup, no surprises in length."""

from __future__ import annotations

import calendar
import hashlib
import html
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import feedparser

MAX_ITEMS = 50
_TAG = re.compile(r"<[^<>]{0,2000}>")
_SPACE = re.compile(r"[ \t\r\f\v]+")
_NEWLINES = re.compile(r"\s*\n\s*")


class NotAFeed(Exception):
    """What came is no feed that can be read."""


@dataclass(frozen=True)
class Item:
    """One entry. `key` is the same for the same article wherever it is listed."""

    key: str
    title: str
    text: str
    link: str
    published: datetime | None


def plain(text: str, limit: int) -> str:
    """Text without markup and control characters, at most `limit` characters."""
    text = html.unescape(_TAG.sub(" ", text.replace("<br", "\n<br").replace("</p>", "\n")))
    text = unicodedata.normalize("NFC", _NEWLINES.sub("\n", _SPACE.sub(" ", text))).strip()
    return "".join(char for char in text if char == "\n" or unicodedata.category(char)[0] != "C")[:limit]


def key_of(link: str, otherwise: str) -> str:
    """A digest of the address without its tracking parts, or of something else when there is none."""
    parts = urlsplit(link)
    same = urlunsplit(("", parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/"), "", ""))
    return hashlib.sha256((same if parts.netloc else otherwise).encode()).hexdigest()


def parse(content: bytes) -> list[Item]:
    """Newest items of a feed. Raises NotAFeed for anything else, also for a document that declares entities."""
    head = content[:4096].lower()
    if b"<!doctype" in head or b"<!entity" in content.lower():
        raise NotAFeed
    found: Any = feedparser.parse(content, sanitize_html=True, resolve_relative_uris=False)
    if not found.get("version"):
        raise NotAFeed
    items = []
    for entry in found.entries[:MAX_ITEMS]:
        title, link = plain(entry.get("title", ""), 160), str(entry.get("link", ""))[:500]
        if not title:
            continue
        if urlsplit(link).scheme not in ("http", "https"):
            link = ""
        body = entry["content"][0].get("value", "") if entry.get("content") else entry.get("summary", "")
        moment = entry.get("published_parsed") or entry.get("updated_parsed")
        published = datetime.fromtimestamp(calendar.timegm(moment), tz=UTC) if moment else None
        items.append(Item(key_of(link, str(entry.get("id") or title)), title, plain(body, 1500), link, published))
    return items

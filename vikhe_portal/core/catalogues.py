"""Message catalogues without the gettext tools: extraction from Python and templates, check and compilation.

Each app keeps its own catalogue (<app>/locale/vi), with the strings of its code and of templates/<app>/; the rest is in
locale/vi. Message ids are English; the Vietnamese must be complete.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

APPS = ("wards", "accounts", "gateways", "groups", "tips", "broadcasts", "oversight")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
PLACEHOLDER = re.compile(r"%\([a-z_0-9]+\)[sd]|\{[a-z_0-9]*\}|%[sd%]")
VIETNAMESE = "nplurals=1; plural=0;"


@dataclass(frozen=True)
class Place:
    """Where a catalogue lives and which sources feed it."""

    name: str
    file: Path
    sources: tuple[Path, ...]


def places(root: Path) -> list[Place]:
    """All catalogues of the project below `root`."""
    found = []
    for app in APPS:
        sources = (root / app, root / "templates" / app)
        found.append(Place(app, root / app / "locale/vi/LC_MESSAGES/django.po", sources))
    rest = [root / "vikhe_portal"] + [path for path in sorted((root / "templates").glob("*")) if path.name not in APPS]
    found.append(Place("core", root / "locale/vi/LC_MESSAGES/django.po", tuple(rest)))
    return found


def _files(source: Path) -> Iterator[Path]:
    if source.is_file():
        yield source
        return
    for path in sorted(source.rglob("*")):
        if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts and path.is_file():
            yield path


def messages_of(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], str | None]]:
    """Yield (line, message id or ids, context) of one Python file or Django template."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Indentation says nothing in a template, but the reader of Python would stumble over it.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).split("\n"))
    for line, message, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
        yield line, message, context


def gather(place: Place, root: Path) -> Catalog:
    """Return a fresh catalogue with every message of the place's sources."""
    catalogue = Catalog(locale="vi", charset="utf-8", fuzzy=False)
    for source in place.sources:
        if not source.exists():
            continue
        for path in _files(source):
            for line, message, context in messages_of(path):
                if message:
                    catalogue.add(message, None, [(str(path.relative_to(root)), line)], context=context)
    return catalogue


def load(file: Path) -> Catalog:
    """Read a catalogue; an absent one is empty."""
    if not file.exists():
        return Catalog(locale="vi", charset="utf-8", fuzzy=False)
    with file.open("rb") as stream:
        return read_po(stream, locale="vi")


def _key(message: Message) -> tuple[str | None, str]:
    identity = message.id if isinstance(message.id, str) else message.id[0]
    return message.context, identity


def _translation(message: Message) -> str:
    value = message.string if isinstance(message.string, str) else (message.string[0] if message.string else "")
    return value or ""


def renew(place: Place, root: Path) -> int:
    """Write the catalogue anew: sources' messages with the translations held; returns how many lack one."""
    held = {_key(message): _translation(message) for message in load(place.file) if message.id}
    fresh = gather(place, root)
    missing = 0
    for message in fresh:
        if not message.id:
            continue
        translation = held.get(_key(message), "")
        missing += not translation
        message.string = translation if isinstance(message.id, str) else (translation,)
        message.locations = [(name, 0) for name in dict.fromkeys(name for name, _line in message.locations)]
    place.file.parent.mkdir(parents=True, exist_ok=True)
    with place.file.open("wb") as stream:
        write_po(stream, fresh, omit_header=False, sort_output=True, width=0, include_lineno=False)
    text = place.file.read_text(encoding="utf-8")
    kept = [
        line
        for line in text.splitlines()
        if not line.startswith(
            (
                '"POT-Creation-Date',
                '"PO-Revision-Date',
                '"Generated-By',
                '"Last-Translator',
                '"Report-Msgid',
                '"Language-Team',
                '"Project-Id',
            )
        )
    ]
    body = "\n".join(kept).replace("# Vietnamese translations for PROJECT.", "# Vietnamese messages.")
    body = re.sub(r"# Copyright.*\n# This file is.*\n# FIRST AUTHOR.*\n#\n", "", body)
    place.file.write_text(body.rstrip() + "\n", encoding="utf-8")
    return missing


def problems(root: Path) -> list[str]:
    """List what is wrong: missing, fuzzy, obsolete, broken placeholders, two translations of one id."""
    found: list[str] = []
    everywhere: dict[tuple[str | None, str], tuple[str, str]] = {}
    for place in places(root):
        held = {_key(message): message for message in load(place.file) if message.id}
        wanted = {_key(message): message for message in gather(place, root) if message.id}
        for key, message in wanted.items():
            translation = _translation(held[key]) if key in held else ""
            where = f"{place.name}: {key[1][:70]!r}"
            if not translation:
                found.append(f"{where} has no Vietnamese")
                continue
            if "fuzzy" in held[key].flags:
                found.append(f"{where} is fuzzy")
            ids = [message.id] if isinstance(message.id, str) else list(message.id)
            if not any(set(PLACEHOLDER.findall(one)) == set(PLACEHOLDER.findall(translation)) for one in ids):
                found.append(f"{where} changes the placeholders: {translation[:70]!r}")
            other = everywhere.setdefault(key, (translation, place.name))
            if other[0] != translation:
                found.append(f"{where} is translated in two ways ({place.name}, {other[1]}): give one a context")
        found.extend(f"{place.name}: {key[1][:70]!r} is used nowhere" for key in held if key not in wanted)
    return found


def compile_all(root: Path) -> int:
    """Write the .mo file beside every catalogue; returns how many messages they hold."""
    total = 0
    for place in places(root):
        if not place.file.exists():
            continue
        catalogue = load(place.file)
        with place.file.with_suffix(".mo").open("wb") as stream:
            write_mo(stream, catalogue)
        total += len(catalogue)
    return total

"""Residents are "ông/bà" and staff are "đồng chí" on every page: one voice, never the familiar "bạn"."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FAMILIAR = re.compile(r"\b[Bb]ạn\b(?! bè)")


def told(catalogue: str) -> list[str]:
    """The Vietnamese lines of a catalogue that call the reader "bạn"."""
    lines = [line for line in catalogue.splitlines() if line.startswith(("msgstr", '"'))]
    return [line for line in lines if FAMILIAR.search(line)]


def test_nobody_is_addressed_familiarly():
    catalogues = [*ROOT.glob("*/locale/vi/LC_MESSAGES/django.po"), ROOT / "locale/vi/LC_MESSAGES/django.po"]
    assert len(catalogues) > 5
    assert {path.parts[-5]: found for path in catalogues if (found := told(path.read_text(encoding="utf-8")))} == {}


def test_the_check_sees_it():
    assert told('msgid "a"\nmsgstr "Bạn đã thấy gì?"') and not told('msgstr "Hỏi bạn bè, ông/bà thấy gì?"')

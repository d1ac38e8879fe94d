"""Text files: in which encoding their letters are, and which sign stands between the columns."""

from __future__ import annotations

import codecs
import csv
import io
import unicodedata

from groups.rosters.archive import Limits
from groups.rosters.legacy import detect_text
from groups.rosters.messages import RosterFileError

_SEPARATORS = ",;\t"
_SAMPLE_LINES = 40
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MAX_CELL = 4_000


def decode(content: bytes) -> tuple[str, str]:
    """Text and the name of its encoding: UTF-8, UTF-16 (with or without a mark), Windows-1258, or an old font's.

    Raises RosterFileError (unknown_kind) for bytes that are no text.
    """
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, "replace"), encoding
    encoding = _unmarked_utf16(content)
    if encoding:
        return content.decode(encoding, "replace"), encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        latin = content.decode("latin-1")
    if detect_text(latin[:20_000].splitlines()):
        return latin, "latin-1"  # an old font's encoding: left as it is until the user confirms the conversion
    # Windows-1258 writes tones as signs of their own behind the vowel; NFC joins them.
    return unicodedata.normalize("NFC", content.decode("cp1258", "replace")), "windows-1258"


def _unmarked_utf16(content: bytes) -> str:
    sample = content[:4000]
    half = len(sample) // 2
    if half < 2:
        return ""
    # Separators, digits and line ends of a list have a zero byte; text in other encodings has none.
    if sample[1::2].count(0) > half * 0.3:
        return "utf-16-le"
    return "utf-16-be" if sample[0::2].count(0) > half * 0.3 else ""


def separator_of(text: str) -> str:
    """The separator whose count is most even over the first lines; a comma if none of them occurs."""
    lines = [line for line in text[:20_000].splitlines()[:_SAMPLE_LINES] if line.strip()]
    best, best_score = ",", 0.0
    for separator in _SEPARATORS:
        counts = [len(next(csv.reader([line], delimiter=separator), [])) - 1 for line in lines]
        filled = [count for count in counts if count]
        if filled:
            usual = max(set(filled), key=filled.count)
            score = filled.count(usual) / len(lines) * min(usual, 20)
            best, best_score = (separator, score) if score > best_score else (best, best_score)
    return best


def read_delimited(content: bytes, limits: Limits) -> tuple[list[list], str]:
    """Rows of a text file and its encoding. Raises RosterFileError: unknown_kind, too_many_rows, too_many_columns."""
    text, encoding = decode(content)
    controls = sum(1 for c in text[:4000] if (c < " " and c not in "\t\r\n\x0b\x0c") or c == "\ufffd")
    if controls > len(text[:4000]) * 0.02:
        raise RosterFileError("unknown_kind")
    first_line, _, rest = text.partition("\n")
    if first_line.strip().lower().startswith("sep=") and len(first_line.strip()) == 5:
        separator, text = first_line.strip()[4], rest  # Excel's own mark
    else:
        separator = separator_of(text)
    rows: list[list] = []
    try:
        for cells in csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=separator):
            while cells and not cells[-1].strip():
                cells.pop()
            if len(cells) > limits.columns:
                raise RosterFileError("too_many_columns", {"sheet": "csv", "limit": limits.columns})
            rows.append([cell[:_MAX_CELL] for cell in cells])
            if len(rows) > limits.rows:
                raise RosterFileError("too_many_rows", {"sheet": "csv", "limit": limits.rows})
    except csv.Error as error:
        raise RosterFileError("damaged") from error
    return rows, encoding

"""Sizes of the page and of the letters, in millimetres and points.

Advance widths of Times New Roman (which metric-compatible faces share), in thousandths of the type size, for
the characters from blank to tilde. They are needed because the lines under the headings must be as long as their text.
"""

import unicodedata
from collections.abc import Sequence

MM_PER_PT = 25.4 / 72

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0
MARGIN_TOP, MARGIN_BOTTOM, MARGIN_LEFT, MARGIN_RIGHT = 20.0, 20.0, 30.0, 15.0
HEADER_DISTANCE = 10.0
FIRST_LINE = 12.7
FONT = "Times New Roman"

SIZE_NATION, SIZE_MOTTO, SIZE_DATE = 13.0, 14.0, 14.0  # sizes that appendix I lets go together
SIZE_BODY, SIZE_ISSUER, SIZE_NUMBER, SIZE_PAGE = 14.0, 13.0, 13.0, 13.0
SIZE_TO, SIZE_RECIPIENTS, SIZE_TABLE = 12.0, 11.0, 12.0
LINE_SPACING = 1.15
PARAGRAPH_SPACE = 6.0
SIGNING_SPACE = 62.0
SIZE_NOTE = 13.0
LINE_HEIGHT = 1.15  # of a single-spaced line, relative to the type size

NATION = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"

# fmt: off
_REGULAR = (
    250, 333, 408, 500, 500, 833, 778, 180, 333, 333, 500, 564, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444, 921, 722, 667, 667, 722, 611,
    556, 722, 722, 333, 389, 722, 611, 889, 722, 722, 556, 722, 667, 556, 611, 722, 722, 944, 722,
    722, 611, 333, 278, 333, 469, 500, 333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500,
    278, 778, 500, 500, 500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
)
_BOLD = (
    250, 333, 555, 500, 500, 1000, 833, 278, 333, 333, 500, 570, 250, 333, 250, 278, 500, 500, 500,
    500, 500, 500, 500, 500, 500, 500, 333, 333, 570, 570, 570, 500, 930, 722, 667, 722, 722, 667,
    611, 778, 778, 389, 500, 778, 667, 944, 722, 778, 611, 778, 722, 556, 667, 722, 722, 1000, 722,
    722, 667, 333, 278, 333, 581, 500, 333, 500, 556, 444, 556, 444, 333, 500, 556, 278, 333, 556,
    278, 833, 556, 500, 556, 556, 444, 389, 333, 556, 500, 722, 500, 500, 444, 394, 220, 394, 520,
)
# fmt: on
_HORNED = {False: {"Ư": 776, "ơ": 529, "ư": 542}, True: {"Ư": 796, "ơ": 554, "ư": 600}}


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line of text in millimetres; `size` in points. Unknown characters count as a digit."""
    table, total = (_BOLD if bold else _REGULAR), 0
    for char in unicodedata.normalize("NFC", text):
        parts = unicodedata.normalize("NFD", char)
        base = parts[0].replace("đ", "d").replace("Đ", "D")
        horned = _HORNED[bold].get(unicodedata.normalize("NFC", base + "\u031b")) if "\u031b" in parts else None
        total += horned or (table[ord(base) - 32] if 32 <= ord(base) < 127 else 500)
    return total / 1000 * size * MM_PER_PT


def wrapped_lines(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """The lines into which a text breaks in a column of `width` millimetres."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size, bold) <= width:
            lines[-1] = f"{lines[-1]} {word}"
        else:
            lines.append(word)
    return lines


def balanced(text: str, size: float, width: float, bold: bool = False) -> list[str]:
    """As `wrapped_lines`, in as few lines, but of even length: how a heading is broken by a careful typist."""
    lines = wrapped_lines(text, size, width, bold)
    while len(lines) > 1:
        narrower = wrapped_lines(text, size, max(text_width(line, size, bold) for line in lines) - 0.01, bold)
        if len(narrower) > len(lines) or narrower == lines:
            break
        lines = narrower
    return lines


def nation_column() -> float:
    """Width of the right half of the heading: the name of the state on one line and a little air."""
    return text_width(NATION, SIZE_NATION, bold=True) + 3.0


def body_width(landscape: bool = False) -> float:
    return (PAGE_HEIGHT if landscape else PAGE_WIDTH) - MARGIN_LEFT - MARGIN_RIGHT


def partial_line(lines: Sequence[str], size: float) -> float:
    """Length of the line under an issuer or a title: two fifths of the text (a third to a half is asked for)."""
    return 0.4 * max((text_width(line, size, bold=True) for line in lines), default=0.0)

"""WordprocessingML written as text: runs, paragraphs, tables, page settings. All lengths in millimetres or points."""

from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from vikhe_portal.core.documents import metrics
from vikhe_portal.core.documents.model import Align

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_JUSTIFY = {"left": "left", "center": "center", "right": "right", "justify": "both"}


def twips(mm: float) -> int:
    """Twentieths of a point, the unit of length of the format."""
    return round(mm / metrics.MM_PER_PT * 20)


def run(text: str, size: float, *, bold: bool = False, italic: bool = False) -> str:
    """Text in one look; a line feed becomes a line break."""
    marks = ("<w:b/><w:bCs/>" if bold else "") + ("<w:i/><w:iCs/>" if italic else "")
    lines = (f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in text.split("\n"))
    return f"<w:r><w:rPr>{marks}{_size(size)}</w:rPr>{'<w:br/>'.join(lines)}</w:r>"


def _size(points: float) -> str:
    half = round(points * 2)
    return f'<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'


def paragraph(
    runs: str = "",
    *,
    align: Align = "left",
    before: float = 0,
    after: float = 0,
    line: float = 1.0,
    exact: float = 0,
    first: float = 0,
    left: float = 0,
    right: float = 0,
    style: str = "",
    keep_next: bool = False,
    border: str = "",
    section: str = "",
) -> str:
    """One paragraph. `before`, `after`, `exact` (a fixed line height) in points; `first`, `left`, `right` in mm."""
    height = f'w:line="{round(exact * 20 or line * 240)}" w:lineRule="{"exact" if exact else "auto"}"'
    properties = (
        (f'<w:pStyle w:val="{style}"/>' if style else "")
        + ("<w:keepNext/>" if keep_next else "")
        + border
        + f'<w:spacing w:before="{round(before * 20)}" w:after="{round(after * 20)}" {height}/>'
        + f'<w:ind w:left="{twips(left)}" w:right="{twips(right)}" w:firstLine="{twips(first)}"/>'
        + f'<w:jc w:val="{_JUSTIFY[align]}"/>'
        + section
    )
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def rule(length: float, width: float, after: float = 0) -> str:
    """A solid line of `length`, centred in a column of `width`: the lower border of an empty, indented paragraph."""
    side = max(0.0, (width - length) / 2)
    border = '<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:pBdr>'
    return paragraph(run("", 1), exact=2, after=after, left=side, right=side, border=border)


def framed(text: str, size: float, side: float, after: float) -> str:
    edges = "".join(
        f'<w:{edge} w:val="single" w:sz="8" w:space="3" w:color="000000"/>'
        for edge in ("top", "left", "bottom", "right")
    )
    border = f"<w:pBdr>{edges}</w:pBdr>"
    return paragraph(
        run(text, size, bold=True), align="center", before=6, after=after, left=side, right=side, border=border
    )


@dataclass(frozen=True, slots=True)
class Cell:
    content: str  # paragraphs
    width: float
    middle: bool = False


def _row(cells: Sequence[Cell], *, header: bool = False) -> str:
    settings = "<w:cantSplit/>" + ("<w:tblHeader/>" if header else "")
    body = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{twips(cell.width)}" w:type="dxa"/>'
        + ('<w:vAlign w:val="center"/>' if cell.middle else "")
        + f"</w:tcPr>{cell.content}</w:tc>"
        for cell in cells
    )
    return f"<w:tr><w:trPr>{settings}</w:trPr>{body}</w:tr>"


def table(rows: Sequence[Sequence[Cell]], *, ruled: bool, header: bool = False, padding: float = 0) -> str:
    """A table of fixed columns (widths of the first row); with `header` its first row is repeated on every page."""
    widths = [cell.width for cell in rows[0]]
    edges = ("top", "left", "bottom", "right", "insideH", "insideV")
    kind = 'w:val="single" w:sz="4" w:space="0" w:color="000000"' if ruled else 'w:val="nil"'
    borders = "".join(f"<w:{edge} {kind}/>" for edge in edges)
    margins = "".join(f'<w:{edge} w:w="{twips(padding)}" w:type="dxa"/>' for edge in ("left", "right"))
    grid = "".join(f'<w:gridCol w:w="{twips(width)}"/>' for width in widths)
    body = "".join(_row(cells, header=header and index == 0) for index, cells in enumerate(rows))
    return (
        f'<w:tbl><w:tblPr><w:tblW w:w="{sum(map(twips, widths))}" w:type="dxa"/><w:jc w:val="left"/>'
        f'<w:tblInd w:w="0" w:type="dxa"/><w:tblBorders>{borders}</w:tblBorders><w:tblLayout w:type="fixed"/>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>"
    )


def section(*, landscape: bool = False, references: str = "") -> str:
    """Page settings of the part that ends here. Every part begins its page count anew and hides the first number."""
    width, height = metrics.PAGE_WIDTH, metrics.PAGE_HEIGHT
    if landscape:
        width, height = height, width
    orient = ' w:orient="landscape"' if landscape else ""
    return (
        f'<w:sectPr>{references}<w:type w:val="nextPage"/>'
        f'<w:pgSz w:w="{twips(width)}" w:h="{twips(height)}"{orient}/>'
        f'<w:pgMar w:top="{twips(metrics.MARGIN_TOP)}" w:right="{twips(metrics.MARGIN_RIGHT)}"'
        f' w:bottom="{twips(metrics.MARGIN_BOTTOM)}" w:left="{twips(metrics.MARGIN_LEFT)}"'
        f' w:header="{twips(metrics.HEADER_DISTANCE)}" w:footer="{twips(metrics.HEADER_DISTANCE)}" w:gutter="0"/>'
        '<w:pgNumType w:fmt="decimal" w:start="1"/><w:cols w:space="720"/><w:titlePg/></w:sectPr>'
    )


def page_number(size: float) -> str:
    def part(content: str) -> str:
        return f"<w:r><w:rPr>{_size(size)}</w:rPr>{content}</w:r>"

    marks = {kind: part(f'<w:fldChar w:fldCharType="{kind}"/>') for kind in ("begin", "separate", "end")}
    field = part('<w:instrText xml:space="preserve"> PAGE </w:instrText>')
    return f"{marks['begin']}{field}{marks['separate']}{part('<w:t>2</w:t>')}{marks['end']}"


def _style(name: str, label: str, more: str = "") -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{label}"/><w:basedOn w:val="Normal"/>'
        f"{more}</w:style>"
    )


def styles() -> str:
    """Only the styles in use, all in one typeface, black, in Vietnamese."""
    font = "".join(f' w:{kind}="{metrics.FONT}"' for kind in ("ascii", "hAnsi", "eastAsia", "cs"))
    outline = '<w:next w:val="Normal"/><w:qFormat/><w:pPr><w:keepNext/><w:outlineLvl w:val="{}"/></w:pPr>'
    named = "".join(_style(f"Heading{level}", f"heading {level}", outline.format(level - 1)) for level in (1, 2, 3))
    named += "".join(_style(name, name.lower()) for name in ("Header", "Footer", "Title"))
    return (
        f'<w:styles xmlns:w="{W}"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts{font}/><w:color w:val="000000"/>'
        f'{_size(metrics.SIZE_BODY)}<w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/></w:rPr>'
        '</w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:before="0" w:after="0"/></w:pPr></w:pPrDefault>'
        '</w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        '<w:qFormat/></w:style><w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/></w:style>'
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr>'
        '<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>'
        f"{named}</w:styles>"
    )

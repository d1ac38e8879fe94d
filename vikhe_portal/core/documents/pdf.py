"""Draws an OfficialDocument as PDF 1.4 from the same blocks as `word`, on the page of decree 30/2020/NĐ-CP.

The letters are Tinos (SIL Open Font License), as wide as Times New Roman and with all Vietnamese letters; the four
files come with the front-end packages and their folder is given by the caller. Nothing is taken from the system.
"""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    HRFlowable,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import Paragraph as Text
from reportlab.platypus import Table as Grid

from vikhe_portal.core.documents import metrics
from vikhe_portal.core.documents.model import (
    Align,
    Annex,
    Basis,
    Block,
    Field,
    Heading,
    Item,
    Numbering,
    OfficialDocument,
    Signature,
    Table,
    annex_label,
    annex_reference,
    basis_lines,
    clean,
    ended,
    number_line,
    one_line,
    place_line,
    recipient_lines,
)

_ALIGN = {"left": TA_LEFT, "center": TA_CENTER, "right": TA_RIGHT, "justify": TA_JUSTIFY}
_FACES = {
    (False, False): ("Tinos", "400Regular/Tinos_400Regular.ttf"),
    (True, False): ("Tinos-Bold", "700Bold/Tinos_700Bold.ttf"),
    (False, True): ("Tinos-Italic", "400Regular_Italic/Tinos_400Regular_Italic.ttf"),
    (True, True): ("Tinos-BoldItalic", "700Bold_Italic/Tinos_700Bold_Italic.ttf"),
}
_BARE = [
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("RIGHTPADDING", (0, 0), (-1, -1), 0),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]
_BARE += [("TOPPADDING", (0, 0), (-1, -1), 0), ("BOTTOMPADDING", (0, 0), (-1, -1), 0)]


def to_pdf(document: OfficialDocument, fonts: Path) -> bytes:
    """The document as a PDF file; the same input always gives the same bytes.

    `fonts` is the folder of the package @expo-google-fonts/tinos. Raises FileNotFoundError if a font file is missing.
    """
    _load_fonts(fonts)
    story: list[Flowable] = [*_opening(document), *_body(document.blocks, end=True), *_closing(document)]
    for index, annex in enumerate(document.annexes, start=1):
        orientation = "landscape" if annex.landscape else "portrait"
        story += [NextPageTemplate([f"{orientation}-first", f"{orientation}-next"]), PageBreak()]
        story += _annex(document, annex, index)
    target = io.BytesIO()
    _Pages(target, document).build(story)
    return target.getvalue()


@cache
def _load_fonts(fonts: Path) -> None:
    for name, file in _FACES.values():
        path = fonts / file
        if not path.is_file():
            raise FileNotFoundError(f"the font file {file} is missing; run the front-end installation")
        pdfmetrics.registerFont(TTFont(name, str(path)))


class _Pages(BaseDocTemplate):
    """Portrait and landscape pages; each part counts from one and hides its first number."""

    def __init__(self, target: io.BytesIO, document: OfficialDocument) -> None:
        super().__init__(
            target,
            title=f"{one_line(document.kind)} {one_line(document.subject)}".strip(),
            author=one_line(document.issuing_body),
            creator="",
            lang="vi-VN",
            invariant=1,
            pdfVersion=(1, 4),
        )
        self._draft = one_line(document.draft_mark or "")
        self._part_page = 0
        for orientation in ("portrait", "landscape"):
            width, height = metrics.PAGE_WIDTH * mm, metrics.PAGE_HEIGHT * mm
            if orientation == "landscape":
                width, height = height, width
            for part in ("first", "next"):
                frame = Frame(
                    metrics.MARGIN_LEFT * mm,
                    metrics.MARGIN_BOTTOM * mm,
                    width - (metrics.MARGIN_LEFT + metrics.MARGIN_RIGHT) * mm,
                    height - (metrics.MARGIN_TOP + metrics.MARGIN_BOTTOM) * mm,
                    leftPadding=0,
                    rightPadding=0,
                    topPadding=0,
                    bottomPadding=0,
                )
                self.addPageTemplates(
                    PageTemplate(
                        f"{orientation}-{part}",
                        [frame],
                        onPage=self._running_texts,
                        pagesize=(width, height),
                        autoNextPageTemplate=f"{orientation}-next",
                    )
                )

    def _running_texts(self, canvas, _document) -> None:
        first = self.pageTemplate.id.endswith("-first")
        self._part_page = 1 if first else self._part_page + 1
        width, height = self.pageTemplate.pagesize
        middle = (metrics.MARGIN_LEFT * mm + width - metrics.MARGIN_RIGHT * mm) / 2
        if not first:
            canvas.setFont("Tinos", metrics.SIZE_PAGE)
            canvas.drawCentredString(
                middle, height - metrics.HEADER_DISTANCE * mm - metrics.SIZE_PAGE, str(self._part_page)
            )
        if self._draft:
            canvas.setFont("Tinos-Italic", 11)
            canvas.drawCentredString(middle, metrics.HEADER_DISTANCE * mm, self._draft)


def _text(
    text: str,
    size: float,
    *,
    bold: bool = False,
    italic: bool = False,
    align: Align = "left",
    line: float = metrics.LINE_HEIGHT,
    before: float = 0,
    after: float = 0,
    first: float = 0,
    left: float = 0,
    keep_next: bool = False,
) -> Text:
    style = ParagraphStyle(
        "text",
        fontName=_FACES[bold, italic][0],
        fontSize=size,
        leading=size * line,
        alignment=_ALIGN[align],
        spaceBefore=before,
        spaceAfter=after,
        firstLineIndent=first * mm,
        leftIndent=left * mm,
        keepWithNext=keep_next,
        splitLongWords=True,
    )
    # Two blanks in a row are room for writing by hand; the library would make one of them.
    return Text(escape(text.replace("  ", "\u00a0\u00a0")).replace("\n", "<br/>"), style)


def _rule(length: float, after: float = 0) -> HRFlowable:
    return HRFlowable(
        width=length * mm, thickness=0.75, color="black", spaceBefore=3, spaceAfter=after, hAlign="CENTER"
    )


def _opening(document: OfficialDocument) -> list[Flowable]:
    right = metrics.nation_column()
    left = metrics.body_width() - right
    size = metrics.SIZE_ISSUER
    parent = metrics.balanced(one_line(document.parent_body).upper(), size, left - 2)
    issuer = metrics.balanced(one_line(document.issuing_body).upper(), size, left - 2, bold=True)
    body = [
        _text("\n".join(parent), size, align="center"),
        _text("\n".join(issuer), size, bold=True, align="center"),
        Spacer(1, 2),
        _rule(metrics.partial_line(issuer, size)),
    ]
    state = [
        _text(metrics.NATION, metrics.SIZE_NATION, bold=True, align="center"),
        _text(metrics.MOTTO, metrics.SIZE_MOTTO, bold=True, align="center"),
        Spacer(1, 2),
        _rule(metrics.text_width(metrics.MOTTO, metrics.SIZE_MOTTO, bold=True)),
    ]
    number = [_text(number_line(document.number, document.symbol), metrics.SIZE_NUMBER, align="center")]
    if not document.kind:
        number.append(_text(f"V/v {one_line(document.subject)}", 13, align="center", before=6))
    place = place_line(document.place, document.day) if document.place else ""
    date = [_text(place, metrics.SIZE_DATE, italic=True, align="center")]
    grid = Grid([[body, state], [number, date]], colWidths=[left * mm, right * mm], hAlign="LEFT")
    grid.setStyle([*_BARE, ("ALIGN", (0, 0), (-1, -1), "CENTER"), ("TOPPADDING", (0, 1), (-1, 1), 7)])
    story: list[Flowable] = [grid, Spacer(1, 10)]
    if document.draft_mark:
        mark = _text(one_line(document.draft_mark), 13, bold=True, align="center")
        box = Grid([[mark]], colWidths=[(metrics.body_width() - 30) * mm])
        box.setStyle([("BOX", (0, 0), (-1, -1), 1, "black"), ("BOTTOMPADDING", (0, 0), (-1, -1), 6)])
        story += [box, Spacer(1, 8)]
    if document.kind:
        size = metrics.SIZE_BODY
        lines = metrics.balanced(one_line(document.subject), size, metrics.body_width() - 16, bold=True)
        story += [
            _text(one_line(document.kind).upper(), size, bold=True, align="center"),
            _text("\n".join(lines), size, bold=True, align="center"),
            _rule(metrics.partial_line(lines, size), after=12),
        ]
    return story + _addressees(document.addressees)


def _addressees(names: Sequence[str]) -> list[Flowable]:
    size = metrics.SIZE_BODY
    if not names:
        return []
    if len(names) == 1:
        return [_text(f"Kính gửi: {one_line(names[0])}", size, align="center", before=6, after=12)]
    lines = [_text(line, size, left=45, after=2) for line in recipient_lines(names)]
    return [_text("Kính gửi:", size, left=30, before=6, after=2), *lines, Spacer(1, 10)]


def _content(
    text: str, *, bold: bool = False, italic: bool = False, align: Align = "justify", keep_next: bool = False
) -> Text:
    return _text(
        text,
        metrics.SIZE_BODY,
        bold=bold,
        italic=italic,
        align=align,
        line=metrics.LINE_HEIGHT * metrics.LINE_SPACING,
        after=metrics.PARAGRAPH_SPACE,
        first=0 if align in ("center", "right") else metrics.FIRST_LINE,
        keep_next=keep_next,
    )


def _body(blocks: Sequence[Block], *, end: bool = False, landscape: bool = False) -> list[Flowable]:
    numbering = Numbering()
    story: list[Flowable] = []
    for index, block in enumerate(blocks):
        closing = end and index == len(blocks) - 1
        story += _block(block, numbering, closing, landscape)
        if closing and isinstance(block, Table | Heading):
            story.append(_content("./.", keep_next=True))
    return story


def _block(block: Block, numbering: Numbering, closing: bool, landscape: bool) -> list[Flowable]:
    if isinstance(block, Table):
        return [_grid(block, metrics.body_width(landscape)), Spacer(1, 8)]
    if isinstance(block, Heading):
        text = one_line(block.text)
        shown = f"{numbering.next(block.level)} {text.upper() if block.level == 1 else text}"
        return [_content(shown, bold=block.level < 3, keep_next=True)]
    if isinstance(block, Basis):
        return [_content(line, italic=True) for line in basis_lines(block.lines)]
    if isinstance(block, Field):
        lines = [f"{one_line(block.label)}: {one_line(block.value) or '.' * 60}"]
    elif isinstance(block, Item):
        lines = [f"- {one_line(block.text)}"]
    else:
        lines = [line.strip() for line in clean(block.text).split("\n") if line.strip()] or [""]
    if closing:
        lines[-1] = ended(lines[-1])
    last = len(lines) - 1
    if isinstance(block, Field | Item):
        return [_content(line, keep_next=closing) for line in lines]
    return [
        _content(line, bold=block.bold, italic=block.italic, align=block.align, keep_next=closing and index == last)
        for index, line in enumerate(lines)
    ]


def _grid(table: Table, width: float) -> Grid:
    total = sum(column.weight for column in table.columns)
    size = metrics.SIZE_TABLE
    rows = [[_text(clean(column.title), size, bold=True, align="center") for column in table.columns]]
    for number, row in enumerate(table.rows):
        bold = table.bold_last and number == len(table.rows) - 1
        rows.append(
            [
                _text(clean(text), size, bold=bold, align=column.align)
                for text, column in zip(row, table.columns, strict=True)
            ]
        )
    widths = [width * column.weight / total * mm for column in table.columns]
    grid = Grid(rows, colWidths=widths, repeatRows=1, hAlign="LEFT")
    grid.setStyle(
        [
            ("GRID", (0, 0), (-1, -1), 0.5, "black"),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("LEFTPADDING", (0, 0), (-1, -1), 1.2 * mm),
            ("RIGHTPADDING", (0, 0), (-1, -1), 1.2 * mm),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
        ]
    )
    return grid


def _closing(document: OfficialDocument) -> list[Flowable]:
    width = metrics.body_width()
    recipients: list[Flowable] = []
    if document.recipients:
        recipients = [_text("Nơi nhận:", metrics.SIZE_TO, bold=True, italic=True)]
        recipients += [_text(line, metrics.SIZE_RECIPIENTS) for line in recipient_lines(document.recipients)]
    signatures = document.signatures
    if len(signatures) == 1:
        left = width * 0.46
        grid = Grid(
            [[recipients, _capacity(signatures[0])], ["", _name(signatures[0])]],
            colWidths=[left * mm, (width - left) * mm],
        )
        grid.setStyle([*_BARE, ("SPAN", (0, 0), (0, 1)), ("NOSPLIT", (0, 0), (-1, -1))])
        below: list[Flowable] = []
    else:
        rows = [[_capacity(signature) for signature in signatures], [_name(signature) for signature in signatures]]
        grid = Grid(rows, colWidths=[width / len(signatures) * mm] * len(signatures))
        grid.setStyle([*_BARE, ("NOSPLIT", (0, 0), (-1, -1))])
        below = [Spacer(1, 10), *recipients]
    # One chain with the last words of the content: a signature must not stand alone on a page.
    lead = Spacer(1, 6)
    lead.keepWithNext = True
    if below:
        grid.keepWithNext = True
    return [lead, grid, *below]


def _capacity(signature: Signature) -> list[Flowable]:
    lines: list[Flowable] = [
        _text(one_line(line).upper(), metrics.SIZE_BODY, bold=True, align="center") for line in signature.lines
    ]
    if signature.note:
        lines.append(_text(one_line(signature.note), metrics.SIZE_NOTE, italic=True, align="center"))
    return lines


def _name(signature: Signature) -> list[Flowable]:
    name = _text(one_line(signature.name), metrics.SIZE_BODY, bold=True, align="center")
    return [Spacer(1, metrics.SIGNING_SPACE), name]


def _annex(document: OfficialDocument, annex: Annex, index: int) -> list[Flowable]:
    size = metrics.SIZE_BODY
    return [
        _text(annex_label(index, len(document.annexes)), size, bold=True, align="center"),
        _text(one_line(annex.title).upper(), size, bold=True, align="center"),
        _text(annex_reference(document), size, italic=True, align="center", after=12),
        *_body(annex.blocks, landscape=annex.landscape),
    ]

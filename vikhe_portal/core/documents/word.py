"""Draws an OfficialDocument as a .docx file laid out after decree 30/2020/NĐ-CP, appendix I."""

import io
from collections.abc import Sequence
from datetime import datetime, time

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from lxml import etree

from vikhe_portal.core.documents import markup, metrics
from vikhe_portal.core.documents.archive import repacked
from vikhe_portal.core.documents.markup import Cell, paragraph, run
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
    Paragraph,
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

# Parts of the library's blank document that say nothing about ours.
_UNUSED_PARTS = ("stylesWithEffects", "customXml", "thumbnail", "extended-properties")
_UNDATED = datetime(2026, 1, 1)  # noqa: DTZ001 - the format stores core properties without a zone


def to_docx(document: OfficialDocument) -> bytes:
    """The document as a .docx file. The same input always gives the same bytes (with the same zlib)."""
    file = Document()
    _set_properties(file, document)
    _drop_unused_parts(file)
    _replace_children(file.styles.element, parse_xml(markup.styles()))
    for setting in file.settings.element.xpath('.//w:compatSetting[@w:name="compatibilityMode"]'):
        setting.set(qn("w:val"), "15")  # tables begin exactly at the margin

    references = _running_texts(file, document.draft_mark)
    parts = [_opening(document), _body(document.blocks, end=True), _closing(document)]
    landscape = False
    for index, annex in enumerate(document.annexes, start=1):
        ending = markup.section(landscape=landscape, references=references if index == 1 else "")
        parts.append(paragraph(exact=1, section=ending))
        parts.append(_annex(document, annex, index))
        landscape = annex.landscape
    parts.append(markup.section(landscape=landscape, references="" if document.annexes else references))
    body = parse_xml(f"<w:body {nsdecls('w', 'r')}>{''.join(parts)}</w:body>")
    _replace_children(file.element.body, body)

    target = io.BytesIO()
    file.save(target)
    return repacked(target.getvalue())


def _replace_children(element, source) -> None:
    for child in list(element):
        element.remove(child)
    for child in list(source):
        element.append(child)


def _drop_unused_parts(file) -> None:
    for owner in (file.part, file.part.package):
        for key in [key for key, rel in owner.rels.items() if any(name in rel.reltype for name in _UNUSED_PARTS)]:
            del owner.rels[key]


def _set_properties(file, document: OfficialDocument) -> None:
    moment = datetime.combine(document.day, time.min) if document.day else _UNDATED
    properties = file.core_properties
    properties.author = properties.last_modified_by = one_line(document.issuing_body)[:255]
    properties.title = f"{one_line(document.kind)} {one_line(document.subject)}".strip()[:255]
    properties.comments, properties.language, properties.revision = "", "vi-VN", 1
    properties.created = properties.modified = moment


def _running_texts(file, draft_mark: str | None) -> str:
    """Fill the running head (page number) and foot (draft mark); returns the references for the first page settings."""
    page = file.sections[0]
    page.different_first_page_header_footer = True
    number = paragraph(markup.page_number(metrics.SIZE_PAGE), align="center", style="Header")
    texts = [(page.header, number)]
    if draft_mark:
        mark = paragraph(run(one_line(draft_mark), 11, italic=True), align="center", style="Footer")
        texts += [(page.footer, mark), (page.first_page_footer, mark)]
    for place, content in texts:
        place.is_linked_to_previous = False
        _replace_children(place._element, parse_xml(f"<w:hdr {nsdecls('w')}>{content}</w:hdr>"))
    references = page._sectPr.xpath("w:headerReference | w:footerReference")
    return "".join(
        f'<{item.prefix}:{etree.QName(item).localname} w:type="{item.get(qn("w:type"))}" r:id="{item.rId}"/>'
        for item in references
    )


def _opening(document: OfficialDocument) -> str:
    """Boxes 1 to 5 and 9a: issuer and state, number and date, title, addressees."""
    right = metrics.nation_column()
    left = metrics.body_width() - right
    size = metrics.SIZE_ISSUER
    parent = metrics.balanced(one_line(document.parent_body).upper(), size, left - 2)
    issuer = metrics.balanced(one_line(document.issuing_body).upper(), size, left - 2, bold=True)
    issuer_line = metrics.partial_line(issuer, size)
    motto_line = metrics.text_width(metrics.MOTTO, metrics.SIZE_MOTTO, bold=True)
    body = (
        paragraph(run("\n".join(parent), size), align="center")
        + paragraph(run("\n".join(issuer), size, bold=True), align="center")
        + markup.rule(issuer_line, left)
    )
    state = (
        paragraph(run(metrics.NATION, metrics.SIZE_NATION, bold=True), align="center")
        + paragraph(run(metrics.MOTTO, metrics.SIZE_MOTTO, bold=True), align="center")
        + markup.rule(motto_line, right)
    )
    number = paragraph(
        run(number_line(document.number, document.symbol), metrics.SIZE_NUMBER), align="center", before=6
    )
    if not document.kind:
        number += paragraph(run(f"V/v {one_line(document.subject)}", 13), align="center", before=6)
    date = run(place_line(document.place, document.day), metrics.SIZE_DATE, italic=True) if document.place else ""
    rows = [
        [Cell(body, left), Cell(state, right)],
        [Cell(number, left), Cell(paragraph(date, align="center", before=6), right)],
    ]
    parts = [markup.table(rows, ruled=False), paragraph(run("", 6))]
    if document.draft_mark:
        parts.append(markup.framed(one_line(document.draft_mark), 13, side=15, after=6))
    if document.kind:
        parts.append(_title(document))
    if document.addressees:
        parts.append(_addressees(document.addressees))
    return "".join(parts)


def _title(document: OfficialDocument) -> str:
    size, width = metrics.SIZE_BODY, metrics.body_width()
    subject = metrics.balanced(one_line(document.subject), size, width - 16, bold=True)
    kind = paragraph(run(one_line(document.kind).upper(), size, bold=True), align="center", before=6, style="Title")
    text = paragraph(run("\n".join(subject), size, bold=True), align="center", keep_next=True)
    return kind + text + markup.rule(metrics.partial_line(subject, size), width, after=12)


def _addressees(names: Sequence[str]) -> str:
    size = metrics.SIZE_BODY
    if len(names) == 1:
        return paragraph(run(f"Kính gửi: {one_line(names[0])}", size), align="center", before=6, after=12)
    lines = [
        paragraph(run(line, size), left=45, after=2 if index < len(names) - 1 else 12)
        for index, line in enumerate(recipient_lines(names))
    ]
    return paragraph(run("Kính gửi:", size), left=30, before=6, after=2) + "".join(lines)


def _body(blocks: Sequence[Block], *, end: bool = False, landscape: bool = False) -> str:
    """The content; with `end` its last words are closed by "./."."""
    numbering, parts = Numbering(), []
    last = len(blocks) - 1
    for index, block in enumerate(blocks):
        closing = end and index == last
        parts.append(_block(block, numbering, closing=closing, landscape=landscape))
        if closing and isinstance(block, Table | Heading):
            parts.append(_text("./.", keep_next=True))
    return "".join(parts)


def _text(
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    align: Align = "justify",
    keep_next: bool = False,
    style: str = "",
    first: float = metrics.FIRST_LINE,
) -> str:
    return paragraph(
        run(text, metrics.SIZE_BODY, bold=bold, italic=italic),
        align=align,
        first=first,
        after=metrics.PARAGRAPH_SPACE,
        line=metrics.LINE_SPACING,
        keep_next=keep_next,
        style=style,
    )


def _block(block: Block, numbering: Numbering, *, closing: bool, landscape: bool) -> str:
    if isinstance(block, Table):
        return _table(block, metrics.body_width(landscape)) + paragraph(run("", 6))
    if isinstance(block, Heading):
        text = one_line(block.text)
        shown = f"{numbering.next(block.level)} {text.upper() if block.level == 1 else text}"
        return _text(shown, bold=block.level < 3, keep_next=True, style=f"Heading{block.level}", align="justify")
    if isinstance(block, Basis):
        return "".join(_text(line, italic=True) for line in basis_lines(block.lines))
    if isinstance(block, Field):
        value = one_line(block.value) or "." * 60
        text = f"{one_line(block.label)}: {value}"
        return _text(ended(text) if closing else text, keep_next=closing)
    if isinstance(block, Item):
        text = f"- {one_line(block.text)}"
        return _text(ended(text) if closing else text, keep_next=closing)
    return _paragraphs(block, closing)


def _paragraphs(block: Paragraph, closing: bool) -> str:
    lines = [line.strip() for line in clean(block.text).split("\n") if line.strip()] or [""]
    first = 0.0 if block.align in ("center", "right") else metrics.FIRST_LINE
    parts = []
    for index, line in enumerate(lines):
        final = closing and index == len(lines) - 1
        shown = ended(line) if final else line
        parts.append(
            _text(shown, bold=block.bold, italic=block.italic, align=block.align, keep_next=final, first=first)
        )
    return "".join(parts)


def _table(table: Table, width: float) -> str:
    total = sum(column.weight for column in table.columns)
    widths = [width * column.weight / total for column in table.columns]
    size = metrics.SIZE_TABLE

    def cell(text: str, index: int, *, bold: bool, align: Align) -> Cell:
        lines = clean(text).split("\n")
        content = "".join(paragraph(run(line, size, bold=bold), align=align, before=2, after=2) for line in lines)
        return Cell(content, widths[index], middle=True)

    rows = [[cell(column.title, index, bold=True, align="center") for index, column in enumerate(table.columns)]]
    for number, row in enumerate(table.rows):
        bold = table.bold_last and number == len(table.rows) - 1
        rows.append([cell(text, index, bold=bold, align=table.columns[index].align) for index, text in enumerate(row)])
    return markup.table(rows, ruled=True, header=True, padding=1.2)


def _closing(document: OfficialDocument) -> str:
    """Boxes 7 and 9b: signatures and recipients. One row, which is never broken, or a name could stand alone."""
    width = metrics.body_width()
    recipients = _recipients(document.recipients)
    signatures = document.signatures
    lead = paragraph(run("", 6), keep_next=True)
    if len(signatures) == 1:
        left = width * 0.46
        row = [Cell(recipients or paragraph(), left), Cell(_signature(signatures[0], 0), width - left)]
        return lead + markup.table([row], ruled=False) + paragraph(exact=1)
    share = width / len(signatures)
    heights = [_height(signature, share) for signature in signatures]
    # Names stand level: a shorter capacity gets more room under it.
    row = [
        Cell(_signature(signature, max(heights) - height), share)
        for signature, height in zip(signatures, heights, strict=True)
    ]
    return lead + markup.table([row], ruled=False) + paragraph(run("", 8)) + recipients


def _height(signature: Signature, width: float) -> float:
    """Points that the capacity and its note take in a column of `width` millimetres."""
    size = metrics.SIZE_BODY
    lines = sum(len(metrics.wrapped_lines(one_line(line).upper(), size, width, bold=True)) for line in signature.lines)
    return lines * size * metrics.LINE_HEIGHT + bool(signature.note) * metrics.SIZE_NOTE * metrics.LINE_HEIGHT


def _signature(signature: Signature, more_room: float) -> str:
    size = metrics.SIZE_BODY
    lines = [
        paragraph(run(one_line(line).upper(), size, bold=True), align="center", keep_next=True)
        for line in signature.lines
    ]
    if signature.note:
        note = run(one_line(signature.note), metrics.SIZE_NOTE, italic=True)
        lines.append(paragraph(note, align="center", keep_next=True))
    name = run(one_line(signature.name), size, bold=True)
    return "".join(lines) + paragraph(name, align="center", before=metrics.SIGNING_SPACE + more_room)


def _recipients(recipients: Sequence[str]) -> str:
    if not recipients:
        return ""
    head = paragraph(run("Nơi nhận:", metrics.SIZE_TO, bold=True, italic=True))
    return head + "".join(paragraph(run(line, metrics.SIZE_RECIPIENTS)) for line in recipient_lines(recipients))


def _annex(document: OfficialDocument, annex: Annex, index: int) -> str:
    size = metrics.SIZE_BODY
    return (
        paragraph(run(annex_label(index, len(document.annexes)), size, bold=True), align="center", style="Heading1")
        + paragraph(run(one_line(annex.title).upper(), size, bold=True), align="center", keep_next=True)
        + paragraph(run(annex_reference(document), size, italic=True), align="center", after=12, keep_next=True)
        + _body(annex.blocks, landscape=annex.landscape)
    )

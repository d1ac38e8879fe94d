"""The printed way into a group: an A4 poster and an A5 leaflet with its QR code, and the code alone as SVG."""

from __future__ import annotations

import io
from collections.abc import Sequence

import segno
from django.conf import settings
from django.utils.translation import gettext as _
from reportlab.graphics import renderPDF
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib.pagesizes import A4, A5
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from groups.selectors.public import PublicGroup

PAGES = {"a4": A4, "a5": A5}
PLAIN, BOLD = "Poster", "Poster-Bold"
GREEN = (0.055, 0.42, 0.314)


def qr_svg(address: str) -> bytes:
    """The QR code of an address as an SVG picture (error level M, quiet zone of four modules)."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=8, border=4, dark="#111111", light="#ffffff")
    return out.getvalue()


def poster_pdf(found: PublicGroup, *, address: str, size: str) -> bytes:
    """One printed page for a group: what it is, whose it is, the code, the address in letters. `size`: a4 or a5.

    Telephones are printed only when published. Raises KeyError for another size.
    """
    _load_fonts()
    width, height = PAGES[size]
    part = width / A4[0]
    out = io.BytesIO()
    page = Canvas(out, pagesize=(width, height))
    page.setTitle(found.group.name)
    police = _("Police of %(ward)s") % {"ward": found.ward.name[:1].lower() + found.ward.name[1:]}
    page.setFillColorRGB(*GREEN)
    page.rect(0, height - 62 * mm * part, width, 62 * mm * part, stroke=0, fill=1)
    page.setFillColorRGB(1, 1, 1)
    top = _lines(page, [police.upper()], BOLD, 18 * part, width, height - 20 * mm * part)
    _lines(page, [found.group.name], BOLD, 30 * part, width, top - 8 * mm * part)
    page.setFillColorRGB(0.07, 0.07, 0.07)
    top = _lines(
        page, [_("Scan with your phone's camera or with Zalo")], BOLD, 22 * part, width, height - 80 * mm * part
    )
    side = 105 * mm * part
    _code(page, address, (width - side) / 2, top - side, side)
    top = _lines(page, [address], PLAIN, 13 * part, width, top - side - 6 * mm * part)
    top = _lines(
        page,
        [_("Join the group, see who leads it, read its rules, or report to the ward police.")],
        PLAIN,
        18 * part,
        width,
        top - 6 * mm * part,
    )
    top = _lines(page, _facts(found), BOLD, 15 * part, width, top - 5 * mm * part)
    page.setFillColorRGB(0.7, 0.14, 0.1)
    _lines(
        page,
        [_("The police never ask for money, passwords or one-time codes."), _("In danger call 113, 114 or 115.")],
        BOLD,
        15 * part,
        width,
        26 * mm * part,
    )
    page.showPage()
    page.save()
    return out.getvalue()


def _facts(found: PublicGroup) -> list[str]:
    lines = [", ".join(found.places)] if found.places else []
    if found.leader is not None:
        lines.append(_("Led by %(leader)s") % {"leader": found.leader.get_full_name()})
    phones = [phone for phone in (found.leader_phone, found.duty_phone) if phone]
    if phones:
        lines.append(_("Telephone: %(phones)s") % {"phones": " – ".join(dict.fromkeys(phones))})
    return lines


def _load_fonts() -> None:
    if PLAIN in pdfmetrics.getRegisteredFontNames():
        return
    pdfmetrics.registerFont(TTFont(PLAIN, str(settings.DOCUMENT_FONTS / "400Regular" / "Tinos_400Regular.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(settings.DOCUMENT_FONTS / "700Bold" / "Tinos_700Bold.ttf")))


def _lines(page: Canvas, texts: Sequence[str], font: str, size: float, width: float, top: float) -> float:
    """Write centred lines downwards from `top`, broken to the page's width; returns where they end."""
    for text in texts:
        for line in simpleSplit(text, font, size, width - 30 * mm * width / A4[0]):
            page.setFont(font, size)
            page.drawCentredString(width / 2, top, line)
            top -= size * 1.3
    return top


def _code(page: Canvas, address: str, x: float, y: float, side: float) -> None:
    matrix = list(segno.make(address, error="m").matrix_iter(border=4))
    module = side / len(matrix)
    drawing = Drawing(side, side)
    for row, cells in enumerate(matrix):
        for column, dark in enumerate(cells):
            if dark:
                drawing.add(
                    Rect(column * module, side - (row + 1) * module, module, module, strokeWidth=0, strokeColor=None)
                )
    renderPDF.draw(drawing, page, x, y)

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reportlab.pdfbase import pdfmetrics

from tests.core.test_documents import COMMITTEE, POLICE, handover, review, two_annexes
from vikhe_portal.core import documents as docs
from vikhe_portal.core.documents import Heading, Item, Paragraph, Signature, Table, metrics
from vikhe_portal.core.documents.pdf import to_pdf

FONTS = Path(__file__).parents[2] / "assets/dist/tinos"


def media_boxes(content: bytes) -> list[tuple[int, int]]:
    """Width and height of each page in millimetres."""
    found = re.findall(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", content)
    return [(round(float(w) * metrics.MM_PER_PT), round(float(h) * metrics.MM_PER_PT)) for w, h in found]


def test_pages_are_a4_and_wide_annexes_lie_across():
    boxes = media_boxes(to_pdf(review(annexes=two_annexes()), FONTS))
    assert set(boxes[:-1]) == {(210, 297)}
    assert boxes[-1] == (297, 210)


def test_the_same_document_is_the_same_file_and_another_is_not():
    first = to_pdf(review(annexes=two_annexes()), FONTS)
    assert first == to_pdf(review(annexes=two_annexes()), FONTS)
    assert first != to_pdf(review(number=6, annexes=two_annexes()), FONTS)
    assert first.startswith(b"%PDF-1.4")


def test_every_letter_comes_from_the_embedded_faces():
    content = to_pdf(docs.minutes(POLICE, handover()), FONTS)
    assert content.count(b"/FontFile2") >= 2
    assert b"/Times" not in content


def test_the_faces_are_as_wide_as_the_lines_are_reckoned():
    to_pdf(review(), FONTS)
    width = pdfmetrics.stringWidth(metrics.MOTTO, "Tinos-Bold", 14) * metrics.MM_PER_PT
    assert metrics.text_width(metrics.MOTTO, 14, bold=True) == pytest.approx(width, abs=0.1)


def test_a_missing_font_is_named():
    with pytest.raises(FileNotFoundError, match="Tinos_400Regular"):
        to_pdf(review(), Path("/nonexistent"))


@settings(max_examples=40, deadline=None)
@given(st.text())
def test_any_text_can_be_printed(text):
    blocks = [Heading(text), Paragraph(text), Item(text), docs.Field(text, text), Table([docs.Column(text)], [[text]])]
    notice = docs.notice(COMMITTEE, blocks, subject=text, signature=Signature([text], text), recipients=[text])
    assert to_pdf(notice, FONTS).rstrip().endswith(b"%%EOF")


@pytest.mark.parametrize("text", ["a <b> c", "</para>", "<img src='file:///etc/hostname'/>", "&bogus; & <", "<br/>"])
def test_markup_in_a_text_is_printed_and_not_obeyed(text):
    shown = docs.notice(COMMITTEE, [Paragraph(text)], subject="S", signature=Signature(["A"]), recipients=[])
    longer = docs.notice(COMMITTEE, [Paragraph(text + "x" * 3)], subject="S", signature=Signature(["A"]), recipients=[])
    assert to_pdf(shown, FONTS) != to_pdf(longer, FONTS)

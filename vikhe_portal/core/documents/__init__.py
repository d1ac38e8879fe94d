"""Official documents after decree 30/2020/NĐ-CP: say what is in one (model), choose a layout, draw it (word)."""

from vikhe_portal.core.documents.layouts import (
    GroupState,
    Handover,
    OpenItem,
    Party,
    Review,
    list_annex,
    minutes,
    notice,
    report,
    transfer_slip,
)
from vikhe_portal.core.documents.letterheads import Letterhead, committee_letterhead, police_letterhead
from vikhe_portal.core.documents.model import (
    Annex,
    Basis,
    Block,
    Column,
    Field,
    Heading,
    Item,
    OfficialDocument,
    Paragraph,
    Signature,
    Table,
)
from vikhe_portal.core.documents.word import to_docx

DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

__all__ = [
    "DOCX_TYPE",
    "Annex",
    "Basis",
    "Block",
    "Column",
    "Field",
    "GroupState",
    "Handover",
    "Heading",
    "Item",
    "Letterhead",
    "OfficialDocument",
    "OpenItem",
    "Paragraph",
    "Party",
    "Review",
    "Signature",
    "Table",
    "committee_letterhead",
    "list_annex",
    "minutes",
    "notice",
    "police_letterhead",
    "report",
    "to_docx",
    "transfer_slip",
]

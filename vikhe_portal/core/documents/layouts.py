"""The kinds of documents the portal makes, each filled from plain data.

Skeletons: decree 30/2020/NĐ-CP, appendix III (forms 1.4 and 1.9). A list is no type of document of its own: it is
issued as an annex.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from vikhe_portal.core.documents.letterheads import Letterhead
from vikhe_portal.core.documents.model import (
    Annex,
    Block,
    Column,
    Field,
    Heading,
    Item,
    OfficialDocument,
    Paragraph,
    Signature,
    Table,
    short_date,
)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
SIGN_HERE = "(Ký, ghi rõ họ tên)"
NOTHING = "Không có."
MODEL = "Zalo an ninh trật tự của Cảnh sát khu vực"
# From so many columns on, a list is printed across the page.
LANDSCAPE_FROM = 7

RESULTS = (
    "Xây dựng, quản lý nhóm Zalo",
    "Công tác tuyên truyền theo 6 nội dung",
    "Tiếp nhận, phân loại, xử lý tin báo, phản ánh",
    "Thời hạn giải quyết, tin quá hạn",
    "Bàn giao quyền quản trị",
    "Kiểm tra, chấn chỉnh vi phạm",
)


@dataclass(frozen=True, slots=True)
class Review:
    """The content of an interim or final review. `results` follow the six titles in RESULTS, in that order."""

    general: Sequence[Block]
    results: Sequence[Sequence[Block]]
    strengths: Sequence[Block]
    shortcomings: Sequence[Block]
    causes: Sequence[Block]
    tasks: Sequence[Block]
    proposals: Sequence[Block]

    def __post_init__(self) -> None:
        if len(self.results) != len(RESULTS):
            raise ValueError(f"a review has {len(RESULTS)} parts of results")


def report(
    letterhead: Letterhead,
    review: Review,
    *,
    subject: str,
    signature: Signature,
    recipients: Sequence[str],
    number: int | None = None,
    day: date | None = None,
    annexes: Sequence[Annex] = (),
    draft_mark: str | None = None,
) -> OfficialDocument:
    """BÁO CÁO: the review in its five headings. `subject` is the whole line, for example "Sơ kết 6 tháng …"."""
    blocks: list[Block] = [Heading("Tình hình chung và công tác chỉ đạo"), *_or_nothing(review.general)]
    blocks.append(Heading("Kết quả thực hiện"))
    for title, content in zip(RESULTS, review.results, strict=True):
        blocks += [Heading(title, 2), *_or_nothing(content)]
    blocks.append(Heading("Đánh giá"))
    for title, content in (
        ("Ưu điểm", review.strengths),
        ("Tồn tại, hạn chế", review.shortcomings),
        ("Nguyên nhân", review.causes),
    ):
        blocks += [Heading(title, 2), *_or_nothing(content)]
    blocks += [Heading("Phương hướng, nhiệm vụ"), *_or_nothing(review.tasks)]
    blocks += [Heading("Kiến nghị, đề xuất"), *_or_nothing(review.proposals)]
    return _document(
        letterhead, "BÁO CÁO", "BC", subject, blocks, [signature], recipients, number, day, annexes, (), draft_mark
    )


def notice(
    letterhead: Letterhead,
    blocks: Sequence[Block],
    *,
    subject: str,
    signature: Signature,
    recipients: Sequence[str],
    number: int | None = None,
    day: date | None = None,
    annexes: Sequence[Annex] = (),
    draft_mark: str | None = None,
) -> OfficialDocument:
    """THÔNG BÁO."""
    return _document(
        letterhead, "THÔNG BÁO", "TB", subject, blocks, [signature], recipients, number, day, annexes, (), draft_mark
    )


def transfer_slip(
    letterhead: Letterhead,
    *,
    addressee: str,
    subject: str,
    received_on: date,
    source_number: str,
    summary: str,
    reason: str,
    enclosures: Sequence[str],
    signature: Signature,
    recipients: Sequence[str],
    answer_wanted_by: date | None = None,
    number: int | None = None,
    day: date | None = None,
    draft_mark: str | None = None,
) -> OfficialDocument:
    """PHIẾU CHUYỂN of a matter that is not a crime to the body in charge.

    Sources of information on crime go on the police's own form 03 (circular 119/2021/TT-BCA), not on this slip.
    The reporter's identity has no field here.
    """
    issuer = letterhead.in_text
    blocks: list[Block] = [
        Paragraph(f"{issuer} nhận được nội dung phản ánh, kiến nghị như sau:"),
        Field("Số tiếp nhận", source_number),
        Field("Ngày tiếp nhận", short_date(received_on)),
        Field("Tóm tắt nội dung", summary),
        Paragraph(f"Lý do chuyển: {reason}"),
        Paragraph("Tài liệu kèm theo:" if enclosures else "Tài liệu kèm theo: không có."),
        *(Item(text) for text in enclosures),
    ]
    wanted = f" trước ngày {short_date(answer_wanted_by)}" if answer_wanted_by else ""
    blocks.append(
        Paragraph(
            f"{issuer} chuyển nội dung trên đến {addressee} để xem xét, giải quyết theo thẩm quyền và thông báo "
            f"kết quả cho {issuer}{wanted}."
        )
    )
    return _document(
        letterhead,
        "PHIẾU CHUYỂN",
        "PC",
        subject,
        blocks,
        [signature],
        recipients,
        number,
        day,
        (),
        (addressee,),
        draft_mark,
    )


@dataclass(frozen=True, slots=True)
class Party:
    """One who hands over, receives or witnesses. `basis` is the decision behind it."""

    name: str
    rank: str = ""
    position: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class GroupState:
    """A group as it is handed over."""

    name: str
    neighbourhoods: str
    members: int
    households_joined: int
    households: int
    deputies: Sequence[str]
    settings: str


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A tip still being worked on: its number, what it waits for, until when. Never its text or its reporter."""

    number: str
    state: str
    due: str


@dataclass(frozen=True, slots=True)
class Handover:
    """The facts of a handover. Times are aware. `transfers` are sentences on the change of ownership in Zalo."""

    started_at: datetime
    ended_at: datetime | None
    place: str
    attendees: Sequence[str]
    giver: Party
    receiver: Party
    witness: Party
    groups: Sequence[GroupState]
    open_items: Sequence[OpenItem]
    scheduled_posts: Sequence[Sequence[str]]  # (when, title, group)
    records: Sequence[str]
    transfers: Sequence[str]
    opinions: Sequence[str] = ()


def minutes(
    letterhead: Letterhead,
    handover: Handover,
    *,
    recipients: Sequence[str] = ("Bên giao, Bên nhận", "Lưu: VT, Hồ sơ"),
    number: int | None = None,
    draft_mark: str | None = None,
) -> OfficialDocument:
    """BIÊN BẢN of a handover of groups, with three signatures. Minutes carry no place and date under the motto."""
    blocks: list[Block] = [
        Field("Thời gian bắt đầu", _moment(handover.started_at)),
        Field("Địa điểm", handover.place),
        Paragraph("Thành phần tham dự:"),
        *(Item(text) for text in handover.attendees),
        Field("Người chứng kiến", _party_line(handover.witness)),
        Paragraph("Nội dung bàn giao:"),
        *_party("Bên giao", handover.giver),
        *_party("Bên nhận", handover.receiver),
        Heading("Nhóm bàn giao", 2),
        _groups(handover.groups),
        Heading("Tin đang xử lý", 2),
        *_list(
            (Column("Mã tin", 2), Column("Trạng thái", 3), Column("Hạn", 2, "center")),
            [(item.number, item.state, item.due) for item in handover.open_items],
        ),
        Heading("Lịch đăng tuyên truyền chờ", 2),
        *_list((Column("Thời gian", 2, "center"), Column("Nội dung", 4), Column("Nhóm", 3)), handover.scheduled_posts),
        Heading("Hồ sơ, tài liệu", 2),
        *_items(handover.records),
        Heading("Xác nhận chuyển quyền Trưởng nhóm trên Zalo", 2),
        *_items(handover.transfers),
        Heading("Ý kiến", 2),
        *_items(handover.opinions),
        Paragraph(
            f"Biên bản kết thúc vào {_moment(handover.ended_at)}, đã đọc lại cho những người có mặt cùng nghe, "
            "thống nhất và ký tên, lập thành 03 bản có giá trị như nhau, mỗi bên giữ 01 bản, lưu hồ sơ 01 bản."
        ),
    ]
    signatures = [
        Signature(("Bên giao",), handover.giver.name, SIGN_HERE),
        Signature(("Bên nhận",), handover.receiver.name, SIGN_HERE),
        Signature(("Người chứng kiến", *filter(None, [handover.witness.position])), handover.witness.name, SIGN_HERE),
    ]
    subject = f"Bàn giao quyền quản trị nhóm “{MODEL}”"
    return OfficialDocument(
        letterhead.parent_body,
        letterhead.issuing_body,
        f"BB-{letterhead.abbreviation}",
        "BIÊN BẢN",
        subject,
        blocks,
        signatures,
        recipients,
        number,
        day=handover.started_at.astimezone(VIETNAM).date(),
        issuing_body_in_text=letterhead.in_text,
        draft_mark=draft_mark,
    )


def list_annex(title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, total: bool = False) -> Annex:
    """A list as an annex, with a leading column of running numbers; wide lists are printed across the page.

    With `total` the last row is a sum: it is bold and not numbered.
    """
    last = len(rows) - 1
    numbered = [("" if total and index == last else str(index + 1), *row) for index, row in enumerate(rows)]
    shown = (Column("TT", 0.5, "center"), *columns)
    return Annex(title, [Table(shown, numbered, bold_last=total)], landscape=len(shown) >= LANDSCAPE_FROM)


def _document(
    letterhead: Letterhead,
    kind: str,
    kind_abbreviation: str,
    subject: str,
    blocks: Sequence[Block],
    signatures: Sequence[Signature],
    recipients: Sequence[str],
    number: int | None,
    day: date | None,
    annexes: Sequence[Annex],
    addressees: Sequence[str],
    draft_mark: str | None,
) -> OfficialDocument:
    return OfficialDocument(
        parent_body=letterhead.parent_body,
        issuing_body=letterhead.issuing_body,
        symbol=f"{kind_abbreviation}-{letterhead.abbreviation}",
        kind=kind,
        subject=subject,
        blocks=blocks,
        signatures=signatures,
        recipients=recipients,
        number=number,
        place=letterhead.place,
        day=day,
        addressees=addressees,
        annexes=annexes,
        issuing_body_in_text=letterhead.in_text,
        draft_mark=draft_mark,
    )


def _moment(moment: datetime | None) -> str:
    """ "14 giờ 05, ngày 09/4/2026" on Vietnam's clock; dots to be filled in for None."""
    if moment is None:
        return "…… giờ ……, ngày …/…/……"
    local = moment.astimezone(VIETNAM)
    return f"{local.hour} giờ {local.minute:02d}, ngày {short_date(local.date())}"


def _or_nothing(blocks: Sequence[Block]) -> Sequence[Block]:
    return blocks or [Paragraph(NOTHING)]


def _items(texts: Sequence[str]) -> list[Block]:
    return [Item(text) for text in texts] or [Paragraph(NOTHING)]


def _list(columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> list[Block]:
    return [Table(columns, rows)] if rows else [Paragraph(NOTHING)]


def _party_line(party: Party) -> str:
    return ", ".join(filter(None, [party.name, party.rank, party.position]))


def _party(title: str, party: Party) -> list[Block]:
    return [
        Heading(title, 2),
        Field("Họ và tên", party.name),
        Field("Cấp bậc", party.rank),
        Field("Chức vụ", party.position),
        Field("Căn cứ", party.basis),
    ]


def _groups(groups: Sequence[GroupState]) -> Table:
    columns = (
        Column("Tên nhóm", 2.4),
        Column("Tổ dân phố", 1.5),
        Column("Số thành viên", 1.1, "center"),
        Column("Số hộ có thành viên/ tổng số hộ", 1.4, "center"),
        Column("Phó nhóm", 2),
        Column("Cài đặt nhóm", 1.8),
    )
    rows = [
        (
            group.name,
            group.neighbourhoods,
            str(group.members),
            f"{group.households_joined}/{group.households}",
            "\n".join(group.deputies),
            group.settings,
        )
        for group in groups
    ]
    return Table(columns, rows)

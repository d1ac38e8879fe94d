"""Working days and legal time limits of Vietnam: what is a day off, and when does a period end.

Rules followed: Criminal Procedure Code art. 134 and Civil Code 2015 art. 147-148 (counting), Labour Code 2019 art. 112
and resolution 28/2026/QH16 (holidays), yearly notices on swapped days. Instants are aware datetimes and come back in
UTC; the counting itself is done on the clock of Asia/Ho_Chi_Minh (UTC+7, no summer time).

**Ends are exclusive.** A period of days, working days or months that ends "at 24:00 of 4 May" ends at 00:00 of
5 May, local time: `now < due` means in time, `now >= due` means overdue, and no second of the last day is lost.
Show people the last day itself, which is `last_day(due)`.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.relativedelta import relativedelta
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
SATURDAY = 5


class DayKind(StrEnum):
    """How a listed date differs from an ordinary weekday or weekend."""

    OFF = "off"
    SWAP_OFF = "swap_off"  # a weekday off that is worked on another day
    SWAP_WORK = "swap_work"  # a weekend day that is worked for it


class Unit(StrEnum):
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time as the law words it. `amount` is a whole number, zero or more."""

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError("a span cannot be negative")
        object.__setattr__(self, "unit", Unit(self.unit))


@dataclass(frozen=True)
class WorkCalendar:
    """The days that are not what their weekday says. Saturdays and Sundays are off unless listed as SWAP_WORK."""

    days: Mapping[date, DayKind | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", {day: DayKind(kind) for day, kind in self.days.items()})

    def is_working_day(self, day: date) -> bool:
        kind = self.days.get(day)
        if kind is None:
            return day.weekday() < SATURDAY
        return kind == DayKind.SWAP_WORK

    def on_or_after(self, day: date) -> date:
        """The first working day that is not before `day`."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def on_or_before(self, day: date) -> date:
        """The last working day that is not after `day`."""
        while not self.is_working_day(day):
            day -= timedelta(days=1)
        return day

    def shift_working_days(self, day: date, amount: int) -> date:
        """The `amount`-th working day after `day` (before it if negative); `day` itself is never counted."""
        step = timedelta(days=1 if amount >= 0 else -1)
        for _unused in range(abs(amount)):
            day += step
            while not self.is_working_day(day):
                day += step
        return day

    @cached_property
    def known_years(self) -> frozenset[int]:
        """Years with at least one listed day off. A deadline in any other year is only an estimate."""
        return frozenset(day.year for day, kind in self.days.items() if kind != DayKind.SWAP_WORK)

    def knows(self, day: date) -> bool:
        return day.year in self.known_years


def local_date(moment: datetime) -> date:
    """The calendar date in Vietnam at an aware instant. Raises ValueError for a naive datetime."""
    return _local(moment).date()


def day_end(day: date) -> datetime:
    """24:00 of a Vietnamese day, which is the first instant of the next one, in UTC."""
    return datetime.combine(day + timedelta(days=1), time.min, VIETNAM).astimezone(UTC)


def last_day(due: datetime) -> date:
    """The last Vietnamese day that still lies before an exclusive end: what to print as "hạn đến hết ngày …"."""
    return (_local(due) - timedelta(microseconds=1)).date()


def due_at(start: datetime, span: Span, calendar: WorkCalendar, roll: bool = True) -> datetime:
    """The exclusive end (UTC) of a period that begins at `start` (aware).

    Minutes and hours run through nights, weekends and holidays and are never moved. Days, working days and months
    begin on the day after `start` and end at 24:00 of their last day; months end on the same date, or on the month's
    last day where there is none. With `roll`, an end on a day off moves to the next working day.
    Raises ValueError for a naive `start`.
    """
    local = _local(start)
    if span.unit in (Unit.MINUTES, Unit.HOURS):
        return (local + timedelta(**{span.unit.value: span.amount})).astimezone(UTC)
    return day_end(_last_day_of(local.date(), span, calendar, roll))


def extended_due(due: datetime, span: Span, calendar: WorkCalendar, roll: bool = True) -> datetime:
    """A period that follows on another: counted from the last day of the first one, not from 00:00 after it.

    `due` is the exclusive end that `due_at` gave. A ceiling that the law counts from receipt (such as four months in
    all under art. 147) is not a chain of extensions: take the smaller of this and `due_at(receipt, …)`.
    """
    if span.unit in (Unit.MINUTES, Unit.HOURS):
        return due_at(due, span, calendar, roll)
    return day_end(_last_day_of(last_day(due), span, calendar, roll))


def ask_before(due: datetime, span: Span, calendar: WorkCalendar) -> datetime:
    """The latest moment (exclusive, UTC) that still lies at least `span` before a due instant.

    Used for "ask for an extension at least 5 days before it ends". An end on a day off moves *back* to the working day
    before it, since moving forward would shorten the notice.
    """
    if span.unit in (Unit.MINUTES, Unit.HOURS):
        return (_local(due) - timedelta(**{span.unit.value: span.amount})).astimezone(UTC)
    final = last_day(due)
    if span.unit == Unit.WORKING_DAYS:
        return day_end(calendar.shift_working_days(final, -span.amount))
    if span.unit == Unit.MONTHS:
        return day_end(calendar.on_or_before(final - relativedelta(months=span.amount)))
    return day_end(calendar.on_or_before(final - timedelta(days=span.amount)))


def _last_day_of(first: date, span: Span, calendar: WorkCalendar, roll: bool) -> date:
    if span.unit == Unit.WORKING_DAYS:
        end = calendar.shift_working_days(first, span.amount)
    elif span.unit == Unit.MONTHS:
        end = first + relativedelta(months=span.amount)
    else:
        end = first + timedelta(days=span.amount)
    return calendar.on_or_after(end) if roll else end


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError("an aware datetime is needed")
    return moment.astimezone(VIETNAM)


class HolidayStatus(StrEnum):
    CONFIRMED = "confirmed"
    PROVISIONAL = "provisional"  # proposed or worked out, not yet decided by a notice


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """One line of the holiday table. `name` and `decision` are shown to people, in Vietnamese."""

    day: date
    kind: DayKind
    name: str
    decision: str
    status: HolidayStatus = HolidayStatus.CONFIRMED


def calendar_from_rows(rows: Iterable[HolidayRow]) -> WorkCalendar:
    return WorkCalendar({row.day: row.kind for row in rows})


_LABOUR_CODE = "Điều 112 Bộ luật Lao động 2019"
_NEW_YEAR_SWAP = "12729/VPCP-KGVX ngày 25/12/2025"
_NOTICE_2026 = "TB 9441/TB-BNV"
_CULTURE_DAY = "Nghị quyết 28/2026/QH16"
_PROPOSAL_2027 = "Phương án đề xuất năm 2027 (chưa có thông báo chính thức)"


def _off(day: date, name: str, decision: str = _LABOUR_CODE) -> HolidayRow:
    return HolidayRow(day, DayKind.OFF, name, decision)


def _proposed(day: date, name: str) -> HolidayRow:
    return HolidayRow(day, DayKind.OFF, name, _PROPOSAL_2027, HolidayStatus.PROVISIONAL)


HOLIDAYS_2026: tuple[HolidayRow, ...] = (
    _off(date(2026, 1, 1), "Tết Dương lịch"),
    HolidayRow(date(2026, 1, 2), DayKind.SWAP_OFF, "Nghỉ hoán đổi Tết Dương lịch", _NEW_YEAR_SWAP),
    HolidayRow(date(2026, 1, 10), DayKind.SWAP_WORK, "Làm bù ngày 02/01/2026", _NEW_YEAR_SWAP),
    *(_off(date(2026, 2, day), "Tết Nguyên đán Bính Ngọ", _NOTICE_2026) for day in range(16, 21)),
    _off(date(2026, 4, 26), "Giỗ Tổ Hùng Vương"),
    _off(date(2026, 4, 27), "Nghỉ bù Giỗ Tổ Hùng Vương"),
    _off(date(2026, 4, 30), "Ngày Giải phóng miền Nam, thống nhất đất nước"),
    _off(date(2026, 5, 1), "Ngày Quốc tế Lao động"),
    HolidayRow(date(2026, 8, 22), DayKind.SWAP_WORK, "Làm bù ngày 31/8/2026", _NOTICE_2026),
    HolidayRow(date(2026, 8, 31), DayKind.SWAP_OFF, "Nghỉ hoán đổi Quốc khánh", _NOTICE_2026),
    _off(date(2026, 9, 1), "Quốc khánh", _NOTICE_2026),
    _off(date(2026, 9, 2), "Quốc khánh", _NOTICE_2026),
    _off(date(2026, 11, 24), "Ngày Văn hóa Việt Nam", _CULTURE_DAY),
)

HOLIDAYS_2027: tuple[HolidayRow, ...] = (
    _off(date(2027, 1, 1), "Tết Dương lịch"),
    *(_proposed(date(2027, 2, day), "Tết Nguyên đán Đinh Mùi") for day in range(4, 11)),
    _off(date(2027, 4, 16), "Giỗ Tổ Hùng Vương"),
    _off(date(2027, 4, 30), "Ngày Giải phóng miền Nam, thống nhất đất nước"),
    _off(date(2027, 5, 1), "Ngày Quốc tế Lao động"),
    _off(date(2027, 5, 3), "Nghỉ bù Ngày Quốc tế Lao động"),
    _off(date(2027, 9, 2), "Quốc khánh"),
    _proposed(date(2027, 9, 3), "Quốc khánh (ngày liền kề)"),
    _off(date(2027, 11, 24), "Ngày Văn hóa Việt Nam", _CULTURE_DAY),
)

HOLIDAY_COLUMNS = ("date", "kind", "name", "decision", "status")
_HEADINGS = {
    "ngày": "date",
    "loại": "kind",
    "tên": "name",
    "tên ngày nghỉ": "name",
    "văn bản": "decision",
    "trạng thái": "status",
}
_KINDS = {"nghỉ": "off", "nghỉ hoán đổi": "swap_off", "làm bù": "swap_work"}
_STATUSES = {"": "confirmed", "chính thức": "confirmed", "dự kiến": "provisional"}
MAX_HOLIDAY_ROWS = 500
MAX_WORDS = 120


@dataclass(frozen=True, slots=True)
class CellError:
    """What is wrong in one place of an imported file. `row` counts the heading as 1; `column` is a field name."""

    row: int
    column: str
    message: Promise | str
    params: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return str(self.message) % self.params


def parse_holidays_csv(content: bytes) -> tuple[list[HolidayRow], list[CellError]]:
    """Read holiday rows from a UTF-8 CSV (comma or semicolon; English or Vietnamese headings; dates d/m/Y or Y-m-d).

    Returns (rows, errors). A file with any error must not be imported: `rows` then holds only the good lines, for show.
    Nothing is raised for bad content.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return [], [CellError(1, "", _("The file is not UTF-8 text. Save it as “CSV UTF-8” and try again."))]
    first_line = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first_line.count(";") >= 4 else ",")
    rows: list[HolidayRow] = []
    errors: list[CellError] = []
    columns: list[str] = []
    seen: dict[date, int] = {}
    try:
        for number, cells in enumerate(reader, start=1):
            if number == 1:
                columns = [_HEADINGS.get(cell.strip().lower(), cell.strip().lower()) for cell in cells]
                missing = [name for name in HOLIDAY_COLUMNS if name not in columns and name != "status"]
                if missing:
                    return [], [
                        CellError(1, name, _("This column is missing from the heading line.")) for name in missing
                    ]
                continue
            if not any(cell.strip() for cell in cells):
                continue
            if len(rows) >= MAX_HOLIDAY_ROWS:
                errors.append(CellError(number, "", _("The file has too many lines.")))
                break
            values = dict(zip(columns, (cell.strip() for cell in cells), strict=False))
            row = _parse_row(number, values, errors)
            if row is None:
                continue
            if row.day in seen:
                params = {"row": seen[row.day]}
                errors.append(CellError(number, "date", _("This date is already on line %(row)s."), params))
                continue
            seen[row.day] = number
            rows.append(row)
    except csv.Error:
        errors.append(CellError(reader.line_num, "", _("This line cannot be read as CSV.")))
    if not columns:
        errors.append(CellError(1, "", _("The file is empty.")))
    return rows, errors


def kind_problem(day: date, kind: str) -> Promise | str | None:
    """Why a date cannot be a day of this kind, or None."""
    if kind == DayKind.SWAP_WORK and day.weekday() < SATURDAY:
        return _("A day worked in exchange must be a Saturday or a Sunday.")
    if kind == DayKind.SWAP_OFF and day.weekday() >= SATURDAY:
        return _("A day off in exchange must be a weekday.")
    return None


def _parse_row(number: int, values: dict[str, str], errors: list[CellError]) -> HolidayRow | None:
    before = len(errors)
    day = _parse_date(values.get("date", ""))
    if day is None:
        errors.append(CellError(number, "date", _("This is not a date. Write it as day/month/year.")))
    kind = _KINDS.get(values.get("kind", "").lower(), values.get("kind", "").lower())
    if kind not in set(DayKind):
        errors.append(CellError(number, "kind", _("Write one of: off, swap_off, swap_work.")))
    elif day is not None and (problem := kind_problem(day, kind)):
        errors.append(CellError(number, "kind", problem))
    status = _STATUSES.get(values.get("status", "").lower(), values.get("status", "").lower())
    if status not in set(HolidayStatus):
        errors.append(CellError(number, "status", _("Write one of: confirmed, provisional.")))
    for column in ("name", "decision"):
        if not values.get(column):
            errors.append(CellError(number, column, _("This must not be empty.")))
        elif len(values[column]) > MAX_WORDS:
            errors.append(CellError(number, column, _("This is too long (at most 120 characters).")))
    if len(errors) > before or day is None:
        return None
    return HolidayRow(day, DayKind(kind), values["name"], values["decision"], HolidayStatus(status))


def _parse_date(value: str) -> date | None:
    for pattern in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(value, pattern).replace(tzinfo=VIETNAM).date()
        except ValueError:
            continue
    return None

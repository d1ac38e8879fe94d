from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vikhe_portal.core import calendar as cal
from vikhe_portal.core.calendar import VIETNAM, DayKind, HolidayStatus, Span, Unit, WorkCalendar, due_at, last_day

OFFICE = cal.calendar_from_rows(cal.HOLIDAYS_2026 + cal.HOLIDAYS_2027)


def at(day: str, clock: str = "09:00") -> datetime:
    return datetime.strptime(f"{day} {clock}", "%d/%m/%Y %H:%M").replace(tzinfo=VIETNAM).astimezone(UTC)


def end(day: str, amount: int, unit: str, clock: str = "09:00", **options) -> str:
    due = due_at(at(day, clock), Span(amount, Unit(unit)), OFFICE, **options)
    return last_day(due).strftime("%d/%m/%Y")


COLUMNS = [
    (7, "days"),
    (3, "working_days"),
    (5, "working_days"),
    (7, "working_days"),
    (10, "working_days"),
    (20, "days"),
    (2, "months"),
    (4, "months"),
]
VECTORS = {
    "24/04/2026": "04/05/2026 04/05/2026 06/05/2026 08/05/2026 13/05/2026 14/05/2026 24/06/2026 24/08/2026",
    "12/02/2026": "23/02/2026 24/02/2026 26/02/2026 02/03/2026 05/03/2026 04/03/2026 13/04/2026 12/06/2026",
    "20/08/2026": "27/08/2026 24/08/2026 26/08/2026 28/08/2026 07/09/2026 09/09/2026 20/10/2026 21/12/2026",
    "01/01/2026": "08/01/2026 07/01/2026 09/01/2026 12/01/2026 15/01/2026 21/01/2026 02/03/2026 04/05/2026",
    "31/12/2026": "07/01/2027 06/01/2027 08/01/2027 12/01/2027 15/01/2027 20/01/2027 01/03/2027 04/05/2027",
    "20/11/2026": "27/11/2026 26/11/2026 30/11/2026 02/12/2026 07/12/2026 10/12/2026 20/01/2027 22/03/2027",
}


@pytest.mark.parametrize(
    ("received", "span", "expected"),
    [
        (received, span, expected)
        for received, line in VECTORS.items()
        for span, expected in zip(COLUMNS, line.split(), strict=True)
    ],
)
def test_periods_end_on_the_days_the_law_gives(received, span, expected):
    assert end(received, *span, clock="16:30") == expected


@pytest.mark.parametrize("received", VECTORS)
def test_24_hours_run_through_nights_weekends_and_holidays(received):
    start = at(received, "16:30")
    assert due_at(start, Span(24, Unit.HOURS), OFFICE) == start + timedelta(hours=24)


@pytest.mark.parametrize(
    ("received", "amount", "unit", "expected"),
    [
        ("13/02/2026", 1, "working_days", "23/02/2026"),  # over Tết, 14-22 February
        ("14/02/2026", 0, "days", "23/02/2026"),
        ("29/04/2026", 1, "working_days", "04/05/2026"),  # over 30 April and 1 May
        ("29/04/2026", 1, "days", "04/05/2026"),
        ("28/08/2026", 1, "working_days", "03/09/2026"),  # over the National Day with its swapped Monday
        ("21/08/2026", 1, "working_days", "22/08/2026"),  # the Saturday worked for it
        ("21/08/2026", 1, "days", "22/08/2026"),  # an end on a worked Saturday stays there
        ("15/08/2026", 0, "days", "17/08/2026"),  # an ordinary Saturday does not
        ("09/01/2026", 1, "working_days", "10/01/2026"),
        ("01/01/2026", 1, "working_days", "05/01/2026"),  # 2 January was off in exchange
        ("23/11/2026", 1, "days", "25/11/2026"),  # Vietnamese Culture Day
        ("31/01/2026", 1, "months", "02/03/2026"),  # no 31 February: the 28th, a Saturday
        ("03/02/2027", 1, "working_days", "11/02/2027"),  # Tết 2027 as proposed
    ],
)
def test_holidays_and_swapped_days(received, amount, unit, expected):
    assert end(received, amount, unit) == expected


def test_an_end_may_be_left_on_a_day_off():
    assert end("24/04/2026", 7, "days", roll=False) == "01/05/2026"
    assert end("31/12/2026", 2, "months", roll=False) == "28/02/2027"


def test_a_day_period_ends_at_midnight_in_vietnam_and_the_end_itself_is_late():
    due = due_at(at("20/08/2026", "23:59"), Span(7, Unit.DAYS), OFFICE)

    assert due == datetime(2026, 8, 27, 17, 0, tzinfo=UTC)
    assert due.tzinfo is UTC
    assert last_day(due) == date(2026, 8, 27)
    assert last_day(due + timedelta(seconds=1)) == date(2026, 8, 28)


def test_the_day_is_the_one_on_the_clock_in_vietnam():
    late_evening_utc = datetime(2026, 8, 19, 17, 30, tzinfo=UTC)  # 00:30 on 20 August in Vietnam
    assert last_day(due_at(late_evening_utc, Span(7, Unit.DAYS), OFFICE)) == date(2026, 8, 27)
    assert cal.local_date(late_evening_utc) == date(2026, 8, 20)


def test_minutes_are_exact():
    start = at("30/04/2026", "23:50")
    assert due_at(start, Span(15, Unit.MINUTES), OFFICE) == start + timedelta(minutes=15)


def test_an_extension_counts_from_the_last_day_not_from_the_midnight_after_it():
    first = due_at(at("24/04/2026"), Span(2, Unit.MONTHS), OFFICE)

    assert last_day(cal.extended_due(first, Span(2, Unit.MONTHS), OFFICE)) == date(2026, 8, 24)
    assert cal.extended_due(first, Span(3, Unit.HOURS), OFFICE) == first + timedelta(hours=3)


@pytest.mark.parametrize(
    ("amount", "unit", "expected"),
    [
        (5, "days", date(2026, 8, 28)),  # 29 August is a Saturday: asking on Monday would be too late
        (5, "working_days", date(2026, 8, 24)),
        (1, "months", date(2026, 8, 3)),
    ],
)
def test_asking_before_an_end_moves_back_to_a_working_day(amount, unit, expected):
    due = cal.day_end(date(2026, 9, 3))
    assert last_day(cal.ask_before(due, Span(amount, Unit(unit)), OFFICE)) == expected


def test_asking_some_hours_before_is_exact():
    due = cal.day_end(date(2026, 9, 3))
    assert cal.ask_before(due, Span(36, Unit.HOURS), OFFICE) == due - timedelta(hours=36)


def test_naive_times_and_negative_spans_are_refused():
    with pytest.raises(ValueError, match="aware"):
        due_at(datetime(2026, 1, 1), Span(1, Unit.DAYS), OFFICE)
    with pytest.raises(ValueError, match="negative"):
        Span(-1, Unit.DAYS)


def test_years_without_listed_holidays_are_not_known():
    assert OFFICE.knows(date(2027, 5, 5))
    assert not OFFICE.knows(date(2028, 5, 5))


def test_undecided_days_of_2027_are_marked_so():
    provisional = {row.day for row in cal.HOLIDAYS_2027 if row.status == HolidayStatus.PROVISIONAL}
    assert provisional == {*(date(2027, 2, day) for day in range(4, 11)), date(2027, 9, 3)}
    assert all(row.status == HolidayStatus.CONFIRMED for row in cal.HOLIDAYS_2026)


def test_every_swapped_day_of_2026_has_its_worked_saturday():
    kinds = [row.kind for row in cal.HOLIDAYS_2026]
    assert kinds.count(DayKind.SWAP_OFF) == kinds.count(DayKind.SWAP_WORK) == 2


moments = st.datetimes(datetime(2025, 12, 1), datetime(2027, 12, 31)).map(lambda value: value.replace(tzinfo=UTC))
spans = st.builds(Span, st.integers(0, 60), st.sampled_from(Unit))
day_units = st.sampled_from([Unit.DAYS, Unit.WORKING_DAYS, Unit.MONTHS])


@given(moments, moments, spans)
def test_a_later_start_never_ends_earlier(one, other, span):
    first, second = sorted([one, other])
    assert due_at(first, span, OFFICE) <= due_at(second, span, OFFICE)


@given(moments, spans, st.integers(0, 60), st.booleans())
def test_a_longer_span_never_ends_earlier(start, span, more, roll):
    longer = Span(span.amount + more, span.unit)
    assert due_at(start, span, OFFICE, roll) <= due_at(start, longer, OFFICE, roll)


@given(moments, st.integers(0, 60), day_units)
def test_a_rolled_end_is_a_working_day_and_never_before_the_unrolled_one(start, amount, unit):
    span = Span(amount, unit)
    rolled, plain = due_at(start, span, OFFICE), due_at(start, span, OFFICE, roll=False)

    assert OFFICE.is_working_day(last_day(rolled))
    assert rolled >= plain
    assert not any(
        OFFICE.is_working_day(last_day(plain) + timedelta(days=gap))
        for gap in range((last_day(rolled) - last_day(plain)).days)
    )


@given(moments, st.integers(1, 40))
def test_working_days_counted_by_hand_agree(start, amount):
    last = last_day(due_at(start, Span(amount, Unit.WORKING_DAYS), OFFICE))
    first = cal.local_date(start)
    between = (first + timedelta(days=gap) for gap in range(1, (last - first).days + 1))
    assert sum(OFFICE.is_working_day(day) for day in between) == amount


def test_a_calendar_takes_plain_words_for_kinds_and_refuses_others():
    assert WorkCalendar({date(2026, 8, 22): "swap_work"}).is_working_day(date(2026, 8, 22))
    with pytest.raises(ValueError, match="holiday"):
        WorkCalendar({date(2026, 8, 22): "holiday"})


GOOD = "Ngày;Loại;Tên;Văn bản;Trạng thái\r\n05/02/2027;nghỉ;Tết Nguyên đán;TB 1/TB-BNV;chính thức\r\n"


def test_a_csv_with_vietnamese_headings_and_semicolons_is_read():
    rows, errors = cal.parse_holidays_csv(GOOD.encode("utf-8-sig"))

    assert errors == []
    assert rows == [cal.HolidayRow(date(2027, 2, 5), DayKind.OFF, "Tết Nguyên đán", "TB 1/TB-BNV")]


def test_every_wrong_cell_of_a_csv_is_named_by_line_and_column():
    text = (
        "date,kind,name,decision,status\n"
        "31/02/2027,off,A,1,confirmed\n"
        "2027-02-05,maybe,,1,\n"
        "2027-02-06,swap_off,B,1,unsure\n"
        "2027-02-08,swap_work,C,1,\n"
        "\n"
        "2027-02-09,off,D,1,\n"
        "2027-02-09,off,E,1,\n"
    )
    rows, errors = cal.parse_holidays_csv(text.encode())

    assert [(error.row, error.column) for error in errors] == [
        (2, "date"),
        (3, "kind"),
        (3, "name"),
        (4, "kind"),
        (4, "status"),
        (5, "kind"),
        (8, "date"),
    ]
    assert [row.name for row in rows] == ["D"]
    assert "7" in str(errors[-1])


@pytest.mark.parametrize(
    ("content", "column"),
    [(b"", ""), (b"\xff\xfe\x00", ""), (b"date,kind,name\n", "decision"), (GOOD.encode("utf-16"), "")],
)
def test_unreadable_files_give_an_error_and_no_rows(content, column):
    rows, errors = cal.parse_holidays_csv(content)
    assert rows == []
    assert errors[0].column == column


@given(st.binary(max_size=400))
def test_no_content_breaks_the_reader(content):
    rows, errors = cal.parse_holidays_csv(content)
    assert errors or not rows

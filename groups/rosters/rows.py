"""From the rows of a roster to people and households, with an account of every row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from groups.rosters.cells import FIRST_BIRTH_YEAR, read_birth_year, read_name, read_note, read_role, read_tick
from groups.rosters.layout import Layout, is_head, stated
from groups.rosters.mapping import RosterMapping, column_letter
from groups.rosters.messages import RosterFileError
from groups.rosters.places import address_key, neighbourhood_in_title, neighbourhood_key, split_address
from groups.rosters.records import ParsedRoster, PersonRecord
from groups.rosters.sheets import Row, Sheet
from vikhe_portal.core.text import nfc, normalise_phone, search_key

ADULT_FROM = 16  # years; younger people are counted, not named, unless they are in the group
CODE_LENGTH = 40
_ORDINARY_MEMBER = {"thanh vien", "tv", "nguoi dan", "nhan dan", "cong dan", "ho dan"}


@dataclass(frozen=True)
class ParseContext:
    """What the file does not say: the day of reading, and the neighbourhood of a file that names none (key or name)."""

    today: date
    neighbourhood: str = ""


@dataclass(slots=True)
class _Household:
    """The household whose rows are being read."""

    key: str
    mark: str  # number or code that began it
    neighbourhood_key: str
    neighbourhood: str
    code: str
    address: str
    head_row: int = 0


def parse_rows(sheet: Sheet, mapping: RosterMapping, context: ParseContext) -> ParsedRoster:
    """Read a roster sheet with the chosen columns.

    Three layouts: a household code on each row; a block a household, begun by a numbered row or by the head's; one row
    a household. Every row is accounted for: `rows_read == accepted + refused + ignored`. Raises RosterFileError
    (bad_mapping) when the mapping names rows the sheet does not have; anything wrong in a row is a Problem instead.
    """
    if mapping.header_row > len(sheet.rows) or not mapping.columns:
        raise RosterFileError("bad_mapping")
    return _Reading(sheet, mapping, context).run()


class _Reading:
    def __init__(self, sheet: Sheet, mapping: RosterMapping, context: ParseContext) -> None:
        self.sheet = sheet
        self.start = min(mapping.header_row - 1 + mapping.header_rows, len(sheet.rows))
        self.header = mapping.header_row
        self.layout = Layout(mapping, sheet.rows[mapping.header_row - 1], sheet.rows[self.start :])
        self.today = context.today
        self.parsed = ParsedRoster(rows_read=len(sheet.rows))
        title = next((k for row in sheet.rows[: self.header - 1] for c in row if (k := neighbourhood_in_title(c))), "")
        self.section = context.neighbourhood or title or neighbourhood_in_title(sheet.name)
        self.household: _Household | None = None
        self.keys: dict[str, int] = {}
        self.heads: dict[str, int] = {}  # row of the head by household: a code may come up again further down
        self.seen: dict[tuple[str, str, int | None], int] = {}
        self.match_keys: dict[str, int] = {}
        self.children: list[tuple[PersonRecord, str]] = []
        self.joined_phones: set[str] = set()
        self.places: dict[str, tuple[str, str]] = {}
        self.addresses: dict[str, tuple[str, str, str]] = {}
        self.letters = {name: column_letter(indexes[0]) for name, indexes in self.layout.columns.items()}

    def run(self) -> ParsedRoster:
        parsed, layout = self.parsed, self.layout
        parsed.ignore_all(range(1, self.header), "title")
        parsed.ignore_all(range(self.header, self.start + 1), "header")
        for number, row in enumerate(self.sheet.rows[self.start :], self.start + 1):
            reason = layout.not_data(row, number == self.start + 1)
            if not reason:
                self.person(number, row)
                continue
            parsed.ignore(number, reason)
            if reason == "total":
                text = " ".join(str(cell) for cell in row if cell != "")
                parsed.stated_households = parsed.stated_households or stated(text, False)
                parsed.stated_people = parsed.stated_people or stated(text, True)
            elif reason == "section":
                found = next((key for cell in row if (key := neighbourhood_in_title(cell))), "")
                self.section = found or self.section
                self.household = None  # what follows begins a household, whatever its number
        self._name_children_in_the_group()
        self._compare_with_footer()
        return parsed

    # One row ---------------------------------------------------------------------------------------------------------

    def person(self, number: int, row: Row) -> None:
        """Read one person's row into a record or a refusal."""
        parsed, layout, letters = self.parsed, self.layout, self.letters
        written = layout.text(row, "full_name")
        name, aside = read_name(written)
        begins = self._enter_household(number, row, name)
        if not name:
            code = "name_unusable" if written.strip() else "name_missing"
            return parsed.refuse(number, letters["full_name"], code, written)
        household = self.household
        if household is None:
            return parsed.refuse(number, "", "no_household")
        if not household.neighbourhood_key:
            return parsed.refuse(number, letters.get("neighbourhood", ""), "neighbourhood_missing")
        birth_cell = layout.first(row, "birth")
        birth, trouble = read_birth_year(birth_cell, self.today)
        if trouble == "birth_impossible":
            first_year = {"first": FIRST_BIRTH_YEAR, "last": self.today.year}
            return parsed.refuse(number, letters["birth"], trouble, birth_cell, **first_year)
        twin = self.seen.setdefault((household.key, name.lower(), birth), number)
        if twin != number:
            return parsed.refuse(number, letters["full_name"], "duplicate_row", name, first=twin)
        if trouble:
            parsed.warn(number, letters["birth"], trouble, birth_cell)
        house_no, street, _key = self._address(household.address)
        record = PersonRecord(
            row=number,
            kind="person",
            neighbourhood_key=household.neighbourhood_key,
            neighbourhood=household.neighbourhood,
            household_key=household.key,
            household_code=household.code,
            address=household.address,
            house_no=house_no,
            street=street,
            is_head=self._head(number, row, begins, aside, household),
            full_name=name,
            name_key=search_key(name)[:120],
            birth_year=birth,
        )
        record.phone, record.phone_mobile = self._phone(number, row)
        record.uses_zalo = self._tick(number, row, "zalo")
        record.joined = self._tick(number, row, "joined")
        self._words(number, row, aside, record)
        if record.joined and record.phone:
            self.joined_phones.add(record.phone)
        match = f"{household.key}|{record.name_key}|{birth or ''}"
        times = self.match_keys[match] = self.match_keys.get(match, 0) + 1
        record.match_key = match if times == 1 else f"{match}#{times}"
        parsed.records.append(record)
        if birth is not None and self.today.year - birth < ADULT_FROM and not record.joined:
            self.children.append((record, household.key))
        return None

    def _head(self, number: int, row: Row, begins: bool, aside: str, household: _Household) -> bool:
        if "relation" in self.layout.columns:
            head = is_head(self.layout.first(row, "relation")) or (bool(aside) and is_head(aside))
        else:
            head = begins
        if head and household.head_row:
            column = self.letters.get("relation", "")
            self.parsed.warn(number, column, "second_head", first=household.head_row)
            return False
        if head:
            household.head_row = self.heads[household.key] = number
        return head

    def _phone(self, number: int, row: Row) -> tuple[str, bool]:
        found, problem = None, None
        for index in self.layout.columns.get("phone", ()):
            cell = row[index] if index < len(row) else ""
            if cell == "":
                continue
            reading = normalise_phone(cell)
            if reading.number and found is None:
                found = reading
                for remark in reading.remarks:
                    if remark != "leading_zero_restored":
                        self.parsed.warn(number, column_letter(index), remark, cell)
            elif reading.number:
                self.parsed.warn(number, column_letter(index), "second_number")
            elif reading.problem:
                problem = problem or (column_letter(index), reading.problem, cell)
        if problem and found is None:
            self.parsed.warn(number, *problem)
        return (found.number or "", found.mobile) if found else ("", False)

    def _tick(self, number: int, row: Row, name: str) -> bool | None:
        cell = self.layout.first(row, name)
        if cell == "":
            return None
        ticked, readable = read_tick(cell)
        if not readable:
            self.parsed.warn(number, self.letters[name], "tick_unreadable", cell)
        return ticked

    def _words(self, number: int, row: Row, aside: str, record: PersonRecord) -> None:
        """Name on Zalo, role and reason; what the closed lists do not hold is dropped."""
        layout = self.layout
        zalo_name = layout.first(row, "zalo_name")
        if zalo_name != "":
            record.zalo_name = nfc(zalo_name)[:120]
        role = layout.first(row, "role")
        if role != "":
            record.role = read_role(role)
            if not record.role and search_key(role) not in _ORDINARY_MEMBER:
                self.parsed.warn(number, self.letters["role"], "role_unknown", role)
        if aside:
            record.reason = read_note(aside)
            record.role = record.role or read_role(aside)
        note = layout.text(row, "note") if "note" in layout.columns else ""
        if note.strip():
            record.reason = read_note(note) or record.reason
            if not record.reason:
                self.parsed.notes_not_kept += 1
                self.parsed.warn(number, self.letters["note"], "note_not_kept")  # without its words

    # Households ------------------------------------------------------------------------------------------------------

    def _enter_household(self, number: int, row: Row, name: str) -> bool:
        """Make the row's household the current one; True if the row begins it."""
        rule = self.layout.rule
        current = self.household
        code = ""
        if rule == "code":
            code = nfc(self.layout.first(row, "household_code"))[:CODE_LENGTH]
            own = is_head(self.layout.first(row, "relation")) if not code else False
            mark = code or (f"row {number}" if own else current.mark if current else "")
        elif rule == "number":
            mark = self.layout.identity(row) or (current.mark if current else "")
        elif rule == "relation":
            head = is_head(self.layout.first(row, "relation"))
            mark = f"row {number}" if head else (current.mark if current else "")
        elif rule == "head_name":
            mark = search_key(self.layout.first(row, "head_name")) or (current.mark if current else f"row {number}")
        else:
            mark = f"row {number}"
        place = self._place(row, current if current and current.mark == mark else None)
        if not mark:
            self.household = None
            return False
        address = nfc(self.layout.text(row, "address"))[:200] or self._joined_address(row)
        if current and current.mark == mark and (current.neighbourhood_key == place[0] or rule != "code"):
            if address and not current.address:
                current.address = address
            return False
        head_key = search_key(self.layout.first(row, "head_name")) if rule == "head_name" else search_key(name)
        base = f"{place[0]}|{search_key(code)}" if code else f"{place[0]}|{head_key}|{self._address(address)[2]}"
        times = self.keys.get(base, 0) + (0 if code else 1)
        self.keys[base] = times or 1
        key = base if times <= 1 else f"{base}#{times}"
        self.household = _Household(key, mark, *place, code, address, self.heads.get(key, 0))
        return True

    def _joined_address(self, row: Row) -> str:
        columns = self.layout.columns
        if "house_no" not in columns and "street" not in columns:
            return ""
        house, street = nfc(self.layout.first(row, "house_no")), nfc(self.layout.first(row, "street"))
        if house and house[0].isdigit():
            house = f"Số {house}"
        return ", ".join(part for part in (house, street) if part)[:200]

    def _place(self, row: Row, same: _Household | None) -> tuple[str, str]:
        cell = self.layout.first(row, "neighbourhood")
        if cell == "":
            if same is not None:
                return same.neighbourhood_key, same.neighbourhood
            return neighbourhood_key(self.section), nfc(self.section)[:80]
        text = str(cell)
        place = self.places.get(text)
        if place is None:
            place = self.places[text] = (neighbourhood_key(cell), nfc(cell)[:80])
        return place

    def _address(self, address: str) -> tuple[str, str, str]:
        found = self.addresses.get(address)
        if found is None:
            found = self.addresses[address] = (*split_address(address), address_key(address))
        return found

    # After the last row ----------------------------------------------------------------------------------------------

    def _name_children_in_the_group(self) -> None:
        """Children stay named only when they, or their telephone, are in the group; of others a count remains."""
        counted: dict[str, int] = {}
        for record, key in self.children:
            if record.phone and record.phone in self.joined_phones:
                continue
            counted[key] = counted.get(key, 0) + 1
            if record.role:
                self.parsed.warn(record.row, self.letters.get("role", ""), "role_of_child")
            record.kind = "child_counted"
            record.full_name = record.name_key = record.phone = record.zalo_name = record.role = record.reason = ""
            record.birth_year, record.phone_mobile, record.uses_zalo, record.joined = None, False, None, None
            record.match_key = f"{key}|child|{counted[key]}"

    def _compare_with_footer(self) -> None:
        parsed = self.parsed
        last = next((entry.row for entry in reversed(parsed.ignored) if entry.reason == "total"), 0)
        for code, said, counted in (
            ("footer_differs", parsed.stated_households, parsed.households),
            ("footer_people_differ", parsed.stated_people, parsed.people),
        ):
            if said is not None and said != counted:
                parsed.warn(last, "", code, stated=said, counted=counted)

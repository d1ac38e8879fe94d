"""What reading gives: people, officers, members, and an account of every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, Literal, TypeVar

from django.utils.translation import gettext

from groups.rosters.messages import ROW_PROBLEMS

Level = Literal["refused", "warning"]
Strength = Literal["full", "given_family", "weak"]
Role = Literal["leader", "deputy", "member"]
Record = TypeVar("Record")


@dataclass(slots=True)
class Problem:
    """One thing wrong, at one place of the sheet: row from 1 on, column as a letter ("" for the whole row).

    `level` "refused": the row is not imported. "warning": the row is imported, `code` says what of it is not kept or
    was changed. `value` is the offending cell, shortened; it may be personal data: show it to the importer only.
    """

    row: int
    column: str
    level: Level
    code: str
    value: str = ""
    params: dict[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The English message id; its placeholders are in `placeholders`."""
        return ROW_PROBLEMS[self.code]

    @property
    def placeholders(self) -> dict[str, object]:
        return {"value": self.value, **self.params}

    def sentence(self) -> str:
        """The sentence in the language now active."""
        return gettext(self.message) % self.placeholders


@dataclass(slots=True)
class IgnoredRow:
    """A row that is no data; `reason` is a key of messages.IGNORED_ROWS."""

    row: int
    reason: str


@dataclass(slots=True)
class PersonRecord:
    """One person row. For kind "child_counted" there is no name, year, telephone or Zalo name: the household only.

    `joined`, `uses_zalo`: None means the file says nothing (an empty cell). `reason`: key of messages.NOTE_REASONS or
    "". `role`: see cells.ROLES or "". `household_key` is equal for all rows of one household of the file, and stable
    from file to file; `match_key` is unique in a file and equal for the same person in the next edition of it.
    """

    row: int
    kind: Literal["person", "child_counted"]
    neighbourhood_key: str
    neighbourhood: str
    household_key: str
    household_code: str
    address: str
    house_no: str
    street: str
    is_head: bool
    full_name: str = ""
    name_key: str = ""
    birth_year: int | None = None
    phone: str = ""
    phone_mobile: bool = False
    uses_zalo: bool | None = None
    zalo_name: str = ""
    joined: bool | None = None
    role: str = ""
    reason: str = ""
    match_key: str = ""


@dataclass(slots=True)
class Deputy:
    """A deputy of one of the three capacities; `phone` "" if none could be read."""

    full_name: str
    phone: str = ""


@dataclass(slots=True)
class OfficerRecord:
    """One neighbourhood's people in charge. `deputies`: party_secretary, neighbourhood_head, security_head."""

    row: int
    neighbourhood_key: str
    neighbourhood: str
    officer_rank: str
    officer_name: str
    officer_phone: str = ""
    deputies: dict[str, Deputy] = field(default_factory=dict)


@dataclass(slots=True)
class MemberRecord:
    """One line of a Zalo group's member list.

    `strength` says what the display name is worth for matching: "full" (three and more syllables, family name first),
    "given_family" (two syllables, either order: `name_keys` holds both), "weak" (nickname, shop, one syllable: match
    by telephone only). `name_keys` are search keys to compare with a person's search key or its given and family name.
    """

    row: int
    display_name: str
    clean_name: str
    strength: Strength
    name_keys: tuple[str, ...]
    phone: str
    role: Role
    joined_on: date | None
    neighbourhood_hint: str = ""


@dataclass
class Account(Generic[Record]):
    """The rows of one sheet, all accounted for: `rows_read == accepted + refused + ignored`."""

    rows_read: int = 0
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[IgnoredRow] = field(default_factory=list)
    refused_rows: set[int] = field(default_factory=set)

    @property
    def accepted(self) -> int:
        return len(self.records)

    @property
    def refused(self) -> int:
        return len(self.refused_rows)

    def refusals(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.level == "refused"]

    def ignored_by_reason(self) -> dict[str, int]:
        return dict(Counter(ignored.reason for ignored in self.ignored))

    def warn(self, row: int, column: str, code: str, value: object = "", **params: object) -> None:
        self.problems.append(Problem(row, column, "warning", code, shortened(value), params))

    def refuse(self, row: int, column: str, code: str, value: object = "", **params: object) -> None:
        self.problems.append(Problem(row, column, "refused", code, shortened(value), params))
        self.refused_rows.add(row)

    def ignore(self, row: int, reason: str) -> None:
        self.ignored.append(IgnoredRow(row, reason))

    def ignore_all(self, rows: Iterable[int], reason: str) -> None:
        self.ignored.extend(IgnoredRow(row, reason) for row in rows)


@dataclass
class ParsedRoster(Account[PersonRecord]):
    """A roster sheet. `stated_*`: totals the file itself names in its footer, or None."""

    stated_households: int | None = None
    stated_people: int | None = None
    notes_not_kept: int = 0

    @property
    def households(self) -> int:
        return len({record.household_key for record in self.records})

    @property
    def people(self) -> int:
        """People named and children counted."""
        return len(self.records)

    @property
    def children_counted(self) -> int:
        return sum(1 for record in self.records if record.kind == "child_counted")


def shortened(value: object, length: int = 24) -> str:
    """A cell's text for a message, cut to `length` signs."""
    text = " ".join(str(value).split())
    return text if len(text) <= length else text[: length - 1] + "…"

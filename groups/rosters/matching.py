"""Who the lines of a member list may be: by telephone, then by name within the neighbourhoods the group serves.

Pure: people in, candidates out. Nothing is decided here; a person confirms.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from groups.rosters.records import MemberRecord

# How sure a single candidate is, in per cent. Several share it: nobody is sure then.
PHONE, SHARED_PHONE, NAME, SHORT_NAME = ("phone", 100), ("shared_phone", 80), ("name", 90), ("short_name", 60)
SURE = 80  # from here on a line is ticked beforehand
MOST = 6  # candidates shown for one line; a name borne by more people says nothing


@dataclass(frozen=True)
class Resident:
    """A person of the roster as far as matching needs."""

    id: int
    name_key: str
    phone: str


@dataclass
class Line:
    """A line of the list with who it may be: (person id, how, per cent), the likeliest first."""

    record: MemberRecord
    candidates: list[tuple[int, str, int]] = field(default_factory=list)


def _short(key: str) -> str:
    words = key.split(" ")
    return f"{words[0]} {words[-1]}" if len(words) > 1 else ""


def match_members(records: Iterable[MemberRecord], residents: Iterable[Resident]) -> list[Line]:
    """Each line with its candidates. Who was found by telephone is nobody else; full names go before short ones."""
    by_phone: dict[str, list[Resident]] = defaultdict(list)
    by_name: dict[str, list[Resident]] = defaultdict(list)
    by_short: dict[str, list[Resident]] = defaultdict(list)
    for person in residents:
        if person.phone:
            by_phone[person.phone].append(person)
        by_name[person.name_key].append(person)
        by_short[_short(person.name_key)].append(person)
    lines = [Line(record) for record in records]
    taken: set[int] = set()
    for line in lines:
        line.candidates = _by_phone(line.record, by_phone.get(line.record.phone, []) if line.record.phone else [])
        taken.update(person for person, _how, sure in line.candidates[:1] if sure >= SURE)
    for strength, index, (how, sure) in (("full", by_name, NAME), ("given_family", by_short, SHORT_NAME)):
        found: dict[int, list[Line]] = defaultdict(list)
        for line in lines:
            if line.candidates or line.record.strength != strength:
                continue
            ids = {p.id for key in line.record.name_keys for p in index.get(key, []) if p.id not in taken}
            if 0 < len(ids) <= MOST:
                line.candidates = [(person_id, how, sure // len(ids)) for person_id in sorted(ids)]
                for person_id in ids:
                    found[person_id].append(line)
        for person_id, claims in found.items():
            if len(claims) == 1 and len(claims[0].candidates) == 1:
                taken.add(person_id)
        for line in lines:  # two lines of one name and one such person: either may be meant
            rivals = max((len(found[one]) for one, kind, _s in line.candidates if kind == how), default=1)
            if rivals > 1 and line.record.strength == strength:
                line.candidates = [(one, kind, percent // rivals) for one, kind, percent in line.candidates]
    return lines


def _by_phone(record: MemberRecord, people: list[Resident]) -> list[tuple[int, str, int]]:
    if len(people) == 1:
        return [(people[0].id, *PHONE)]
    keys = set(record.name_keys)
    named = [p for p in people if p.name_key in keys or _short(p.name_key) in keys]
    if len(named) == 1:
        return [(named[0].id, *PHONE)]
    how, sure = SHARED_PHONE
    return [(person.id, how, sure // len(people)) for person in people[:MOST]]

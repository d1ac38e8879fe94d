"""The plan of an import: what a file says, in rows ready for the database. Kept encrypted beside the upload."""

from __future__ import annotations

import json
import re
import zlib
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from groups.rosters import legacy
from groups.rosters.mapping import MappingProposal, RosterMapping, propose_mapping
from groups.rosters.messages import RosterFileError
from groups.rosters.officers import officers_header, parse_officers
from groups.rosters.places import address_key, neighbourhood_key
from groups.rosters.records import Account, OfficerRecord, ParsedRoster, PersonRecord
from groups.rosters.rows import ParseContext, parse_rows
from groups.rosters.sheets import Sheet
from vikhe_portal.core import files
from vikhe_portal.core.text import name_sort_key, search_key

SECURITY_ROLES = ("security_head", "security_deputy", "security_member")
PERSON_STATUS = {"moved": "moved", "deceased": "deceased"}
GAPS = ("no_smartphone", "no_zalo", "declines", "moved", "empty_house", "away")
SURE = 0.75
_DIGITS = re.compile(r"\d+")


@dataclass
class Plan:
    """What is to be saved, and the account of the rows it came from.

    households: [key, neighbourhood key, code, match key, address, street, order, head, sort key, children, gap, head?]
    people: [n, household key, name, search key, sort key, year, head?, phone, Zalo name, Zalo?, joined?, team?, status]
    officers: [row, neighbourhood key, name of neighbourhood, rank, name, phone, {capacity: [name, phone]}]
    problems: [sheet, row, column, level, code, value, params]
    """

    kind: str = "roster"
    neighbourhoods: dict[str, str] = field(default_factory=dict)
    households: list[list[Any]] = field(default_factory=list)
    people: list[list[Any]] = field(default_factory=list)
    officers: list[list[Any]] = field(default_factory=list)
    where: list[list[Any]] = field(default_factory=list)  # of person n: [sheet, row]
    problems: list[list[Any]] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)
    rows_read: int = 0
    refused: int = 0
    ignored: dict[str, int] = field(default_factory=dict)
    children: int = 0
    stated_households: int | None = None
    stated_people: int | None = None
    not_kept: list[str] = field(default_factory=list)
    encoding: str = ""
    unsure: bool = False
    fingerprint: str = ""
    mappings: dict[str, Any] = field(default_factory=dict)


def store(value: Any, *, ward_id: int) -> str:
    """Keep a plan or preview encrypted under the ward's key; returns its name."""
    data = asdict(value) if isinstance(value, Plan) else value
    return files.store(zlib.compress(json.dumps(data, ensure_ascii=False).encode(), 1), ward_id=ward_id)


def load(name: str, *, ward_id: int) -> Any:
    """What `store` kept, as plain data; raises FileNotFoundError once it is destroyed."""
    return json.loads(zlib.decompress(files.read(name, ward_id=ward_id)))


def load_plan(name: str, *, ward_id: int) -> Plan:
    """The plan kept under this name."""
    return Plan(**load(name, ward_id=ward_id))


def make_plan(
    sheets: list[Sheet], *, today: date, chosen: dict[str, Any], remembered: dict[str, Any], neighbourhood: str = ""
) -> Plan:
    """Read all sheets of a file into one plan.

    `chosen`: mappings a person chose, by sheet name; `remembered`: mappings by fingerprint of the headings. A sheet
    that is neither roster nor list of officers is left out when another one is. Raises RosterFileError.
    """
    plan = Plan()
    visible = [sheet for sheet in sheets if not sheet.hidden] or sheets
    lists = [sheet for sheet in visible if officers_header(sheet)]
    if lists:
        plan.kind = "officers"
        for sheet in lists:
            _add_officers(plan, sheet, parse_officers(sheet))
        return plan
    trouble: RosterFileError | None = None
    seen: dict[tuple[str, str, int | None], int] = {}
    homes: dict[str, list[Any]] = {}
    for sheet in visible:
        encoding = legacy.detect(sheet)
        if encoding:
            sheet, plan.encoding = legacy.convert_sheet(sheet, encoding), encoding
        try:
            proposal = propose_mapping(sheet, today)
            saved = chosen.get(sheet.name) or remembered.get(proposal.fingerprint)
            mapping = RosterMapping.from_json(saved) if saved else proposal.mapping
            parsed = parse_rows(sheet, mapping, ParseContext(today, neighbourhood))
        except RosterFileError as error:
            trouble = trouble or error
            continue
        _describe(plan, sheet, proposal, mapping, sure=bool(saved))
        _add_roster(plan, sheet, parsed, mapping, seen, homes)
    if not plan.mappings:
        raise trouble or RosterFileError("no_rows")
    plan.households = list(homes.values())
    return plan


def _describe(plan: Plan, sheet: Sheet, proposal: MappingProposal, mapping: RosterMapping, *, sure: bool) -> None:
    plan.mappings[sheet.name] = mapping.to_json()
    plan.fingerprint = plan.fingerprint or proposal.fingerprint
    plan.not_kept += [
        column.heading for column in proposal.columns if column.heading and column.index not in mapping.columns
    ]
    for column in proposal.columns:
        plan.columns.append(
            {
                "sheet": sheet.name,
                "index": column.index,
                "letter": column.letter,
                "heading": column.heading,
                "field": mapping.columns.get(column.index, ""),
                "confidence": column.confidence,
                "samples": list(column.samples),
            }
        )
    weak = any(column.field and column.confidence < SURE for column in proposal.columns)
    unknown = any(not column.field and column.confidence == 0 and column.heading for column in proposal.columns)
    plan.unsure = plan.unsure or (not sure and (weak or unknown))


def _account(plan: Plan, sheet: Sheet, account: Account[Any]) -> None:
    plan.rows_read += account.rows_read
    plan.refused += account.refused
    for reason, number in account.ignored_by_reason().items():
        plan.ignored[reason] = plan.ignored.get(reason, 0) + number
    for problem in account.problems:
        plan.problems.append(
            [sheet.name, problem.row, problem.column, problem.level, problem.code, problem.value, problem.params]
        )


def _add_roster(
    plan: Plan,
    sheet: Sheet,
    parsed: ParsedRoster,
    mapping: RosterMapping,
    seen: dict[tuple[str, str, int | None], int],
    homes: dict[str, list[Any]],
) -> None:
    _account(plan, sheet, parsed)
    plan.stated_households = plan.stated_households or parsed.stated_households
    plan.stated_people = plan.stated_people or parsed.stated_people
    counts_children = "birth" in mapping.columns.values()
    keys: dict[str, str] = {}
    here: dict[tuple[str, str, int | None], int] = {}
    for record in parsed.records:
        home = homes.get(record.household_key)
        if home is None:
            home = homes[record.household_key] = _household(record, counts_children)
            plan.neighbourhoods.setdefault(record.neighbourhood_key, neighbourhood_name(record.neighbourhood))
        if record.kind == "child_counted":
            home[9] = (home[9] or 0) + 1
            plan.children += 1
            continue
        identity = (record.household_key, record.full_name.lower(), record.birth_year)
        if identity in seen:
            plan.refused += 1
            plan.problems.append([sheet.name, record.row, "", "refused", "duplicate_row", record.full_name[:24],
                                  {"first": seen[identity]}])  # fmt: skip
            continue
        here[identity] = record.row
        plan.people.append(_person(len(plan.people), record, keys))
        plan.where.append([sheet.name, record.row])
        _complete(home, record, keys)
    seen.update(here)  # a person twice on one sheet was refused there; here it is the same person on another sheet


def _household(record: PersonRecord, counts_children: bool) -> list[Any]:
    digits = _DIGITS.match(record.house_no)
    order = int(digits.group(0)[:9]) if digits else 0
    children = 0 if counts_children else None
    return [
        record.household_key, record.neighbourhood_key, record.household_code, "", record.address, record.street,
        order, "", "", children, "", False,
    ]  # fmt: skip


def _person(number: int, record: PersonRecord, keys: dict[str, str]) -> list[Any]:
    sort_key = keys.get(record.full_name)
    if sort_key is None:
        sort_key = keys[record.full_name] = name_sort_key(record.full_name)
    return [
        number, record.household_key, record.full_name, record.name_key, sort_key, record.birth_year, record.is_head,
        record.phone, record.zalo_name, record.uses_zalo or (True if record.joined else None), record.joined,
        record.role in SECURITY_ROLES, PERSON_STATUS.get(record.reason, ""),
    ]  # fmt: skip


def _complete(home: list[Any], record: PersonRecord, keys: dict[str, str]) -> None:
    """What the household takes from its people: head (or the first person), address, reason for the gap."""
    if record.is_head or not home[7]:
        home[7], home[8] = record.full_name, keys[record.full_name]
        # Without a code a household is found again by its head and address; "#2" tells twins of one file apart.
        twin = record.household_key.rpartition("#")[2] if "#" in record.household_key else ""
        home[3] = f"{record.name_key}|{address_key(record.address)}{'#' + twin if twin.isdigit() else ''}"[:340]
    home[11] = home[11] or record.is_head
    if record.address and not home[4]:
        home[4], home[5] = record.address, record.street
    if record.reason in GAPS and (not home[10] or record.is_head) and (record.is_head or record.reason != "moved"):
        home[10] = record.reason


def _add_officers(plan: Plan, sheet: Sheet, account: Account[OfficerRecord]) -> None:
    _account(plan, sheet, account)
    for record in account.records:
        plan.neighbourhoods.setdefault(record.neighbourhood_key, neighbourhood_name(record.neighbourhood))
        deputies = {capacity: [deputy.full_name, deputy.phone] for capacity, deputy in record.deputies.items()}
        plan.officers.append(
            [record.row, record.neighbourhood_key, record.neighbourhood, record.officer_rank, record.officer_name,
             record.officer_phone, deputies]
        )  # fmt: skip


def neighbourhood_name(written: str) -> str:
    """How a neighbourhood is named from now on: "7" and "TDP 07" as "Tổ dân phố số 7", a named one as written."""
    key = neighbourhood_key(written)
    if key and key[0].isdigit():
        return f"Tổ dân phố số {key.upper()}"
    return written if search_key(written).startswith(("to ", "khu ")) else f"Tổ dân phố {written}"

"""Invented households by a seed: for the demonstration ward, the tests and the measurements.

Every name is drawn from lists of common Vietnamese name parts; nobody in here exists. The same seed gives the same
people on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

FAMILY = (
    ["Nguyễn"] * 8
    + ["Trần"] * 4
    + ["Lê"] * 3
    + ["Phạm"] * 3
    + ["Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Đoàn", "Cao", "Mai", "Tống"]
)
MIDDLE_MALE = ["Văn", "Hữu", "Đức", "Công", "Quang", "Minh", "Xuân", "Đình", "Thanh", "Ngọc"]
MIDDLE_FEMALE = ["Thị", "Thu", "Ngọc", "Kim", "Bích", "Thanh", "Hồng", "Minh", "Phương"]
GIVEN_MALE = [
    "An",
    "Bình",
    "Cường",
    "Dũng",
    "Đạt",
    "Giang",
    "Hải",
    "Hùng",
    "Huy",
    "Khánh",
    "Khoa",
    "Kiên",
    "Lâm",
    "Long",
    "Nam",
    "Nghĩa",
    "Phong",
    "Phúc",
    "Quân",
    "Sơn",
    "Thành",
    "Thắng",
    "Tuấn",
    "Tùng",
    "Việt",
    "Vinh",
]
GIVEN_FEMALE = [
    "Anh",
    "Dung",
    "Duyên",
    "Hà",
    "Hạnh",
    "Hằng",
    "Hiền",
    "Hoa",
    "Huệ",
    "Lan",
    "Linh",
    "Loan",
    "Mai",
    "Nga",
    "Ngân",
    "Nhung",
    "Oanh",
    "Phượng",
    "Quyên",
    "Tâm",
    "Thảo",
    "Thủy",
    "Trang",
    "Tuyết",
    "Uyên",
    "Yến",
]
STREETS = [
    "Đường Cây Cảnh",
    "Đường Vị Khê",
    "Xóm Cầu",
    "Xóm Chùa",
    "Xóm Đình",
    "Khu Chợ Mới",
    "Ngõ 12 Đê Hữu Hồng",
    "Đường 21B",
]
PREFIXES = [
    "0332",
    "0356",
    "0389",
    "0702",
    "0779",
    "0812",
    "0858",
    "0903",
    "0912",
    "0915",
    "0936",
    "0948",
    "0968",
    "0977",
    "0983",
    "0986",
]
RELATIONS = ["Vợ", "Chồng", "Con", "Bố", "Mẹ", "Cháu"]
HEADER = [
    "Tổ dân phố",
    "Mã hộ",
    "Địa chỉ",
    "Họ và tên",
    "Giới tính",
    "Năm sinh",
    "Quan hệ với chủ hộ",
    "Số điện thoại",
    "Dùng Zalo",
    "Tham gia nhóm",
    "Vai trò",
]


@dataclass(frozen=True)
class Member:
    """A member of an invented household."""

    name: str
    female: bool
    birth_year: int
    relation: str
    phone: str = ""
    zalo: bool = False
    joined: bool = False


@dataclass(frozen=True)
class Home:
    """An invented household."""

    neighbourhood: str
    code: str
    address: str
    members: list[Member] = field(default_factory=list)


def name(dice: random.Random, *, female: bool) -> str:
    """Draw a full name."""
    middle, given = (MIDDLE_FEMALE, GIVEN_FEMALE) if female else (MIDDLE_MALE, GIVEN_MALE)
    return f"{dice.choice(FAMILY)} {dice.choice(middle)} {dice.choice(given)}"


def phone(dice: random.Random) -> str:
    """Draw a telephone number of ten digits."""
    return dice.choice(PREFIXES) + f"{dice.randrange(1_000_000):06d}"


def homes(
    seed: int,
    neighbourhoods: list[str],
    households: int,
    *,
    people_per_household: float = 3.7,
    coverage: float = 0.7,
    this_year: int | None = None,
) -> Iterator[Home]:
    """Yield `households` homes spread over the neighbourhoods; about `coverage` of them have somebody in the group."""
    dice = random.Random(seed)  # noqa: S311  (invented people, no secret)
    year = this_year or date.today().year  # noqa: DTZ011  (a year, not a moment)
    share, rest = divmod(households, len(neighbourhoods))
    for index, neighbourhood in enumerate(neighbourhoods):
        for number in range(1, share + (index < rest) + 1):
            size = max(1, min(9, round(dice.gauss(people_per_household, 1.5))))
            house_joins = dice.random() < coverage
            members: list[Member] = []
            for position in range(size):
                female = dice.random() < 0.5
                birth = dice.randint(year - 86, year - 18) if position < 2 else dice.randint(year - 84, year - 1)
                adult = year - birth >= 16
                number_of = phone(dice) if adult and dice.random() < 0.62 else ""
                zalo = bool(number_of) and dice.random() < 0.85
                joined = zalo and house_joins and (dice.random() < 0.6 or not any(m.joined for m in members))
                relation = "Chủ hộ" if position == 0 else dice.choice(RELATIONS)
                members.append(Member(name(dice, female=female), female, birth, relation, number_of, zalo, joined))
            yield Home(
                neighbourhood,
                f"TDP{index + 1:02d}-{number:04d}",
                f"Số {dice.randint(1, 240)}, {dice.choice(STREETS)}",
                members,
            )


def sheet_rows(found: Iterator[Home]) -> Iterator[list[object]]:
    """Yield the rows of a roster sheet as a ward keeps it, heading first, one row a person."""
    yield list(HEADER)
    for home in found:
        for member in home.members:
            yield [
                home.neighbourhood,
                home.code,
                home.address,
                member.name,
                "Nữ" if member.female else "Nam",
                member.birth_year,
                member.relation,
                member.phone,
                "x" if member.zalo else "",
                "x" if member.joined else "",
                "",
            ]

"""The files the chief brings along: those in $ROSTER_SAMPLES, or invented ones of the same shape and size."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from pathlib import Path

from demonstration import people
from vikhe_portal.core.spreadsheets import Sheet, xlsx_bytes

PLACES = [f"Tổ dân phố số {number}" for number in range(1, 41)]
HOUSEHOLDS = 9_376
RANKS = ["Trung tá", "Thiếu tá", "Đại úy", "Thượng úy", "Trung úy", "Đại úy"]


@dataclass(frozen=True)
class Files:
    """Where the two files are, and what a reader should find in them."""

    roster: Path
    officers: Path
    people: int
    first_officer: str


def bring(folder: Path) -> Files:
    """Return the files to import, made in `folder` unless given by the environment."""
    samples = os.environ.get("ROSTER_SAMPLES")
    if samples:
        return Files(
            Path(samples) / "phuong-vi-khe.xlsx", Path(samples) / "can-bo-to-dan-pho.xlsx", 34_499, "Đinh Văn Cường"
        )
    heading, *rows = people.sheet_rows(people.homes(7, PLACES, HOUSEHOLDS, coverage=0.55))
    roster = folder / "nhan-khau.xlsx"
    roster.write_bytes(xlsx_bytes([Sheet("Nhân khẩu", [str(cell) for cell in heading], rows)]))
    dice = random.Random(8)
    names = [f"{rank} {people.name(dice, female=False)}" for rank in RANKS]
    columns = [
        "Tổ dân phố",
        "Cảnh sát khu vực",
        "Bí thư chi bộ",
        "SĐT",
        "Tổ trưởng tổ dân phố",
        "SĐT",
        "Tổ trưởng Tổ ANCS",
        "SĐT",
    ]
    lines = []
    for number, place in enumerate(PLACES):
        line = [place, names[number * len(names) // len(PLACES)]]
        for _capacity in range(3):
            line += [people.name(dice, female=dice.random() < 0.4), people.phone(dice)]
        lines.append(line)
    officers = folder / "can-bo.xlsx"
    officers.write_bytes(xlsx_bytes([Sheet("Cán bộ", columns, lines)]))
    return Files(roster, officers, len(rows), names[0].split(" ", 2)[2])

"""A sheet as it was read."""

from __future__ import annotations

from dataclasses import dataclass, field

Cell = str | int | float | bool
Row = list[Cell]


@dataclass(slots=True)
class Sheet:
    """One sheet: `rows[0]` is row 1 of the sheet, cells from column A on; empty cells at a row's end are left out.

    Empty cells are "". Whole numbers are int, dates ISO text ("1990-05-01"). Formulas are there as their last value.
    `encoding` is set for text files: how their letters were read.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    hidden: bool = False
    encoding: str = ""

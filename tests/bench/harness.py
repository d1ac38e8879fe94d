"""How a figure is taken: product and limit in turn, medians over rounds, the ratio against a target."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

TIME, RATE = "time", "rate"


@dataclass(frozen=True)
class Line:
    """One measured figure. `ratio` is product/limit; the target says which way it must lie."""

    name: str
    figure: float
    unit: str
    limit: float
    limit_is: str
    ratio: float
    target: str
    ok: bool
    note: str = ""

    def text(self) -> str:
        """The printed line."""
        state = "ok" if self.ok else "short"
        tail = f" ({self.note})" if self.note else ""
        return (
            f"{self.name}: {self.figure:.4g} {self.unit}, limit {self.limit:.4g} {self.unit} [{self.limit_is}], "
            f"ratio {self.ratio:.2f}, target {self.target}, {state}{tail}"
        )


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def compare(
    name: str,
    *,
    product: Callable[[], float],
    limit: Callable[[], float],
    limit_is: str,
    unit: str,
    at_most: float | None = None,
    at_least: float | None = None,
    rounds: int = 5,
    note: str = "",
) -> Line:
    """Take product and limit in turn, the order flipping between rounds; compare the medians.

    `product` and `limit` return the figure of one round. Give `at_most` for times, `at_least` for rates.
    """
    ours: list[float] = []
    theirs: list[float] = []
    product(), limit()  # warm-up, not counted
    for number in range(rounds):
        pair = [(ours, product), (theirs, limit)]
        for kept, take in pair if number % 2 == 0 else reversed(pair):
            kept.append(take())
    figure, bound = statistics.median(ours), statistics.median(theirs)
    ratio = figure / bound if bound else float("inf")
    ok = ratio <= at_most if at_most is not None else ratio >= (at_least or 0)
    target = f"≤ {at_most}" if at_most is not None else f"≥ {at_least}"
    return Line(name, figure, unit, bound, limit_is, ratio, target, ok, note)


def report(lines: list[Line], file: Path) -> int:
    """Print the lines and the sum, write the JSON; returns the number of short figures."""
    short = sum(not line.ok for line in lines)
    print(f"bench: {len(lines) - short} ok, {short} short")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps([asdict(line) for line in lines], ensure_ascii=False, indent=2) + "\n")
    return short

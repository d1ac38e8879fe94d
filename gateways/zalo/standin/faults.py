"""Faults on order: by number of requests, or by chance with a seed, so that a failing run can be repeated."""

import random
from dataclasses import asdict, dataclass, field
from typing import Any

# Before the request takes effect:
#   http_429, http_500   that status, nothing accepted
#   code                 Zalo's error ``code``, nothing accepted
#   reset                connection reset, nothing accepted
#   hang                 no answer at all, nothing accepted
# After it took effect (residents see the post):
#   reset_after, hang_after, http_502_after, wrong_json_after (HTML page), no_id_after (success without an id)
#   slow                 a right answer after ``delay`` seconds
#   late_accept          no answer, and the request takes effect only after ``delay`` seconds
#   twice                takes effect twice (a relay that repeated the request)
# On the bot's sendMessage: all but late_accept, twice, wrong_json_after and no_id_after.
BEFORE = ("http_429", "http_500", "code", "reset", "hang", "late_accept")
AFTER = ("reset_after", "hang_after", "http_502_after", "wrong_json_after", "no_id_after", "slow", "twice")


@dataclass
class Rule:
    """``path``: only addresses ending so ("" all). ``skip``: let so many pass first. ``count``: then hit so many (None:
    without end). ``probability``: chance of each hit. ``group_id``: only posts to this group."""

    fault: str
    path: str = "/group/message"
    skip: int = 0
    count: int | None = None
    probability: float = 1.0
    delay: float = 0.2
    code: int = 0
    group_id: str = ""
    hits: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        if self.fault not in BEFORE + AFTER:
            raise ValueError(f"fault is one of {', '.join(BEFORE + AFTER)}")
        if not 0 <= self.probability <= 1:
            raise ValueError("probability lies between 0 and 1")


class Faults:
    """The rules in force, asked once per request; the first that fires wins."""

    def __init__(self, seed: int = 1) -> None:
        self.rules: list[Rule] = []
        self.reseed(seed)

    def reseed(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - decides about test faults only

    def add(self, rule: Rule) -> None:
        self.rules.append(rule)

    def clear(self) -> None:
        self.rules = []

    def draw(self, path: str, group_id: str) -> Rule | None:
        """The fault for this request, or None."""
        for rule in self.rules:
            if not path.endswith(rule.path) or (rule.group_id and rule.group_id != group_id):
                continue
            if rule.skip > 0:
                rule.skip -= 1
                continue
            if rule.count is not None and rule.hits >= rule.count:
                continue
            if rule.probability < 1 and self._random.random() >= rule.probability:
                continue
            rule.hits += 1
            return rule
        return None

    def public(self) -> list[dict[str, Any]]:
        return [asdict(rule) for rule in self.rules]

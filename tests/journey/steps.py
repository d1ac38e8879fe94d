"""The eight steps. Each checks its result through another person's page, never through the database."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, expect

from demonstration.cast import PASSWORD
from tests.journey.files import Files
from tests.journey.stage import DESK, PHONE, Installation, Walker

NEW_PASSWORD = "Bon-tu-khong-lien-quan-2026"


@dataclass
class Journey:
    """What the steps share: the installation, the people signed in so far, what one step found for the next."""

    installed: Installation
    browser: Browser
    files: Files
    people: dict[str, Walker] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)

    def person(self, username: str, size: dict[str, int] = DESK, password: str = PASSWORD) -> Walker:
        """Somebody at their own device, signed in once."""
        key = f"{username}-{size['width']}"
        if key not in self.people:
            self.people[key] = Walker(self.browser, self.installed.base, size).sign_in(username, password)
        return self.people[key]

    def resident(self) -> Walker:
        """Somebody without an account, on a phone."""
        if "resident" not in self.people:
            self.people["resident"] = Walker(self.browser, self.installed.base, PHONE)
        return self.people["resident"]

    def keep_failure(self, number: int) -> None:
        """Screenshots of everybody at the moment a step failed."""
        for name, walker in self.people.items():
            try:
                walker.shot(f"failed-{number}-{name}")
            except Exception as error:  # a closed page must not hide the real failure
                print(f"no screenshot of {name}: {type(error).__name__}")


def _import(walker: Walker, file: str, shot: str) -> None:
    page = walker.go("/nhap-danh-sach/")
    page.set_input_files("input[type=file]", file)
    page.get_by_role("button", name=re.compile("Tải lên")).click()
    basis = page.get_by_label(re.compile("căn cứ", re.IGNORECASE))
    basis.wait_for(timeout=90_000)
    walker.shot(f"{shot}-preview")
    basis.fill("Danh sách do tổ dân phố lập, theo Kế hoạch 40/KH-BCĐ")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_text(re.compile("Đã lưu"))).to_be_visible(timeout=120_000)
    walker.shot(f"{shot}-saved")


def number(text: str) -> int:
    """The first whole number in a Vietnamese text ("34.499 người" → 34499)."""
    found = re.search(r"\d[\d.]*", text)
    if found is None:
        raise AssertionError(f"no number in {text!r}")
    return int(found.group().replace(".", ""))


def import_rosters(journey: Journey) -> str:
    """The chief imports the ward's roster and the officers; a deputy chief finds the households."""
    chief = journey.person("truongca")
    _import(chief, str(journey.files.roster), "1-roster")
    page = chief.page
    expect(page.get_by_text(f"{journey.files.people:,}".replace(",", ".")).first).to_be_visible()
    _import(chief, str(journey.files.officers), "1-officers")
    other = journey.person("phoca")
    other.go("/ho-dan/?q=" + "so 40")
    expect(other.page.locator("#results")).to_contain_text("Tổ dân phố số 40")
    people = other.go("/tai-khoan/can-bo/")
    expect(people.get_by_role("link", name=re.compile(journey.files.first_officer)).first).to_be_visible()
    return f"{journey.files.people} people imported with preview and progress; officers and deputies too"


STEPS: list[Callable[[Journey], str]] = [import_rosters]

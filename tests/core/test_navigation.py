"""The menu: under headings, in order, only what one may open."""

from __future__ import annotations

import pytest
from django.utils.translation import gettext as _

from vikhe_portal.core import navigation
from vikhe_portal.core.permissions import all_permissions

pytestmark = pytest.mark.django_db


def test_every_entry_stands_under_one_heading_and_headings_do_not_come_twice(person_with_post, signed_in):
    _user, chief = person_with_post("chief")
    items = signed_in(chief).get("/ho-dan/").context["nav"]
    headings = [item["section"] for item in items]
    runs = [heading for i, heading in enumerate(headings) if i == 0 or headings[i - 1] != heading]
    assert len(runs) == len(set(runs)) >= 6
    assert [item["label"] for item in items if item["active"]] == [_("Households")]


def test_the_page_names_each_heading_once_in_the_side_menu_and_the_sheet(person_with_post, signed_in):
    _user, chief = person_with_post("chief")
    page = signed_in(chief).get("/ho-dan/").content.decode()
    side, sheet = page.split("</aside>")[0], page.split('id="nav-sheet"')[1]
    heads = [str(title) for _first, title in navigation.SECTIONS]
    shown = [head for head in heads if f'<p class="menu-head">{head}</p>' in page]
    assert len(shown) == len(heads)
    for head in shown:
        assert side.count(f">{head}</p>") <= 1 and sheet.count(f">{head}</p>") <= 1


def test_every_entry_names_a_permission_that_exists():
    known = {permission.name for permission in all_permissions()}
    assert {entry.permission for entry in navigation._entries} <= known


def test_a_browser_that_asks_for_english_gets_vietnamese(person_with_post, signed_in):
    _user, chief = person_with_post("chief")
    page = signed_in(chief).get("/ho-dan/", headers={"Accept-Language": "en-US,en;q=0.9"}).content.decode()
    assert '<html lang="vi">' in page and ">Hộ dân</h1>" in page and ">Households<" not in page

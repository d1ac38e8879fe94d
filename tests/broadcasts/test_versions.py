"""Versions and what changed between them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broadcasts.models import BroadcastVersion
from broadcasts.selectors import previews
from broadcasts.selectors.versions import base_for, changes, difference, versions_of
from broadcasts.services import writing
from tests.broadcasts.factories import approved, draft, make_group

pytestmark = pytest.mark.django_db


@given(st.text(max_size=80), st.text(max_size=80))
def test_a_difference_gives_back_both_texts(old, new):
    pieces = difference(old, new)
    assert "".join(piece.text for piece in pieces if piece.kind != "new") == old
    assert "".join(piece.text for piece in pieces if piece.kind != "old") == new


def test_a_difference_is_in_whole_words():
    kinds = [(piece.kind, piece.text) for piece in difference("Gọi số 113 ngay", "Gọi số 114 ngay")]
    assert kinds == [("same", "Gọi số "), ("old", "113"), ("new", "114"), ("same", " ngay")]


def test_the_page_compares_with_what_was_approved_and_names_the_groups_that_came(chief, deputy_chief, signed_in):
    first, second = make_group(chief), make_group(chief)
    row = approved(chief, deputy_chief, [first], body="Gọi số 113 ngay")
    writing.edit(actor=chief, broadcast=row, draft=draft([first], body="Gọi số 115 ngay"))
    row = writing.edit(actor=chief, broadcast=row, draft=draft([first, second], body="Gọi số 114 ngay"))
    assert base_for(row) == 1
    page = signed_in(chief).get(f"/ban-tin/{row.uuid}/phien-ban/").content.decode()
    assert "<del>113</del><ins>114</ins>" in page
    assert f"<ins>{second.name}\n</ins>" in page
    assert (
        "<del>115</del><ins>114</ins>" in signed_in(chief).get(f"/ban-tin/{row.uuid}/phien-ban/?so=2").content.decode()
    )
    for odd in ("0", "9", "x", "99999999"):
        assert "<del>113</del>" in signed_in(chief).get(f"/ban-tin/{row.uuid}/phien-ban/?so={odd}").content.decode()


def test_the_approver_is_led_to_the_changes(chief, deputy_chief, signed_in):
    group = make_group(chief)
    row = approved(chief, deputy_chief, [group])
    row = writing.edit(actor=chief, broadcast=row, draft=draft([group], title="Khác"))
    writing.submit(actor=chief, broadcast=row)
    page = signed_in(deputy_chief).get(f"/ban-tin/{row.uuid}/").content.decode()
    assert "Thay đổi từ khi được duyệt" in page
    assert f"/ban-tin/{row.uuid}/phien-ban/" in page


def test_ground_and_validity_are_versions_too(chief):
    row = writing.write(actor=chief, draft=draft([make_group(chief)]))
    groups = [target.group for target in row.targets.select_related("group")]
    row = writing.edit(actor=chief, broadcast=row, draft=draft(groups, legal_ground="QĐ 1"))
    new, old = versions_of(row)
    assert [change.label for change in changes(old, new) if change.differs] == ["Căn cứ pháp lý"]
    assert BroadcastVersion.objects.get(number=1).group_ids == [groups[0].pk]


def test_groups_that_read_the_same_words_are_shown_once(chief):
    rows = [make_group(chief), make_group(chief)]
    same = previews(writing.write(actor=chief, draft=draft(rows, body="Chào bà con")))
    assert [one.groups for one in same] == [sorted(group.name for group in rows)]
    own = previews(writing.write(actor=chief, draft=draft(rows, body="{trang_nhom}")))
    assert len(own) == 1  # neither group has a page without a neighbourhood

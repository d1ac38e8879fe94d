"""What tips add to an officer's load on the assignment board."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.tips.factories import make_tip
from tips.models import Tip

pytestmark = pytest.mark.django_db


def test_the_board_says_how_many_of_an_officers_reports_are_overdue(ward, chief, area_officer, signed_in):
    late, early = make_tip(assignee=area_officer.user), make_tip(assignee=area_officer.user)
    Tip.objects.filter(pk=late.pk).update(next_due_at=timezone.now() - timedelta(hours=1))
    Tip.objects.filter(pk=early.pk).update(next_due_at=timezone.now() + timedelta(hours=1))
    page = signed_in(chief).get(reverse("groups:board"))
    column = next(one for one in page.context["columns"] if one.officer and one.officer.pk == area_officer.id)
    assert [(one["count"], one["overdue"]) for one in column.items if one["kind"] == "tips.open"] == [(2, 1)]
    assert "1 quá hạn" in page.content.decode()

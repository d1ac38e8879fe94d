"""The demonstration ward has something to show in every room, and looks like a ward that keeps its time limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from broadcasts.models import Delivery
from demonstration import build
from demonstration.cast import WARD_ID
from groups.models import SuspectedFake
from oversight.models import Review
from tips.models import Tip
from vikhe_portal.core.scope import ward_scope

ROOMS = ("oversight:directives", "oversight:inspections", "oversight:regulations", "oversight:reviews",
         "oversight:data-requests", "groups:fakes", "groups:group-list", "groups:households", "tips:queue",
         "broadcasts:list", "broadcasts:emergencies")  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_every_room_of_the_demonstration_has_something_to_show_and_little_is_late(settings, tmp_path):
    settings.MEDIA_ROOT, settings.DEMONSTRATION = tmp_path, True
    said: list[str] = []
    assert build.load(say=said.append) and not build.load(say=said.append)
    client = Client()
    client.force_login(User.objects.get(username="truongca"))
    empty = [name for name in ROOMS if b'class="empty-state"' in client.get(reverse(name)).content]
    assert empty == []
    now = timezone.now()
    with ward_scope(WARD_ID):
        tips = Tip.objects.filter(ward_id=WARD_ID)
        late = tips.filter(next_due_at__lt=now).count()
        assert tips.count() > 40 and 0 < late < 7
        assert tips.filter(status="closed").count() > 30
        assert Review.objects.filter(ward_id=WARD_ID, status="signed").count() >= 3
        old_cards = Delivery.objects.filter(state="handed_to", deadline__lt=now - timedelta(days=9))
        assert not old_cards.exists()
        found = SuspectedFake.objects.filter(ward_id=WARD_ID).order_by("created_at")
        assert (now - found[0].created_at).days > 40  # what models fill in by themselves lies in the past too

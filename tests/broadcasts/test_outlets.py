"""One text as each outlet shows it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from broadcasts.models import Broadcast
from broadcasts.selectors import feed_of
from broadcasts.selectors.outlets import FACEBOOK_FOLD, elsewhere
from broadcasts.services import writing
from tests.broadcasts.factories import draft, gone_out, make_group
from tests.factories import GroupNeighbourhoodFactory, NeighbourhoodFactory
from wards.models import WardProfile

pytestmark = pytest.mark.django_db


def preview(client, **fields):
    words = {"title": "Thông báo", "body": "Chào bà con {tdp}", "source_line": "CA phường"}
    return client.post("/ban-tin/xem-truoc/", words | fields).content.decode()


def test_the_preview_is_the_text_of_the_first_chosen_group_with_words_and_characters(chief, signed_in):
    group = make_group(chief)
    GroupNeighbourhoodFactory(group=group, neighbourhood=NeighbourhoodFactory(name="Tổ dân phố Lò Gạch"))
    page = preview(signed_in(chief), groups=[group.pk])
    assert "Chào bà con Tổ dân phố Lò Gạch" in page
    assert group.name in page
    assert "6 từ" in page
    assert "VK-" in page


def test_a_merge_field_that_would_stay_empty_is_named_while_one_writes(chief, signed_in):
    bare = make_group(chief)
    page = preview(signed_in(chief), groups=[bare.pk])
    assert "{tdp} sẽ bị để trống ở " + bare.name in page
    assert "để trống" not in preview(signed_in(chief), groups=[bare.pk], body="Chào bà con")


def test_groups_of_others_are_not_looked_into(chief, area_officer, signed_in):
    secret = make_group(chief, name="Nhóm của người khác")
    assert secret.name not in preview(signed_in(area_officer), groups=[secret.pk])


def test_the_loudspeaker_gets_words_for_numbers_and_the_reading_time(chief, signed_in):
    page = preview(signed_in(chief), outlet="loa", body="Họp lúc 20h, gọi 113. Đội ABC.")
    assert "Họp lúc hai mươi giờ, gọi một một ba." in page
    assert "Đó là thông báo của Công an phường." in page
    assert "0:1" in page  # some seconds over ten
    assert "ABC" in page.split("Người đọc cần biết")[1]


def test_a_page_folds_a_long_text_and_speaks_to_no_group(chief):
    WardProfile.objects.filter(ward_id=chief.ward_id).update(duty_phone="0228 3645 789")
    body = "Bà con {tdp} gọi {so_truc_ban}. " + "dài " * 200
    row = writing.write(actor=chief, draft=draft([make_group(chief)], body=body))
    facebook, web, loudspeaker = elsewhere(row)
    assert "Bà con các tổ dân phố gọi 0228 3645 789" in web.text
    assert len(facebook.text) <= FACEBOOK_FOLD
    assert facebook.text + facebook.folded == web.text
    assert not any(char.isdigit() for char in loudspeaker.script.text)


def test_the_web_feed_fills_the_fields_too(chief, deputy_chief):
    group = make_group(chief)
    GroupNeighbourhoodFactory(group=group, neighbourhood=NeighbourhoodFactory())
    gone_out(chief, deputy_chief, [group], body="Bà con {tdp} chú ý", on_web=True)
    assert feed_of(chief.ward_id)[0]["text"].startswith("Bà con các tổ dân phố chú ý")


def test_the_page_of_a_broadcast_shows_the_other_outlets(chief, signed_in):
    row = writing.write(actor=chief, draft=draft([make_group(chief)], body="Gọi 113"))
    page = signed_in(chief).get(f"/ban-tin/{row.uuid}/").content.decode()
    assert "Gọi một một ba." in page
    assert Broadcast.objects.get().created_at <= timezone.now()

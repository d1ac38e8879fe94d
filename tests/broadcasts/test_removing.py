"""Taking down: one removal per post, done by one person, seen by another; expired notices go by themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Notice
from broadcasts.models import Broadcast, Delivery, Removal
from broadcasts.services import cards, removing, writing
from tests.broadcasts.factories import gone_out, make_group
from tests.factories import AppointmentFactory, NeighbourhoodFactory
from vikhe_portal.core import holdings
from vikhe_portal.core.errors import DomainError, Refused

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def posted(chief, deputy_chief, area_officer):
    """A broadcast to three groups: posted in one, unsure in one, not yet posted in the third."""
    occurrence = gone_out(chief, deputy_chief, [make_group(area_officer) for _ in range(3)], on_web=True)
    first, second, _third = Delivery.objects.order_by("pk")
    cards.mark_posted(actor=area_officer, delivery_id=first.pk, kind="code", code=first.code)
    Delivery.objects.filter(pk=second.pk).update(state="unknown", kind="gmf")
    return occurrence.broadcast


@pytest.fixture
def group_deputy(person_with_post, posted):
    """A deputy of the group in which it is posted."""
    place = NeighbourhoodFactory()
    _user, actor = person_with_post("group_deputy", neighbourhood=place, capacity="security_head")
    group = Delivery.objects.order_by("pk").first().group
    AppointmentFactory(group=group, user=actor.user, role="security_head", neighbourhood=place)
    return actor


def removal() -> Removal:
    return Removal.objects.get(delivery__state="done_by")


def test_calling_back_asks_for_each_post_that_stands_and_stops_the_rest(posted, deputy_chief, area_officer, client):
    removing.call_back(actor=deputy_chief, broadcast=posted, reason="Sai số điện thoại")
    assert sorted(Removal.objects.values_list("delivery__state", flat=True)) == ["done_by", "unknown"]
    assert Delivery.objects.filter(state="cancelled").count() == 1
    assert Notice.objects.filter(user=area_officer.user, kind="broadcast_removal").count() == 1
    with pytest.raises(DomainError):
        removing.call_back(actor=deputy_chief, broadcast=posted, reason="Sai số điện thoại")
    assert Removal.objects.count() == 2


def test_what_is_called_back_is_no_longer_read_on_the_web(posted, deputy_chief, client):
    code = Delivery.objects.get(state="done_by").code
    feed = f"/phuong/{posted.ward_id}/ban-tin.atom"
    assert posted.title in client.get(feed).content.decode()
    assert posted.title in client.get(f"/bt/{code}/").content.decode()
    removing.call_back(actor=deputy_chief, broadcast=posted, reason="Sai")
    assert posted.title not in client.get(feed).content.decode()
    page = client.get(f"/bt/{code}/").content.decode()
    assert posted.title not in page and "không còn hiệu lực" in page


def test_one_removes_and_another_looks(posted, chief, deputy_chief, area_officer, group_deputy):
    removing.call_back(actor=chief, broadcast=posted, reason="Sai")
    row = removal()
    removing.say_removed(actor=area_officer, removal_id=row.pk)
    with pytest.raises(DomainError):
        removing.check(actor=area_officer, removal_id=row.pk, gone=True)
    with pytest.raises(IntegrityError, match="seen_by_another"), transaction.atomic():
        Removal.objects.filter(pk=row.pk).update(state="gone", checked_by=area_officer.user)
    removing.check(actor=group_deputy, removal_id=row.pk, gone=False)
    row.refresh_from_db()
    assert (row.state, row.done_by_id) == ("open", None)
    removing.say_removed(actor=area_officer, removal_id=row.pk)
    removing.check(actor=group_deputy, removal_id=row.pk, gone=True)
    row.refresh_from_db()
    assert (row.state, row.done_by_id, row.checked_by_id) == ("gone", area_officer.id, group_deputy.id)


def test_only_a_post_nobody_was_sure_of_can_have_been_absent(posted, chief, area_officer):
    removing.call_back(actor=chief, broadcast=posted, reason="Sai")
    with pytest.raises(DomainError):
        removing.say_removed(actor=area_officer, removal_id=removal().pk, absent=True)
    unsure = Removal.objects.get(delivery__state="unknown")
    assert removing.say_removed(actor=area_officer, removal_id=unsure.pk, absent=True).state == "absent"


def test_strangers_and_writers_of_others_take_nothing_down(posted, person_with_post, chief):
    stranger = person_with_post("area_officer")[1]
    with pytest.raises((Refused, Broadcast.DoesNotExist)):
        removing.call_back(actor=stranger, broadcast=posted, reason="Sai")
    removing.call_back(actor=chief, broadcast=posted, reason="Sai")
    with pytest.raises(DomainError):
        removing.say_removed(actor=stranger, removal_id=removal().pk)


def test_a_deputy_of_the_group_sees_it_once_it_is_overdue(posted, chief, group_deputy):
    removing.call_back(actor=chief, broadcast=posted, reason="Sai")
    row = removal()
    with pytest.raises(DomainError):
        removing.say_removed(actor=group_deputy, removal_id=row.pk)
    Removal.objects.update(overdue_from=timezone.now() - timedelta(minutes=1))
    assert removing.say_removed(actor=group_deputy, removal_id=row.pk).state == "said"


def test_a_notice_past_its_day_is_taken_down_by_itself(posted):
    assert removing.sweep_ward(ward_id=posted.ward_id) == 0
    Broadcast.objects.update(valid_until=timezone.localdate())
    assert removing.sweep_ward(ward_id=posted.ward_id) == 0  # the last day still counts
    Broadcast.objects.update(valid_until=timezone.localdate() - timedelta(days=1))
    assert removing.sweep_ward(ward_id=posted.ward_id) == 2
    assert removing.sweep_ward(ward_id=posted.ward_id) == 0
    posted.refresh_from_db()
    assert (posted.status, posted.recall_kind) == ("stopped", "expired")
    assert not Delivery.objects.filter(state="handed_to").exists()


def test_what_was_in_the_air_when_it_was_called_back_is_asked_for_too(posted, chief):
    third = Delivery.objects.get(state="handed_to")
    Delivery.objects.filter(pk=third.pk).update(state="sending", kind="gmf", lease_token="0" * 32)
    removing.call_back(actor=chief, broadcast=posted, reason="Sai")
    assert Removal.objects.count() == 2
    Delivery.objects.filter(pk=third.pk).update(state="sent", lease_token=None)
    assert removing.sweep_ward(ward_id=posted.ward_id) == 1
    assert Removal.objects.filter(delivery=third).exists()


def test_what_is_called_back_is_never_sent_again(posted, chief):
    Broadcast.objects.update(status="done")
    Delivery.objects.filter(state="handed_to").update(state="skipped")
    removing.call_back(actor=chief, broadcast=posted, reason="Sai")
    posted.refresh_from_db()
    assert posted.status == "done"
    with pytest.raises(DomainError):
        cards.decide_resend(actor=chief, delivery_id=Delivery.objects.get(state="unknown").pk)


def test_nothing_posted_is_stopped_not_taken_down(chief, deputy_chief, area_officer):
    occurrence = gone_out(chief, deputy_chief, [make_group(area_officer)])
    with pytest.raises(DomainError):
        removing.call_back(actor=chief, broadcast=occurrence.broadcast, reason="Sai")
    writing.stop(actor=chief, broadcast=occurrence.broadcast, reason="Sai")


def test_a_removal_moves_with_a_handover(posted, chief, area_officer, person_with_post):
    removing.call_back(actor=chief, broadcast=posted, reason="Sai")
    successor, row = person_with_post("area_officer")[1], removal()
    assert ("broadcasts.removals", row.pk) in {
        (item.kind, item.id) for item in holdings.held_by(chief, area_officer.id)
    }
    holdings.move(
        chief,
        kind="broadcasts.removals",
        holding_id=row.pk,
        from_user_id=area_officer.id,
        to_user_id=successor.id,
        reason="Bàn giao",
    )
    row.refresh_from_db()
    assert row.holder_id == successor.id


def test_the_pages_from_the_order_to_the_second_look(posted, chief, area_officer, group_deputy, signed_in):
    client = signed_in(chief)
    address = f"/ban-tin/{posted.uuid}/"
    assert f"{address}go/" in client.get(address).content.decode()
    assert client.post(f"{address}go/", {"reason": ""}).status_code == 422
    assert client.post(f"{address}go/", {"reason": "Sai số điện thoại"}).status_code == 302
    row = removal()
    client = signed_in(area_officer)
    assert "Sai số điện thoại" in client.get(f"/the-dang/go/{row.pk}/").content.decode()
    assert client.get("/the-dang/").context["removals"] == 2
    assert client.post(f"/the-dang/go/{row.pk}/", {"how": "kept", "reason": ""}).status_code == 422
    assert client.post(f"/the-dang/go/{row.pk}/", {"how": "said"}).status_code == 302
    assert 'name="gone"' not in client.get(f"/the-dang/go/{row.pk}/").content.decode()
    client = signed_in(group_deputy)
    assert row.delivery.full_code in client.get("/the-dang/go/").content.decode()
    assert client.post(f"/the-dang/go/{row.pk}/", {"gone": "yes"}).status_code == 302
    assert client.get(f"/the-dang/go/{row.pk}/").status_code == 302
    page = signed_in(chief).get(address).content.decode()
    assert "Sai số điện thoại" in page and row.delivery.full_code in page

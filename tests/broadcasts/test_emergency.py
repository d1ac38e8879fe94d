"""Alarms: approved words only, named roles, a second person or down again, ring by ring; drills reach nobody."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Notice
from broadcasts.models import Broadcast, Delivery, EmergencyCall, EmergencyRun, EmergencyText, Occurrence, Removal
from broadcasts.selectors.emergency import SAMPLES, sheet
from broadcasts.services import cards, dispatching, emergency, emergency_texts, planning
from gateways.zalo.transport import Transport
from tests.broadcasts.factories import make_group
from tests.factories import AppointmentFactory, NeighbourhoodFactory
from vikhe_portal.core.errors import DomainError, Refused
from wards.models import WardProfile

pytestmark = [pytest.mark.django_db]
BLANKS = {"noi": "ngõ 5 phố Cây Thị", "gio": "20 giờ"}


@pytest.fixture
def text(chief, deputy_chief):
    """An alarm written by the deputy chief and approved by the chief."""
    WardProfile.objects.update_or_create(ward_id=chief.ward_id, defaults={"duty_phone": "02283 855 113"})
    words = emergency_texts.Words(kind="fire", source_line="Công an phường", **SAMPLES["fire"])
    row = emergency_texts.write(actor=deputy_chief, words=words)
    return emergency_texts.approve(actor=chief, text=row)


def begin(actor, text, groups, drill=False, **fields):
    ids = [group.pk for group in groups]
    return emergency.start(actor=actor, text=text, drill=drill, group_ids=ids, blanks=BLANKS, **fields)


def later(run, minutes):
    """Let the clocks of an alarm run."""
    ago = timedelta(minutes=minutes)
    EmergencyRun.objects.filter(pk=run.pk).update(
        confirm_by=run.confirm_by - ago, next_ring_at=run.next_ring_at - ago if run.next_ring_at else None
    )
    run.refresh_from_db()


def test_nobody_approves_their_own_alarm(deputy_chief, chief, text):
    row = emergency_texts.edit(actor=chief, text=text, words=emergency_texts.Words(
        kind="fire", source_line="CAP", **SAMPLES["fire"]))  # fmt: skip
    assert row.status == "draft"
    with pytest.raises(Refused):
        emergency_texts.approve(actor=chief, text=row)
    with pytest.raises(DomainError):
        begin(chief, row, [make_group(chief)])
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        EmergencyText.objects.filter(pk=row.pk).update(
            status="approved", approved_by=chief.user, approved_at=timezone.now()
        )


def test_an_alarm_is_out_at_once_as_a_card_of_leader_and_deputies(duty_officer, area_officer, person_with_post, text):
    deputy = person_with_post("group_deputy", capacity="party_secretary", neighbourhood=NeighbourhoodFactory())[1]
    group = make_group(area_officer)
    AppointmentFactory(group=group, user=deputy.user, role="deputy")
    run = begin(duty_officer, text, [group])
    delivery = Delivery.objects.get(broadcast=run.broadcast)
    assert delivery.state == "handed_to" and delivery.deputies_from <= timezone.now()
    assert "ngõ 5 phố Cây Thị" in run.broadcast.body and "{" not in run.broadcast.body.replace("{so_truc_ban}", "")
    card = cards.mark_posted(actor=deputy, delivery_id=delivery.pk, kind="code", code=delivery.full_code)
    assert card is True
    kinds = set(Notice.objects.filter(user=area_officer.user).values_list("kind", flat=True))
    assert "emergency" in kinds


def test_only_named_posts_start_an_alarm(chief, area_officer, duty_officer, text):
    group = make_group(area_officer)
    with pytest.raises(Refused):
        begin(area_officer, text, [group])
    emergency.set_rules(actor=chief, starters=["area_officer"], confirm_minutes=10, ring_minutes=3)
    area_officer.facts.clear()
    with pytest.raises(Refused):
        begin(duty_officer, text, [group])
    assert begin(area_officer, text, [group]).state == "running"


def test_a_drill_cannot_reach_any_channel(duty_officer, area_officer, text, monkeypatch):
    def no_line(*args, **kwargs):
        raise AssertionError("a drill opened a line")

    monkeypatch.setattr(Transport, "__init__", no_line)
    group = make_group(area_officer, kind="gmf", remote_id="g1")
    before = Broadcast.objects.count()
    run = begin(duty_officer, text, [group], drill=True)
    emergency.acknowledge(actor=area_officer, run=run)
    later(run, 6)
    emergency.advance(ward_id=run.ward_id, run_id=run.pk)
    planning.plan_ward(ward_id=run.ward_id)
    dispatching.run_dispatch(ward_ids=[run.ward_id])
    emergency.all_clear(actor=duty_officer, run=run)
    assert (Broadcast.objects.count(), Occurrence.objects.count(), Delivery.objects.count()) == (before, 0, 0)
    assert set(Notice.objects.values_list("kind", flat=True)) <= {"emergency_drill", "emergency_over"}
    real = begin(duty_officer, text, [group])
    with pytest.raises(IntegrityError, match="drill_reaches_nobody"), transaction.atomic():
        EmergencyRun.objects.filter(pk=run.pk).update(broadcast=real.broadcast)


def test_unconfirmed_is_stopped_and_taken_down(duty_officer, area_officer, text):
    run = begin(duty_officer, text, [make_group(area_officer)])
    assert emergency.due_runs() == []
    later(run, 16)
    assert emergency.due_runs() == [(run.ward_id, run.pk)]
    assert emergency.advance(ward_id=run.ward_id, run_id=run.pk) == "down"
    run.refresh_from_db()
    run.broadcast.refresh_from_db()
    assert (run.state, run.broadcast.status) == ("down", "stopped")
    assert Delivery.objects.get().state == "cancelled"
    assert Notice.objects.filter(user=area_officer.user, kind="emergency_down").exists()
    assert not Removal.objects.exists()  # nothing had been posted


def test_an_alarm_nobody_confirmed_is_removed_where_it_was_posted(duty_officer, area_officer, text):
    run = begin(duty_officer, text, [make_group(area_officer), make_group(area_officer)])
    posted = Delivery.objects.order_by("pk").first()
    cards.mark_posted(actor=area_officer, delivery_id=posted.pk, kind="code", code=posted.full_code)
    later(run, 16)
    assert emergency.advance(ward_id=run.ward_id, run_id=run.pk) == "down"
    row = Removal.objects.get()
    assert (row.delivery_id, row.holder_id, row.delivery.broadcast.recall_kind) == (posted.pk, area_officer.id, "alarm")
    assert row.overdue_from <= timezone.now()  # whoever of the group is awake removes it
    assert emergency.advance(ward_id=run.ward_id, run_id=run.pk) == ""


def test_the_starter_cannot_confirm_and_a_confirmed_alarm_stands(chief, deputy_chief, text):
    run = begin(chief, text, [make_group(chief)])
    with pytest.raises(Refused):
        emergency.confirm(actor=chief, run=run)
    emergency.confirm(actor=deputy_chief, run=run)
    later(run, 60)
    assert emergency.advance(ward_id=run.ward_id, run_id=run.pk) != "down"


def test_rings_call_on_until_every_group_has_answered(duty_officer, area_officer, chief, person_with_post, text):
    deputy = person_with_post("group_deputy", capacity="party_secretary", neighbourhood=NeighbourhoodFactory())[1]
    first, second = make_group(area_officer), make_group(chief)
    AppointmentFactory(group=first, user=deputy.user, role="deputy")
    run = begin(duty_officer, text, [first, second])
    called = set(EmergencyCall.objects.values_list("user_id", flat=True))
    assert {area_officer.id, chief.id} <= called and deputy.id not in called and duty_officer.id not in called
    emergency.acknowledge(actor=chief, run=run)
    emergency.acknowledge(actor=chief, run=run)
    later(run, 6)
    assert emergency.advance(ward_id=run.ward_id, run_id=run.pk) == "ring"
    assert EmergencyCall.objects.get(user=deputy.user).ring == 2
    emergency.acknowledge(actor=deputy, run=run)
    run.refresh_from_db()
    figures = sheet(run)
    assert (figures.groups, figures.groups_answered, figures.silent_groups) == (2, 2, [])
    later(run, 6)
    assert emergency.advance(ward_id=run.ward_id, run_id=run.pk) == ""


def test_all_clear_goes_to_groups_that_have_the_alarm(duty_officer, chief, area_officer, text):
    have, have_not = make_group(area_officer), make_group(chief)
    run = begin(duty_officer, text, [have, have_not])
    with pytest.raises(DomainError):
        emergency.all_clear(actor=duty_officer, run=run)
    emergency.confirm(actor=chief, run=run)
    delivery = Delivery.objects.get(group=have)
    cards.mark_posted(actor=area_officer, delivery_id=delivery.pk, kind="code", code=delivery.full_code)
    run = emergency.all_clear(actor=duty_officer, run=run)
    assert [row.group_id for row in Delivery.objects.filter(broadcast=run.clear_broadcast)] == [have.pk]
    assert Delivery.objects.get(group=have_not).state == "cancelled"
    assert emergency.review(actor=duty_officer, run=run, went_well="Nhanh", to_change="").went_well == "Nhanh"


def test_the_same_alarm_does_not_start_twice_but_a_drill_may_run_beside_it(duty_officer, chief, text):
    group = make_group(chief)
    begin(duty_officer, text, [group])
    with pytest.raises(DomainError) as refusal:
        begin(chief, text, [group])
    assert refusal.value.code == "running"
    assert begin(chief, text, [group], drill=True).drill


def test_what_is_filled_in_passes_the_guard_and_is_kept_nowhere(duty_officer, chief, text):
    with pytest.raises(DomainError):
        emergency.start(actor=duty_officer, text=text, drill=False, group_ids=[make_group(chief).pk],
                        blanks={"noi": "TUYỆT MẬT kho", "gio": "20 giờ"})  # fmt: skip
    assert not EmergencyRun.objects.exists()


def test_a_missing_child_needs_the_familys_request(duty_officer, chief, deputy_chief, text):
    words = emergency_texts.Words(kind="child", source_line="Công an phường", **SAMPLES["child"])
    child = emergency_texts.approve(actor=chief, text=emergency_texts.write(actor=deputy_chief, words=words))
    blanks = BLANKS | {"dac_diem": "áo đỏ, khoảng 6 tuổi"}
    ids = [make_group(chief).pk]
    with pytest.raises(DomainError) as refusal:
        emergency.start(actor=duty_officer, text=child, drill=False, group_ids=ids, blanks=blanks)
    assert refusal.value.field == "legal_ground"
    run = emergency.start(actor=duty_officer, text=child, drill=False, group_ids=ids, blanks=blanks,
                          legal_ground="Gia đình đề nghị lúc 19 giờ")  # fmt: skip
    assert run.broadcast.valid_until is not None


def test_pages_of_an_alarm(signed_in, duty_officer, chief, text):
    group = make_group(chief)
    client = signed_in(duty_officer)
    assert client.get("/khan-cap/").status_code == 200
    url = f"/khan-cap/loi-bao/{text.pk}/phat/"
    assert client.post(url, BLANKS | {"groups": [group.pk], "mode": ""}).status_code == 422
    answer = client.post(url, BLANKS | {"groups": [group.pk], "mode": "drill"}, follow=True)
    assert answer.status_code == 200 and EmergencyRun.objects.get().drill
    other = signed_in(chief)
    run = EmergencyRun.objects.get()
    assert other.post(f"/khan-cap/{run.pk}/da-nhan/").status_code == 302
    assert EmergencyCall.objects.get(user=chief.user).acknowledged_at
    assert other.get(f"/khan-cap/{run.pk}/").status_code == 200

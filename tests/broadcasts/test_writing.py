"""From draft to approval: guard, four eyes, changed texts, walls."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from broadcasts.models import Broadcast, BroadcastVersion, Category, Delivery, Occurrence
from broadcasts.selectors import reach
from broadcasts.services import planning, scheduling, writing
from groups.models import Coverage
from tests.broadcasts.factories import approved, draft, gone_out, make_group
from tests.conftest import OTHER_WARD_ID
from tests.factories import GroupNeighbourhoodFactory, NeighbourhoodFactory
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.scope import ward_scope

pytestmark = [pytest.mark.django_db]
CANARY = "CANARYBANTIN4711"


def whole_database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [row[0] for row in cursor.fetchall()]
        found = []
        for name in names:
            cursor.execute(f'SELECT t::text FROM "{name}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_subjects_are_the_six_groups_of_the_plan(ward):
    assert Category.objects.filter(parent__isnull=True).count() == 6
    assert not Category.objects.filter(parent__isnull=True, topics__isnull=True).exists()


@pytest.mark.security
def test_a_text_with_a_secrecy_mark_is_kept_nowhere(chief):
    group = make_group(chief)
    with pytest.raises(DomainError) as refusal:
        writing.write(actor=chief, draft=draft([group], body=f"TUYỆT MẬT {CANARY} kế hoạch"))
    assert refusal.value.code == "guard"
    assert Broadcast.objects.count() == 0
    assert CANARY not in whole_database()
    event = AuditEvent.objects.get(action="broadcasts.text_refused")
    assert event.values["rules"] == ["secret.level"]
    writing.write(actor=chief, draft=draft([group], body=f"Bình thường {CANARY}"))
    assert CANARY in whole_database()  # the search does find what is kept


def test_the_page_keeps_nothing_of_a_secret_either(signed_in, chief):
    group = make_group(chief)
    topic = Category.objects.get(key="security-1")
    client = signed_in(chief)
    data = {"category": topic.pk, "title": "Tin", "source_line": "CAP", "groups": [group.pk]}
    answer = client.post("/ban-tin/soan/", data | {"body": f"tối mật {CANARY}"})
    assert answer.status_code == 422
    assert CANARY not in whole_database()
    assert AuditEvent.objects.filter(action="broadcasts.text_refused").count() == 1
    assert client.post("/ban-tin/soan/", data | {"body": "Chào bà con"}).status_code == 302


def test_a_marked_text_needs_the_approvers_tick(chief, deputy_chief):
    row = writing.write(actor=chief, draft=draft([make_group(chief)], body="Gọi số 0912 345 678 để biết thêm."))
    assert row.holds == ["personal.phone"]
    writing.submit(actor=chief, broadcast=row)
    with pytest.raises(DomainError):
        writing.approve(actor=deputy_chief, broadcast=row, version=1)
    done = writing.approve(actor=deputy_chief, broadcast=row, version=1, accept_findings=True)
    assert done.findings_accepted


@pytest.mark.security
def test_nobody_approves_their_own_text(chief, deputy_chief):
    row = writing.write(actor=chief, draft=draft([make_group(chief)]))
    writing.submit(actor=chief, broadcast=row)
    with pytest.raises(Refused):
        writing.approve(actor=chief, broadcast=row, version=1)
    writing.edit(actor=deputy_chief, broadcast=row, draft=draft(list(_groups(row)), title="Sửa"))
    writing.submit(actor=deputy_chief, broadcast=row)
    with pytest.raises(Refused):
        writing.approve(actor=deputy_chief, broadcast=row, version=2)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        Broadcast.objects.filter(pk=row.pk).update(approved_by=chief.user)


def _groups(row):
    return [target.group for target in row.targets.select_related("group")]


def test_area_officer_may_not_approve_and_deputy_not_write(chief, area_officer, person_with_post, ward):
    row = writing.write(actor=chief, draft=draft([make_group(chief)]))
    writing.submit(actor=chief, broadcast=row)
    with pytest.raises(Broadcast.DoesNotExist):
        writing.approve(actor=area_officer, broadcast=row, version=1)
    clerk = person_with_post("outlet_keeper")[1]
    with pytest.raises(Refused):
        writing.write(actor=clerk, draft=draft([make_group()]))


def test_a_change_after_approval_asks_again_and_calls_the_plan_off(chief, deputy_chief):
    row = approved(chief, deputy_chief, [make_group(chief)])
    scheduling.schedule(actor=chief, broadcast=row, at=timezone.now() + timedelta(hours=3))
    changed = writing.edit(actor=chief, broadcast=row, draft=draft(_groups(row), title="Tên khác"))
    assert (changed.status, changed.approved_by_id, changed.version) == ("draft", None, 2)
    assert Occurrence.objects.get().state == "stopped"
    assert list(BroadcastVersion.objects.values_list("number", flat=True)) == [1, 2]
    with pytest.raises(DomainError):
        scheduling.schedule(actor=chief, broadcast=row)


def test_only_the_version_that_was_read_is_approved(chief, deputy_chief):
    row = writing.write(actor=chief, draft=draft([make_group(chief)]))
    writing.edit(actor=chief, broadcast=row, draft=draft(_groups(row), title="Mới"))
    writing.submit(actor=chief, broadcast=row)
    with pytest.raises(DomainError):
        writing.approve(actor=deputy_chief, broadcast=row, version=1)


def test_empty_merge_field_is_refused_at_approval(chief, deputy_chief):
    row = writing.write(actor=chief, draft=draft([make_group()], body="Liên hệ {ten_cskv}."))
    writing.submit(actor=chief, broadcast=row)
    with pytest.raises(DomainError) as refusal:
        writing.approve(actor=deputy_chief, broadcast=row, version=1)
    assert "{ten_cskv}" in str(refusal.value.message)


def test_groups_of_others_cannot_be_addressed(area_officer, chief):
    with pytest.raises(DomainError):
        writing.write(actor=area_officer, draft=draft([make_group(chief)]))
    own = make_group(area_officer)
    assert writing.write(actor=area_officer, draft=draft([own])).pk


def test_wanted_persons_need_ground_and_end(chief):
    topic = Category.objects.get(key="notices-2")
    group = make_group(chief)
    with pytest.raises(DomainError) as refusal:
        writing.write(actor=chief, draft=draft([group], category=topic))
    assert refusal.value.field == "legal_ground"


def test_another_ward_sees_nothing(chief, deputy_chief, other_ward):
    gone_out(chief, deputy_chief, [make_group(chief)])
    assert Delivery.objects.count() == 1
    with ward_scope(OTHER_WARD_ID):
        assert not Broadcast.objects.exists()
        assert not Delivery.objects.exists()
        assert not Occurrence.objects.exists()


def test_planning_twice_delivers_once(chief, deputy_chief):
    occurrence = gone_out(chief, deputy_chief, [make_group(chief), make_group(chief)])
    assert Delivery.objects.count() == 2
    assert planning.fan_out(occurrence) == 0
    assert planning.plan_ward(ward_id=occurrence.ward_id) == 0
    assert Delivery.objects.count() == 2
    assert len(set(Delivery.objects.values_list("code", flat=True))) == 2


def test_what_missed_its_time_is_not_posted_late(chief, deputy_chief):
    row = approved(chief, deputy_chief, [make_group(chief)])
    occurrence = scheduling.schedule(actor=chief, broadcast=row)
    Occurrence.objects.filter(pk=occurrence.pk).update(planned_at=timezone.now() - timedelta(minutes=20))
    assert planning.plan_ward(ward_id=row.ward_id) == 0
    row.refresh_from_db()
    assert (row.status, Delivery.objects.count(), Occurrence.objects.get().state) == ("approved", 0, "missed")


def test_stop_calls_open_cards_off(chief, deputy_chief):
    occurrence = gone_out(chief, deputy_chief, [make_group(chief)])
    writing.stop(actor=chief, broadcast=occurrence.broadcast, reason="Sai giờ")
    assert Delivery.objects.get().state == "cancelled"
    assert AuditEvent.objects.filter(action="broadcasts.stopped").exists()


def test_codes_of_a_going_out_are_all_different_without_drawing_lots(chief, deputy_chief):
    rows = [make_group(chief) for _n in range(40)]
    gone_out(chief, deputy_chief, rows)
    sequence = {}
    for pk, code in Delivery.objects.values_list("pk", "code"):
        mixed = (pk * 387_420_489 + 123_456_789) % 2**30
        sequence[code] = "VK-" + "".join(
            "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"[mixed >> place & 31] for place in range(25, -1, -5)
        )
    assert len(sequence) == 40
    assert all(code == expected for code, expected in sequence.items())


def test_the_page_says_how_many_households_it_reaches_and_where_none(chief, signed_in):
    served, left_out = NeighbourhoodFactory(number=1), NeighbourhoodFactory(number=2)
    group = make_group(chief)
    GroupNeighbourhoodFactory(group=group, neighbourhood=served)
    with ward_scope(chief.ward_id):
        for place, households in ((served, 2), (left_out, 1)):
            Coverage.objects.update_or_create(
                neighbourhood=place, ward_id=chief.ward_id, defaults={"households": households, "covered": 1}
            )
    row = writing.write(actor=chief, draft=draft([group]))
    found = reach(row)
    assert (found.households, found.reached, found.missed, found.unserved) == (3, 1, 2, [left_out.name])
    page = signed_in(chief).get(f"/ban-tin/{row.uuid}/").content.decode()
    assert "2 hộ không nhận được qua nhóm nào" in page

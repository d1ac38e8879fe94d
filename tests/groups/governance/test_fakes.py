"""The register of suspected fakes, the warning drafted from it, and the clocks of take-downs."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from broadcasts.models import Broadcast, Target
from groups.models import GroupReport, SuspectedFake, TakeDownTerm
from groups.selectors import fakes as selectors
from groups.services import fakes as services
from groups.services import groups as group_services
from vikhe_portal.core.errors import DomainError, Refused

HOUR = timedelta(hours=1)


def follow(actor, fake, status, address="zalo.me/g/giamao"):
    return services.follow_up(actor=actor, fake=fake, status=status, kind="group", address=address, note="")


def test_a_residents_report_of_a_fake_opens_the_register_with_its_clock(ground, chief, signed_in):
    group_services.report_group(group=ground.groups[0], kind="fake", text="Nhóm lạ mạo danh tổ dân phố")
    group_services.report_group(group=ground.groups[0], kind="post", text="Bài quảng cáo trong nhóm")
    entry = SuspectedFake.objects.get()
    assert entry.report.kind == "fake" and entry.due_at - entry.report.received_at == 48 * HOUR
    assert not entry.late
    with time_machine.travel(timezone.now() + 49 * HOUR):
        assert SuspectedFake.objects.get().late
    page = signed_in(ground.taker_actor).get(reverse("groups:fake", args=[entry.pk]))
    assert "mạo danh tổ dân phố" in page.content.decode()


def test_follow_up_goes_only_where_it_leads_and_a_confirmed_fake_has_its_address(ground):
    actor = ground.giver_actor
    entry = services.enter_fake(actor=actor, kind="group", address="zalo.me/g/giamao", note="")
    with pytest.raises(DomainError):
        follow(actor, entry, "gone")
    with pytest.raises(DomainError) as refusal:
        follow(actor, entry, "confirmed", address="")
    assert refusal.value.field == "address"
    follow(actor, entry, "confirmed")
    follow(actor, entry, "reported")
    assert follow(actor, entry, "gone").status == "gone"
    with pytest.raises(DomainError):
        follow(actor, entry, "confirmed")


def test_the_same_address_stands_in_the_register_once(ground):
    services.enter_fake(actor=ground.giver_actor, kind="group", address="zalo.me/g/giamao", note="")
    with pytest.raises(DomainError) as refusal:
        services.enter_fake(actor=ground.giver_actor, kind="group", address=" ZALO.me/g/giamao ", note="")
    assert refusal.value.field == "address"


def test_one_press_drafts_the_warning_for_every_group_once(ground, chief, signed_in):
    entry = services.enter_fake(actor=chief, kind="phone", address="số giả 0900", note="")
    client, url = signed_in(chief), reverse("broadcasts:fake-warning", args=[entry.pk])
    client.post(url)
    assert not Broadcast.objects.exists()
    services.follow_up(actor=chief, fake=entry, status="confirmed", kind="group", address="Nhóm ANTT giả", note="")
    answer = client.post(url)
    draft = Broadcast.objects.get()
    assert answer["Location"] == reverse("broadcasts:edit", args=[draft.uuid])
    assert draft.status == "draft" and "Nhóm ANTT giả" in draft.body
    assert set(Target.objects.values_list("group_id", flat=True)) == {group.pk for group in ground.groups}
    assert client.get(answer["Location"]).status_code == 200
    client.post(url)
    assert Broadcast.objects.count() == 1


def test_the_register_is_for_the_police(ground, committee_member, signed_in):
    services.enter_fake(actor=ground.giver_actor, kind="page", address="vikhe.example", note="")
    assert selectors.register(committee_member) == []
    assert signed_in(committee_member).get(reverse("groups:fakes")).status_code == 403
    with pytest.raises(Refused):
        services.enter_fake(actor=committee_member, kind="page", address="khac.example", note="")


def test_an_authoritys_request_is_due_after_24_hours_a_complaint_after_48(ground, signed_in):
    client, group = signed_in(ground.giver_actor), ground.groups[0]
    received = timezone.localtime() - 3 * HOUR
    url = reverse("groups:group-order", args=[group.pk])
    assert "24 giờ" in client.get(url).content.decode()
    typed = {"authority": "Sở Văn hóa", "text": "Bài đăng sai sự thật về dịch bệnh"}
    late = client.post(url, {**typed, "received_at": (received + 9 * HOUR).strftime("%Y-%m-%dT%H:%M")})
    assert late.status_code == 422 and "dịch bệnh" in late.content.decode()
    assert client.post(url, {**typed, "received_at": received.strftime("%Y-%m-%dT%H:%M")}).status_code == 302
    order = GroupReport.objects.get()
    assert order.due_at - order.received_at == 24 * HOUR and "147/2024" in order.basis
    assert b"sai s" not in bytes(order.text)
    assert Notice.objects.filter(user=ground.giver).exists()
    complaint = group_services.report_group(group=group, kind="post", text="Bài quảng cáo trong nhóm")
    assert complaint.due_at - complaint.received_at == 48 * HOUR
    page = client.get(reverse("groups:report-handle", args=[order.pk])).content.decode()
    assert "Sở Văn hóa" in page and "147/2024" in page


def test_a_later_version_of_the_time_holds_from_its_day(ground):
    tomorrow = timezone.localdate() + timedelta(days=1)
    TakeDownTerm.objects.create(asked="complaint", hours=12, basis="Nghị định mới", effective_from=tomorrow)
    assert services.term_on("complaint", timezone.now()).hours == 48
    assert services.term_on("complaint", timezone.now() + timedelta(days=2)).hours == 12
    with pytest.raises(DomainError):
        services.term_on("complaint", timezone.make_aware(timezone.datetime(2020, 1, 1)))
    assert TakeDownTerm.objects.filter(effective_from__lt=date(2025, 1, 1)).count() == 2


def test_residents_cannot_enter_an_authoritys_request(ground, client):
    url = reverse("groups:public-report", args=[ground.groups[0].token])
    answer = client.post(url, {"kind": "order", "text": "Gỡ bài này ngay lập tức"})
    assert answer.status_code == 422 and not GroupReport.objects.exists()

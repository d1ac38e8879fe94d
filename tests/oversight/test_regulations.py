"""The regulation of the groups: versions, and the acknowledgement of each by every leader and deputy."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from accounts.selectors import actor_for
from oversight.models import Regulation, RegulationAcknowledgement
from oversight.selectors import regulations as reads
from oversight.services import regulations as services
from tests.factories import NeighbourhoodFactory, make_post, make_user
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.django_db


def publish(actor, **fields):
    fields = {"title": "Quy chế", "text": "1. Điều một", "effective_on": timezone.localdate(), **fields}
    return services.publish_regulation(actor=actor, **fields)


@pytest.fixture
def officer(person_with_post):
    return person_with_post("area_officer")[1]


@pytest.fixture
def deputy(person_with_post):
    place = NeighbourhoodFactory()
    return person_with_post("group_deputy", capacity="neighbourhood_head", neighbourhood=place)[1]


def test_a_version_is_told_to_every_leader_and_deputy(chief, officer, deputy):
    row = publish(chief)
    assert row.version == 1
    told = set(Notice.objects.filter(url=f"/quy-che/{row.pk}/").values_list("user_id", flat=True))
    assert told == {officer.id, deputy.id}
    assert AuditEvent.objects.filter(action="regulations.published").exists()


def test_a_new_version_says_what_changed_and_begins_no_earlier(chief):
    publish(chief)
    with pytest.raises(DomainError):
        publish(chief)
    with pytest.raises(DomainError):
        publish(chief, changes="Thêm điều hai", effective_on=timezone.localdate() - timedelta(days=1))
    assert publish(chief, changes="Thêm điều hai").version == 2


def test_a_version_shows_line_by_line_what_changed(chief, officer, signed_in):
    first = publish(chief, text="1. Giữ\n2. Không mua bán\n3. Cũ\n4. Giữ\n5. Xa")
    second = publish(chief, text="1. Giữ\n2. Không mua bán\n3. <b>Mới\n4. Giữ\n5. Xa", changes="Điều 3")
    assert reads.differences(first) == []
    assert [(one.state, one.text) for one in reads.differences(second)] == [
        ("", "2. Không mua bán"),
        ("removed", "3. Cũ"),
        ("added", "3. <b>Mới"),
        ("", "4. Giữ"),
    ]
    page = signed_in(officer).get(reverse("oversight:regulation", args=[second.pk])).content.decode()
    assert "<del>3. Cũ</del>" in page
    assert "<ins>3. &lt;b&gt;Mới</ins>" in page
    old = signed_in(officer).get(reverse("oversight:regulation", args=[first.pk])).content.decode()
    assert "<del" not in old


def test_acknowledging_counts_once_and_only_for_the_version_that_binds(chief, officer, deputy):
    first = publish(chief)
    for _twice in range(2):
        services.acknowledge(actor=officer, regulation=first)
    assert RegulationAcknowledgement.objects.count() == 1
    assert [person.pk for person in reads.missing(chief, first)] == [deputy.id]
    second = publish(chief, changes="Thêm điều hai")
    with pytest.raises(DomainError):
        services.acknowledge(actor=deputy, regulation=first)
    assert reads.missing_now(chief) == 2
    assert reads.waiting_for(officer)[0]["pk"] == second.pk


def test_who_is_bound_may_acknowledge_and_the_chief_alone_publishes(chief, officer, committee_member, duty_officer):
    row = publish(chief)
    for actor in (committee_member, duty_officer, chief):
        with pytest.raises(Refused):
            services.acknowledge(actor=actor, regulation=row)
    for actor in (officer, committee_member, duty_officer):
        with pytest.raises(Refused):
            publish(actor, changes="x")


def test_another_wards_regulation_does_not_exist_here(chief, officer, other_ward, signed_in):
    with ward_scope(other_ward.pk):
        user = make_user()
        make_post(user, "chief", ward_id=other_ward.pk)
        theirs = publish(actor_for(user, other_ward.pk))
    assert signed_in(officer).get(reverse("oversight:regulation", args=[theirs.pk])).status_code == 404
    assert signed_in(officer).post(reverse("oversight:regulation-acknowledge", args=[theirs.pk])).status_code == 404


def test_the_walk_through_the_pages(chief, officer, deputy, signed_in):
    client = signed_in(chief)
    form = client.get(reverse("oversight:regulation-publish"))
    assert reads.STARTING_TEXT.splitlines()[0] in form.content.decode()
    client.post(
        reverse("oversight:regulation-publish"),
        {"title": "Quy chế", "text": reads.STARTING_TEXT, "effective_on": timezone.localdate().isoformat()},
    )
    row = Regulation.objects.get()
    client = signed_in(officer)
    assert f"/quy-che/{row.pk}/" in client.get("/").content.decode()
    client.post(reverse("oversight:regulation-acknowledge", args=[row.pk]))
    assert f"/quy-che/{row.pk}/" not in client.get("/").content.decode()
    page = signed_in(chief).get(reverse("oversight:regulation", args=[row.pk]))
    assert [person.pk for person in page.context["missing"]] == [deputy.id]


def test_who_has_not_acknowledged_is_reminded_once_a_week_and_nobody_else(ward, chief, officer, deputy, monkeypatch):
    from oversight import tasks

    row, now = publish(chief), timezone.now()
    services.acknowledge(actor=officer, regulation=row)
    assert services.remind_of_regulation(ward_id=ward.pk, now=now + timedelta(days=6)) == 0
    place = NeighbourhoodFactory()
    late_user = make_user()
    make_post(late_user, "group_deputy", capacity="party_secretary", neighbourhood=place)
    assert services.remind_of_regulation(ward_id=ward.pk, now=now) == 1  # appointed since: told at once
    services.acknowledge(actor=actor_for(late_user, ward.pk), regulation=row)
    later = now + timedelta(days=8)
    assert services.remind_of_regulation(ward_id=ward.pk, now=later) == 1
    newest = Notice.objects.order_by("-id").first()
    assert (newest.user_id, newest.kind, newest.url) == (deputy.id, "regulation", f"/quy-che/{row.pk}/")
    Notice.objects.filter(pk=newest.pk).update(created_at=later)
    assert services.remind_of_regulation(ward_id=ward.pk, now=later + timedelta(days=6)) == 0
    assert services.remind_of_regulation(ward_id=ward.pk, now=later + timedelta(days=8)) == 1
    calls = []
    monkeypatch.setattr(tasks, "remind_of_regulation", lambda *, ward_id: calls.append(ward_id))
    tasks.ward_day(ward_id=ward.pk)
    assert calls == [ward.pk]

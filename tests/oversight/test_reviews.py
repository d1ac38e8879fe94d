"""Periodic reports: drafted, frozen, approved, signed, never changed after."""

from __future__ import annotations

import io
import zipfile
from datetime import date, timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice
from accounts.selectors import actor_for
from groups.services.coverage import recount_ward
from oversight import tasks
from oversight.models import Review
from oversight.selectors import reviews as reads
from oversight.services import reviews as services
from tests.factories import HouseholdFactory, NeighbourhoodFactory, make_post, make_user
from tests.oversight.conftest import simple
from tests.tips.factories import make_tip
from vikhe_portal.core import crypto, files
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.permissions import system_actor
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.django_db


def draft(actor, kind="month", day=None):
    return services.draft_review(actor=actor, kind=kind, day=day or timezone.localdate())


def signed(chief, head, **fields):
    review = services.approve_review(actor=chief, review=draft(chief, **fields))
    return services.sign_review(actor=head, review=review)


def words(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("word/document.xml").decode()


def figure(review, key):
    return next(row for row in review.figures if row["key"] == key)


def test_a_draft_holds_its_figures_with_the_query_behind_each(chief, only_figures):
    only_figures(simple("received", lambda actor, period: period.start.month))
    review = draft(chief, day=date(2026, 10, 9))
    row = figure(review, "received")
    assert (row["value"], row["before"]) == (10, 9)
    assert row["query"] == {
        "figure": "received",
        "start": "2026-10-01",
        "end": "2026-10-31",
        "url": "/received/?2026-10-01",
    }
    assert AuditEvent.objects.filter(action="reviews.drafted", object_id=str(review.pk)).count() == 1


def test_a_figure_of_the_moment_is_compared_with_what_the_report_before_had_frozen(chief, only_figures):
    only_figures(simple("waiting", 7, now=True))
    draft(chief, day=date(2026, 9, 9))
    only_figures(simple("waiting", 4, now=True))
    row = figure(draft(chief, day=date(2026, 10, 9)), "waiting")
    assert (row["value"], row["before"]) == (4, 7)


def test_a_record_changed_after_the_cutoff_changes_neither_figures_nor_file(chief, head):
    household = HouseholdFactory()
    recount_ward(ward_id=chief.ward_id)
    make_tip()
    review = signed(chief, head)
    before = (review.figures, review.annexes, services.download_review(actor=head, review=review))
    assert figure(review, "tips_received")["value"] == 1
    make_tip()
    HouseholdFactory(neighbourhood=household.neighbourhood)
    recount_ward(ward_id=chief.ward_id)
    review.refresh_from_db()
    assert (review.figures, review.annexes, services.download_review(actor=head, review=review)) == before


def test_a_draft_too_stays_as_counted_until_it_is_counted_again(chief):
    make_tip()
    review = draft(chief)
    first = services.download_review(actor=chief, review=review)
    make_tip()
    review.refresh_from_db()
    assert services.download_review(actor=chief, review=review) == first
    again = services.count_again(actor=chief, review=review)
    assert figure(again, "tips_received")["value"] == 2
    assert again.cutoff_at > review.cutoff_at


def test_figures_of_the_report_equal_the_dashboard_of_a_committee_member(chief, committee_member, signed_in):
    for _number in range(6):
        make_tip()
    HouseholdFactory()
    recount_ward(ward_id=chief.ward_id)
    review = draft(chief)
    page = signed_in(committee_member).get(reverse("oversight:dashboard"), {"kind": "month"})
    shown = {
        one.figure.key: one.value for group in page.context["groups"] for one in group["figures"] if not one.hidden
    }
    frozen = {row["key"]: row["value"] for row in review.figures}
    assert shown["tips_received"] == 6
    assert {key: frozen[key] for key in shown} == shown


def test_a_tip_about_staff_is_in_no_report(chief):
    tip = make_tip("police")
    assert tip.route == "chief"
    review = draft(chief)
    assert figure(review, "tips_received")["value"] == 0
    assert figure(review, "tips_open")["value"] == 0


def test_a_draft_is_marked_and_a_signed_report_has_number_day_and_name(chief, head):
    review = draft(chief, "half_year")
    drafted = words(services.download_review(actor=chief, review=review))
    assert "DỰ THẢO" in drafted
    review = services.sign_review(actor=head, review=services.approve_review(actor=chief, review=review))
    final = words(services.download_review(actor=chief, review=review))
    assert "DỰ THẢO" not in final
    assert "Số: 01/BC-BCĐ" in final
    assert head.user.full_name in final
    assert "Sơ kết 6 tháng" in final
    assert "Số liệu trong báo cáo được chốt lúc" in final


def test_handovers_under_way_are_counted_in_the_report_and_open_no_rows(chief, only_figures):
    open_now = simple("handovers_open", 2, group="handover", permission="groups.handover", now=True)
    only_figures(open_now, simple("moves", 9, permission="groups.handover", now=True))
    review = draft(chief)
    assert [(row["key"], row["value"], row["query"]["url"]) for row in review.figures] == [("handovers_open", 2, "")]
    assert "handovers open: 2" in words(services.download_review(actor=chief, review=review)).lower()


def test_nothing_has_risen_from_a_period_in_which_nothing_could_be_measured(chief, only_figures):
    def share(actor, period):
        return (33, 35) if period.end >= timezone.localdate() else (0, 0)

    only_figures(simple("in_time", share, kind="percent", good="up"))
    assert draft(chief).sections["strengths"] == ""


def test_the_pdf_is_drawn_from_what_was_frozen_and_stays_so(chief, head, signed_in):
    make_tip()
    review = draft(chief)
    drafted = services.download_review_pdf(actor=chief, review=review)
    review = services.sign_review(actor=head, review=services.approve_review(actor=chief, review=review))
    before = services.download_review_pdf(actor=chief, review=review)
    assert before != drafted
    make_tip()
    review = reads.review(chief, review.pk)
    assert services.download_review_pdf(actor=chief, review=review) == before
    answer = signed_in(head).get(reverse("oversight:review-pdf", args=[review.pk]))
    assert (answer["Content-Type"], answer.content) == ("application/pdf", before)
    assert AuditEvent.objects.filter(action="reviews.downloaded", values__format="pdf").count() == 4


def test_numbers_run_on_in_the_committees_own_series(chief, head):
    assert [signed(chief, head, day=date(2026, month, 1)).number for month in (8, 9, 10)] == [1, 2, 3]


def test_a_signed_report_is_held_by_the_database_itself(chief, head):
    review = signed(chief, head)
    for change in (
        lambda: Review.objects.filter(pk=review.pk).update(figures=[]),
        lambda: Review.objects.filter(pk=review.pk).delete(),
    ):
        with pytest.raises(ProgrammingError, match="signed report"), transaction.atomic():
            change()


def test_a_stored_file_that_was_exchanged_is_not_handed_out(chief, head):
    review = signed(chief, head)
    other = crypto.encrypt(b"another", ward_id=chief.ward_id, context=files.CONTEXT, row=review.document)
    files._path(chief.ward_id, review.document).write_bytes(other)
    with pytest.raises(DomainError):
        services.download_review(actor=chief, review=review)


@pytest.mark.parametrize("step", [services.count_again, services.approve_review])
def test_nothing_but_signing_or_giving_back_follows_an_approval(chief, step):
    review = services.approve_review(actor=chief, review=draft(chief))
    with pytest.raises(DomainError):
        step(actor=chief, review=review)
    with pytest.raises(DomainError):
        services.edit_sections(actor=chief, review=review, sections={"causes": "Mưa bão."})


def test_the_head_gives_back_with_a_reason_and_the_text_can_be_changed_again(chief, head):
    review = services.approve_review(actor=chief, review=draft(chief))
    with pytest.raises(DomainError):
        services.return_review(actor=head, review=review, reason=" ")
    review = services.return_review(actor=head, review=review, reason="Bổ sung nguyên nhân")
    review = services.edit_sections(actor=chief, review=review, sections={"causes": "- Dân đi làm xa", "figures": "9"})
    assert review.sections["causes"] == "- Dân đi làm xa"
    assert "figures" not in review.sections
    assert "Dân đi làm xa" in words(services.download_review(actor=head, review=review))


def test_a_draft_cannot_be_signed(chief, head):
    with pytest.raises(DomainError):
        services.sign_review(actor=head, review=draft(chief))


def test_a_period_has_one_report_and_none_before_it_begins(chief):
    draft(chief)
    with pytest.raises(DomainError):
        draft(chief)
    with pytest.raises(DomainError):
        draft(chief, day=timezone.localdate() + timedelta(days=400))


@pytest.mark.parametrize("kind", ["committee_member", "area_officer", "duty_officer", "ward_admin", "group_deputy"])
def test_only_the_management_team_drafts(person_with_post, kind):
    place = {}
    if kind == "group_deputy":
        place = {"capacity": "neighbourhood_head", "neighbourhood": NeighbourhoodFactory()}
    with pytest.raises(Refused):
        draft(person_with_post(kind, **place)[1])


def test_who_may_not_approve_or_sign_is_refused(chief, head, committee_member, person_with_post):
    deputy = person_with_post("deputy_chief")[1]
    review = draft(chief)
    for actor in (head, committee_member, deputy):
        with pytest.raises(Refused):
            services.approve_review(actor=actor, review=review)
    review = services.approve_review(actor=chief, review=review)
    for actor in (chief, committee_member, deputy):
        with pytest.raises(Refused):
            services.sign_review(actor=actor, review=review)


def test_another_wards_report_does_not_exist_here(chief, signed_in, other_ward):
    with ward_scope(other_ward.pk):
        user = make_user()
        make_post(user, "chief", ward_id=other_ward.pk)
        theirs = draft(actor_for(user, other_ward.pk))
    client = signed_in(chief)
    for name in ("review", "review-file", "review-edit"):
        assert client.get(reverse(f"oversight:{name}", args=[theirs.pk])).status_code == 404


@pytest.mark.parametrize(
    ("today", "kinds"),
    [
        (date(2026, 11, 23), {"week"}),
        (date(2026, 11, 26), set()),
        # A Wednesday: the week that ended on Sunday is made up for.
        (date(2026, 7, 1), {"week", "month", "quarter", "half_year"}),
        (date(2027, 1, 1), {"month", "quarter", "half_year", "year"}),
        (date(2027, 1, 4), {"week"}),
    ],
)
def test_on_the_day_the_drafts_are_waiting(ward, only_figures, monkeypatch, today, kinds):
    only_figures(simple("received", 3))
    monkeypatch.setattr("oversight.services.reviews.timezone.localdate", lambda *args: today)
    services.draft_due_reviews(actor=system_actor(ward.pk), today=today)
    services.draft_due_reviews(actor=system_actor(ward.pk), today=today)  # a doubled tick makes nothing twice
    assert set(Review.objects.values_list("kind", flat=True)) == kinds
    assert Review.objects.count() == len(kinds)


def test_the_tick_drafts_through_the_task_and_tells_the_chief(chief, monkeypatch):
    monkeypatch.setattr("oversight.tasks.timezone.localdate", lambda *args: date(2026, 11, 2))
    tasks.ward_day(ward_id=chief.ward_id)
    assert Review.objects.filter(kind="month", start=date(2026, 10, 1)).exists()
    assert Notice.objects.filter(user=chief.user, kind="review").exists()


def test_the_walk_from_draft_to_signed_file_in_the_pages(chief, head, signed_in):
    client = signed_in(chief)
    page = client.post(reverse("oversight:review-draft"), {"kind": "week", "day": timezone.localdate().isoformat()})
    review = Review.objects.get()
    assert page["Location"] == reverse("oversight:review", args=[review.pk])
    texts = {key: "" for key, _title in reads.SECTIONS} | {"tasks": "- Giữ vững kết quả"}
    assert client.post(reverse("oversight:review-edit", args=[review.pk]), texts).status_code == 302
    client.post(reverse("oversight:review-step", args=[review.pk, "duyet"]))
    assert client.post(reverse("oversight:review-step", args=[review.pk, "ky"])).status_code == 403
    client = signed_in(head)
    client.get(reverse("oversight:review", args=[review.pk]))  # what the steps before said is read
    page = client.post(reverse("oversight:review-step", args=[review.pk, "ky"]), follow=True)
    review.refresh_from_db()
    assert review.status == "signed"
    assert list(page.context["messages"]) == []  # the signed report says it itself, once
    answer = client.get(reverse("oversight:review-file", args=[review.pk]))
    assert answer["Content-Disposition"].endswith('.docx"')
    assert "Giữ vững kết quả" in words(answer.content)
    assert client.post(reverse("oversight:review-step", args=[review.pk, "xoa"])).status_code == 404

"""Pages: nothing typed is lost, nothing personal in addresses, titles, logs; lists cost the same for any length."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from tests.factories import ZaloGroupFactory, days_ago
from tests.tips.factories import WORDS, make_tip
from tips.models import Kind, SealedReporter, Tip, Urgency
from tips.services import receipts
from tips.services.intake import Reporter
from vikhe_portal.core import figures
from vikhe_portal.core.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """The form was looked at for more than three seconds."""
    monkeypatch.setattr(receipts, "FASTEST_SECONDS", -1)


def second_step(client, url: str, about: str = "matter") -> str:
    page = client.post(url, {"about": about}).content.decode()
    return re.search(r'name="token" value="([^"]+)"', page).group(1)


@pytest.fixture
def form_url(ward) -> str:
    return reverse("tips:public-form", args=[ZaloGroupFactory().token])


def test_the_way_of_a_resident_from_the_code_to_the_answer(client, form_url, signed_in, duty_officer):
    start = client.get(form_url)
    assert start.status_code == 200 and "tel:113" in start.content.decode() and not start.cookies
    assert 'name="reporter_name"' not in start.content.decode()
    token = second_step(client, form_url)
    thanks = client.post(form_url, {"about": "matter", "token": token, "text": WORDS, "kind": "crime"})
    code = re.search(r"(\d{4} \d{4})<br>(\d{4} \d{4})", thanks.content.decode())
    assert code and not thanks.cookies and thanks.status_code == 200
    tip = Tip.objects.get()
    staff = signed_in(duty_officer)
    assert tip.code in staff.get(reverse("tips:queue")).content.decode()
    page = staff.get(reverse("tips:detail", args=[tip.uuid])).content.decode()
    assert WORDS in page and WORDS not in re.search(r"<title>(.*?)</title>", page, re.S).group(1)
    staff.post(reverse("tips:classify", args=[tip.uuid]), {"track": "feedback", "urgency": "0", "kind": "other"})
    staff.post(reverse("tips:answer", args=[tip.uuid]), {"text": "Đã xử lý xong."})
    client.logout()
    seen = client.post(reverse("tips:receipt"), {"code": f"{code.group(1)} {code.group(2)}"})
    assert "Đã xử lý xong." in seen.content.decode()
    ticket = re.search(r'name="ticket" value="([^"]+)"', seen.content.decode()).group(1)
    client.post(reverse("tips:receipt"), {"ticket": ticket, "act": "disagree", "text": "Chưa xong."})
    tip.refresh_from_db()
    assert tip.status == "escalated"


@pytest.mark.parametrize(
    ("fields", "files", "said"),
    [
        ({"text": "x" * 4001}, 0, "4000"),
        ({"text": "CANARY giữ lại", "website": "http://spam"}, 0, ""),
        ({"text": "CANARY giữ lại"}, 6, "5"),
        ({"text": "CANARY giữ lại", "occurred_on": "2999-01-01"}, 0, ""),
    ],
)
def test_a_refusal_keeps_what_was_typed(client, form_url, photo, fields, files, said):
    from django.core.files.uploadedfile import SimpleUploadedFile

    token = second_step(client, form_url)
    data = {"about": "matter", "token": token, **fields}
    if files:
        data["pictures"] = [SimpleUploadedFile(f"{number}.jpg", photo) for number in range(files)]
    answer = client.post(form_url, data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert fields["text"][:4000] in page and said in page
    assert Tip.objects.count() == 0


def test_forged_or_foreign_form_tokens_are_renewed_with_the_text_kept(client, form_url, ward):
    other = second_step(client, reverse("tips:ward-form", args=[ward.pk]))
    for token in ("forged", other, second_step(client, form_url, about="police")):
        answer = client.post(form_url, {"about": "matter", "token": token, "text": WORDS})
        assert answer.status_code == 422 and WORDS in answer.content.decode()
    assert Tip.objects.count() == 0


@pytest.mark.parametrize("about", ["police", "bribery", "leader", "head"])
def test_no_name_is_asked_for_or_taken_in_a_report_about_officials(client, sealed_ward, ward, about):
    url = reverse("tips:ward-form", args=[ward.pk])
    asked = client.post(url, {"about": "matter"}).content.decode()
    assert 'name="reporter_phone"' in asked
    assert 'name="reporter_phone"' not in client.post(url, {"about": about}).content.decode()
    token = second_step(client, url, about)
    client.post(url, {"about": about, "token": token, "text": WORDS, "reporter_name": "CANARY", "reporter_phone": "09"})
    assert Tip.objects.count() == 1 and not SealedReporter.objects.exists()


def test_without_a_decision_no_identity_is_asked_for(client, form_url):
    assert 'name="reporter_phone"' not in client.post(form_url, {"about": "matter"}).content.decode()


def test_an_unknown_or_archived_group_has_no_form(client, ward):
    gone = ZaloGroupFactory(status="archived")
    assert client.get(reverse("tips:public-form", args=[gone.token])).status_code == 404
    assert client.get(reverse("tips:public-form", args=["nosuchtoken"])).status_code == 404
    assert client.get(reverse("tips:ward-form", args=[1])).status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_the_queue_costs_the_same_for_any_number_of_tips(signed_in, duty_officer, rows, assert_queries):
    for _row in range(rows):
        make_tip()
    client = signed_in(duty_officer)
    with assert_queries("tips:queue"):
        client.get(reverse("tips:queue"))


def test_the_queue_renews_itself_with_the_rows_alone(signed_in, duty_officer):
    make_tip()
    answer = signed_in(duty_officer).get(reverse("tips:queue"), headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert "<html" not in page and "TB-" in page and "HX-Request" in answer["Vary"]


def test_the_committee_sees_the_row_but_no_word_and_no_picture(signed_in, committee_member, photo):
    tip = make_tip(uploads=[photo])
    client = signed_in(committee_member)
    assert tip.code in client.get(reverse("tips:queue")).content.decode()
    page = client.get(reverse("tips:detail", args=[tip.uuid]))
    assert page.status_code == 200 and WORDS not in page.content.decode() and "/anh/" not in page.content.decode()
    assert client.get(reverse("tips:picture", args=[tip.uuid, 0])).status_code == 403
    assert client.get(reverse("tips:answer", args=[tip.uuid])).status_code == 403
    assert AuditEvent.objects.filter(action="tips.read").count() == 0


def test_a_picture_is_served_as_a_picture_and_nothing_else(signed_in, duty_officer, photo):
    tip = make_tip(uploads=[photo])
    answer = signed_in(duty_officer).get(reverse("tips:picture", args=[tip.uuid, 0]))
    assert answer["Content-Type"] == "image/jpeg" and answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer["Content-Security-Policy"]


def test_words_are_shown_as_words_and_never_run(signed_in, duty_officer):
    tip = make_tip(text='<script>alert(1)</script><img src=x hx-get="/x">')
    page = signed_in(duty_officer).get(reverse("tips:detail", args=[tip.uuid])).content.decode()
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page and 'hx-get="/x"' not in page


def test_the_register_has_its_columns_and_never_the_reporter(signed_in, sealed_ward, duty_officer):
    make_tip(reporter=Reporter("CANARY Mẫu", "0912345678"))
    make_tip(text="=1+1 công thức")
    answer = signed_in(duty_officer).get(reverse("tips:register-file", args=[Tip.objects.first().year]))
    sheet = load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert len(rows) == 3 and len(rows[0]) == 18
    assert [row[6] for row in rows[1:]] == ["đã niêm phong", "ẩn danh"]
    assert "CANARY" not in repr(rows) and "0912345678" not in repr(rows)
    assert rows[2][7].startswith("'=")
    assert AuditEvent.objects.get(action="tips.register_exported").values["rows"] == 2


def test_nothing_of_a_report_reaches_the_log_the_queue_of_jobs_or_an_address(
    client, sealed_ward, ward, caplog, monkeypatch
):
    from celery import current_app

    sent = []
    monkeypatch.setattr(current_app, "send_task", lambda *args, **kwargs: sent.append((args, kwargs)))
    caplog.set_level(logging.DEBUG)
    url = reverse("tips:ward-form", args=[ward.pk])
    token = second_step(client, url)
    answer = client.post(
        url,
        {"about": "matter", "token": token, "text": "CANARY-TEXT sự việc", "place": "CANARY-PLACE",
         "reporter_name": "CANARY-NAME", "reporter_phone": "0912345678"},
    )  # fmt: skip
    assert Tip.objects.count() == 1
    code = "".join(re.search(r"(\d{4} \d{4})<br>(\d{4} \d{4})", answer.content.decode()).groups()).replace(" ", "")
    client.post(reverse("tips:receipt"), {"code": code})
    logged = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("django.db"))
    for canary in ("CANARY-TEXT", "CANARY-PLACE", "CANARY-NAME", "0912345678", code):
        assert canary not in logged and canary not in repr(sent)
    assert "CANARY" not in repr(list(AuditEvent.objects.values()))


def test_the_queue_opens_on_open_tips_with_the_most_urgent_first(signed_in, duty_officer):
    late, calm, urgent, closed = (make_tip() for _i in range(4))
    Tip.objects.filter(pk=urgent.pk).update(urgency=Urgency.URGENT, next_due_at=days_ago(-5))
    Tip.objects.filter(pk=late.pk).update(next_due_at=days_ago(1))
    Tip.objects.filter(pk=closed.pk).update(status="closed", closed_at=days_ago(0), next_due_at=None)
    client = signed_in(duty_officer)
    shown = [tip.pk for tip in client.get(reverse("tips:queue")).context["tips"]]
    assert shown == [urgent.pk, late.pk, calm.pk]
    everything = [tip.pk for tip in client.get(reverse("tips:queue") + "?state=all").context["tips"]]
    assert set(everything) == {urgent.pk, late.pk, calm.pk, closed.pk}


def test_the_chart_by_kind_counts_the_period_in_one_query(ward, duty_officer, django_assert_num_queries):
    series = next(one for one in figures.all_series() if one.key == "tips_by_kind")
    assert series.group in figures.SMALL_NUMBERS_HIDDEN
    for kind in ("crime", "crime", "dispute"):
        make_tip(kind=kind)
    old = make_tip(kind="crime")
    Tip.objects.filter(pk=old.pk).update(received_at=days_ago(40))
    today = timezone.localdate()
    with django_assert_num_queries(1):
        data = series.data(duty_officer, figures.Period(today - timedelta(days=6), today))
    found = dict(zip(data["labels"], data["series"][0]["data"], strict=True))
    assert {label: number for label, number in found.items() if number} == {
        str(Kind.CRIME.label): 2,
        str(Kind.DISPUTE.label): 1,
    }


def test_figures_of_this_moment_say_so(ward):
    assert [key for key in ("tips_received", "tips_open", "tips_overdue") if figures.figure(key).now] == [
        "tips_open",
        "tips_overdue",
    ]

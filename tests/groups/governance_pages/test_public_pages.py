"""What residents see: only published facts, an honest yes or no, and a report that is stored."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.urls import reverse
from redis.exceptions import ConnectionError as NoCache

from accounts.models import Post
from groups.models import GroupReport
from groups.services import groups as services
from groups.services import limits
from tests.factories import WARD_ID
from vikhe_portal.core.scope import ward_scope
from wards.models import WardProfile


@pytest.fixture
def group(standing, small):
    """The group of neighbourhood 5, led by the second officer."""
    return next(group for group in standing if group.serves.filter(neighbourhood=small.places[4]).exists())


def open_page(client, name: str, group, **kwargs):
    """Open a page as a stranger: without the test's ward scope."""
    with ward_scope(None):
        return client.get(reverse(f"groups:{name}", args=[group.token]), **kwargs)


def test_the_page_says_official_and_names_leader_places_rules_ways_in_and_tip_form(client, group):
    page = open_page(client, "public-group", group)
    text = page.content.decode()
    assert page.status_code == 200
    for expected in (
        group.name,
        "Trần Văn Nhận",
        "Tổ dân phố số 5",
        reverse("groups:public-join", args=[group.token]),
        reverse("tips:public-form", args=[group.token]),
        reverse("groups:public-report", args=[group.token]),
    ):
        assert expected in text
    assert 'class="official"' in text
    assert "sessionid" not in page.cookies and page["Referrer-Policy"] == "no-referrer"


def test_a_telephone_is_shown_only_when_published(client, group, small):
    Post.objects.filter(user=small.second).update(phone="0912345678")
    assert "0912345678" not in open_page(client, "public-group", group).content.decode()
    assert "0912345678" not in open_page(client, "public-badge", group).content.decode()
    Post.objects.filter(user=small.second).update(phone_published=True)
    assert "0912345678" in open_page(client, "public-group", group).content.decode()
    assert "0912345678" in open_page(client, "public-badge", group).content.decode()


def test_a_closed_group_is_no_longer_official(client, group, small):
    services.archive_group(actor=small.chief, group=group, reason="gộp nhóm")
    text = open_page(client, "public-group", group).content.decode()
    assert 'class="official"' not in text and group.link not in text
    assert open_page(client, "public-badge", group).status_code == 404


def test_an_unknown_token_is_not_found(client, ward):
    with ward_scope(None):
        for name in ("public-group", "public-group-qr", "public-report", "public-badge"):
            assert client.get(reverse(f"groups:{name}", args=["aaaabbbbccccdddd"])).status_code == 404


def test_the_code_is_an_svg_picture(client, group):
    answer = open_page(client, "public-group-qr", group)
    assert answer["Content-Type"] == "image/svg+xml" and b"<svg" in answer.content


def test_a_report_is_stored_encrypted_and_too_short_a_one_keeps_the_typed_text(client, group):
    url = reverse("groups:public-report", args=[group.token])
    with ward_scope(None):
        short = client.post(url, {"kind": "fake", "text": "Mạo danh"})
        assert short.status_code == 422 and "Mạo danh" in short.content.decode()
        sent = client.post(url, {"kind": "fake", "text": "Có tài khoản mạo danh cán bộ", "link": "zalo.me/g/xyz"})
        assert sent.status_code == 200 and sent.context["sent"]
        trap = client.post(url, {"kind": "fake", "text": "Có tài khoản mạo danh cán bộ", "website": "x"})
        assert trap.status_code == 422
    assert GroupReport.objects.count() == 1


def test_a_group_takes_only_so_many_reports_a_day(client, group):
    for number in range(services.REPORTS_A_DAY):
        services.report_group(group=group, kind="post", text=f"Báo cáo số {number} hôm nay")
    with ward_scope(None):
        answer = client.post(
            reverse("groups:public-report", args=[group.token]), {"kind": "post", "text": "Thêm một bài nữa đây"}
        )
    assert answer.status_code == 422


@pytest.fixture
def check(client, group, small):
    """Type something into the check page: (kind understood, official)."""
    WardProfile.objects.filter(ward_id=WARD_ID).update(duty_phone="0228 3812 345")
    Post.objects.filter(user=small.second).update(phone="0912345678", phone_published=True)
    Post.objects.filter(user=small.first).update(phone="0987654321", phone_published=False)

    def ask(typed: str) -> tuple[str, bool]:
        with ward_scope(None):
            answer = client.post(reverse("groups:public-check"), {"typed": typed, "ward": str(WARD_ID)})
        assert answer.status_code == 200
        return answer.context["answer"].kind, answer.context["answer"].official

    return ask


def test_the_check_answers_yes_only_for_official_links_and_published_numbers(check, group):
    assert check(group.link) == ("link", True)
    assert check(f"  {group.link.replace('https://', 'HTTP://')}/?a=1 ") == ("link", True)
    assert check("https://zalo.me/g/somebodyelse1") == ("link", False)
    assert check("https://zalo.me.example.com/g/" + group.link.rsplit("/", 1)[-1]) == ("link", False)
    assert check("https://evil.example/?u=zalo.me/g/" + group.link.rsplit("/", 1)[-1]) == ("link", False)
    assert check("zalo.me/0912345678") == ("link", False)
    assert check("+84 912 345 678") == ("phone", True)
    assert check("02283812345") == ("phone", True)
    assert check("0987654321") == ("phone", False)  # an officer's number, but not published
    assert check("xin chào") == ("", False)


def test_the_check_is_limited_per_address_and_keeps_no_address(client, ward):
    url, data = reverse("groups:public-check"), {"typed": "0912345678", "ward": str(WARD_ID)}
    for _ in range(limits.LIMITS["check"]):
        assert client.post(url, data, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert client.post(url, data, REMOTE_ADDR="203.0.113.9").status_code == 429
    assert client.post(url, data, REMOTE_ADDR="203.0.113.10").status_code == 200
    stored = cache._cache.get_client().keys("*")
    assert stored and not any(b"203.0.113" in key for key in stored)


def test_without_a_cache_checks_wait_and_reports_go_through(client, group, monkeypatch):
    def down(*args, **kwargs):
        raise NoCache

    monkeypatch.setattr(cache, "add", down)
    with ward_scope(None):
        typed = client.post(reverse("groups:public-check"), {"typed": group.link, "ward": str(WARD_ID)})
        assert typed.status_code == 429
        sent = client.post(
            reverse("groups:public-report", args=[group.token]), {"kind": "post", "text": "Có bài lạ trong nhóm"}
        )
    assert sent.status_code == 200


def test_the_pages_work_without_scripts_and_styles_in_the_page(client, group):
    for name in ("public-group", "public-report", "public-badge"):
        text = open_page(client, name, group).content.decode()
        assert "onclick=" not in text and "<style" not in text and 'style="' not in text

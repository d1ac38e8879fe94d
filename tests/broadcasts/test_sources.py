"""Feeds of other bodies: each article once, broken and hostile ones refused, this machine never reached."""

from __future__ import annotations

import contextlib
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from broadcasts.feeds import fetching
from broadcasts.feeds.fetching import Fetched, FetchRefused, fetch, is_public, refuse_address
from broadcasts.feeds.parsing import NotAFeed, parse
from broadcasts.models import Broadcast, Category, Source, SourceItem
from broadcasts.services import sources
from tests.broadcasts.factories import make_group
from vikhe_portal.core.errors import DomainError, Refused

pytestmark = [pytest.mark.django_db]

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Công an tỉnh</title><link>https://congan.example.gov.vn/</link><description>Tin</description>
<item><title>Cảnh báo thủ đoạn giả danh công an</title><link>https://congan.example.gov.vn/tin/1?utm_source=rss</link>
<guid isPermaLink="false">1</guid><pubDate>Mon, 23 Nov 2026 08:00:00 +0700</pubDate>
<description><![CDATA[<p>Đối tượng <b>gọi điện</b> tự xưng công an.</p><script>alert(1)</script>
<p>Bà con cảnh giác &amp; báo tin.</p>]]>
</description></item>
<item><title>Phòng cháy mùa hanh khô</title><link>https://congan.example.gov.vn/tin/2</link><guid>2</guid></item>
<item><title>Văn bản TUYỆT MẬT lọt lên mạng</title><link>https://congan.example.gov.vn/tin/3</link></item>
</channel></rss>""".encode()


@pytest.fixture
def source(chief):
    """A feed of the province's police."""
    topic = Category.objects.get(key="security-1")
    return sources.add(actor=chief, name="Công an tỉnh", url="https://congan.example.gov.vn/rss", kind="feed",
                       category=topic)  # fmt: skip


def serving(monkeypatch, content=RSS, **fields):
    """Have the next fetches answer with this."""
    asked = []

    def answer(url, *, etag="", modified=""):
        asked.append(etag)
        return Fetched(content, "application/rss+xml", "v1", "", **fields)

    monkeypatch.setattr(sources, "fetch", answer)
    return asked


def read_again(source):
    Source.objects.filter(pk=source.pk).update(next_at=timezone.now())
    return sources.read(ward_id=source.ward_id, source_id=source.pk)


def test_a_real_feed_becomes_drafts_once_without_markup_or_secrets(source, chief, monkeypatch):
    asked = serving(monkeypatch)
    assert sources.due() == [(source.ward_id, source.pk)]
    assert sources.read(ward_id=source.ward_id, source_id=source.pk) == 2
    first = SourceItem.objects.get(title__startswith="Cảnh báo")
    assert "gọi điện tự xưng công an." in first.text.replace("\n", " ")
    assert "<" not in first.text and "alert" not in first.text and "&amp;" not in first.text
    assert not SourceItem.objects.filter(title__contains="MẬT").exists()
    assert sources.read(ward_id=source.ward_id, source_id=source.pk) == 0  # not due yet
    assert read_again(source) == 0
    assert asked == ["", "v1"]
    other = sources.add(actor=chief, name="Báo", url="https://bao.example.vn/rss", kind="feed",
                        category=source.category)  # fmt: skip
    assert sources.read(ward_id=other.ward_id, source_id=other.pk) == 0  # the same articles, listed elsewhere
    assert SourceItem.objects.count() == 2


def test_a_broken_feed_keeps_what_can_be_read_and_no_feed_is_said(source, monkeypatch):
    serving(monkeypatch, RSS[: RSS.index(b"<item><title>Ph")])  # cut off in the middle
    assert read_again(source) == 1
    serving(monkeypatch, b"<html><body>404</body></html>")
    assert read_again(source) == 0
    source.refresh_from_db()
    assert (source.problem, source.failures) == ("format", 1)
    assert source.next_at > timezone.now() + timedelta(hours=1)
    serving(monkeypatch)
    assert read_again(source) == 1
    source.refresh_from_db()
    assert (source.problem, source.failures) == ("", 0)


def test_entities_are_refused():
    bomb = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss><channel/></rss>'
    with pytest.raises(NotAFeed):
        parse(bomb)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_feed_or_no_feed(content):
    with contextlib.suppress(NotAFeed):
        assert all(item.title for item in parse(content))


@pytest.mark.parametrize("address", [
    "http://127.0.0.1/rss", "http://localhost/rss", "http://[::1]/rss", "http://10.1.2.3/", "http://192.168.1.1/",
    "http://169.254.169.254/latest/meta-data/", "http://[::ffff:127.0.0.1]/", "http://2130706433/", "ftp://a.vn/x",
    "file:///etc/passwd", "https://user:pw@a.vn/", "https://a.vn:8443/", "http://0.0.0.0/", "http://may-chu/",
    "http://[fe80::1%25eth0]/", "http://100.64.0.1/", "http://db.internal/",
])  # fmt: skip
def test_addresses_inside_are_refused(address, chief):
    with pytest.raises(FetchRefused):
        refuse_address(address)
    with pytest.raises(DomainError) as refusal:
        sources.add(actor=chief, name="x", url=address, kind="feed", category=Category.objects.get(key="security-1"))
    assert refusal.value.field == "url"


class Page(BaseHTTPRequestHandler):
    """Counts its visitors: there must be none."""

    visits = 0

    def do_GET(self):
        type(self).visits += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"x" * 300_000)

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture
def inside():
    """A server on this machine."""
    Page.visits = 0
    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()


def test_a_public_name_that_answers_with_loopback_is_refused_at_the_connection(inside, monkeypatch):
    async def rebound(self, host, port=0, family=0):
        return [{"hostname": host, "host": "127.0.0.1", "port": inside, "family": 2, "proto": 0, "flags": 0}]

    monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", rebound)
    with pytest.raises(FetchRefused) as refusal:
        fetch("http://congan.example.gov.vn/rss")
    assert refusal.value.code == "address" and Page.visits == 0


def let_this_server_pass(monkeypatch, inside):
    """For this test alone the server stands for a public one."""
    monkeypatch.setattr(fetching, "is_public", lambda address: True)
    monkeypatch.setitem(fetching.PORTS, "http", inside)


def test_an_oversized_answer_ends_at_the_limit(inside, monkeypatch):
    let_this_server_pass(monkeypatch, inside)
    assert len(fetch(f"http://127.0.0.1:{inside}/").content) == 300_000
    with pytest.raises(FetchRefused) as refusal:
        fetch(f"http://127.0.0.1:{inside}/", limit=100_000)
    assert refusal.value.code == "size"


def test_a_redirect_inside_is_refused(inside, monkeypatch):
    let_this_server_pass(monkeypatch, inside)
    monkeypatch.setattr(fetching, "is_public", lambda address: address == "127.0.0.1")

    def away(self):
        type(self).visits += 1
        self.send_response(302)
        self.send_header("Location", f"http://10.0.0.1:{inside}/secret")
        self.end_headers()

    monkeypatch.setattr(Page, "do_GET", away)
    with pytest.raises(FetchRefused) as refusal:
        fetch(f"http://127.0.0.1:{inside}/")
    assert refusal.value.code == "address" and Page.visits == 1


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888"])
def test_public_addresses_are_public(address):
    assert is_public(address)


def test_a_page_without_a_feed_is_answered_nothing_new_or_with_a_draft(chief, area_officer):
    topic = Category.objects.get(key="policy-1")
    page = sources.add(actor=chief, name="UBND", url="https://ubnd.example.gov.vn/", kind="page", category=topic)
    assert sources.due() == []
    assert sources.found_on_page(actor=area_officer, source=page) is None
    page.refresh_from_db()
    assert page.next_at > timezone.now() + timedelta(days=6)
    item = sources.found_on_page(
        actor=area_officer, source=page, title="Lịch tiêm", link="https://ubnd.example.gov.vn/1"
    )
    assert item.state == "new"
    with pytest.raises(DomainError):
        sources.found_on_page(actor=area_officer, source=page, title="Lại", link="https://ubnd.example.gov.vn/1/")
    with pytest.raises(Refused):
        sources.add(actor=area_officer, name="x", url="https://x.example.vn", kind="feed", category=topic)


def test_a_draft_is_used_once_put_aside_or_expires(source, chief, signed_in, monkeypatch):
    serving(monkeypatch)
    read_again(source)
    used, aside = SourceItem.objects.order_by("title")
    client = signed_in(chief)
    assert used.title in client.get("/ban-tin/nguon/").content.decode()
    page = client.get(f"/ban-tin/soan/?tu={used.pk}").content.decode()
    assert used.title in page and "Công an tỉnh" in page
    data = {"category": source.category_id, "title": used.title, "body": "Bà con cảnh giác.",
            "source_line": "Công an tỉnh", "groups": [make_group(chief).pk]}  # fmt: skip
    assert client.post(f"/ban-tin/soan/?tu={used.pk}", data).status_code == 302
    used.refresh_from_db()
    assert (used.state, used.broadcast) == ("used", Broadcast.objects.get())
    SourceItem.objects.filter(pk=aside.pk).update(found_at=timezone.now() - timedelta(days=15))
    assert sources.expire(ward_id=source.ward_id) == 1
    aside.refresh_from_db()
    assert (aside.state, aside.text) == ("expired", "")
    with pytest.raises(DomainError):
        sources.put_aside(actor=chief, item=aside)

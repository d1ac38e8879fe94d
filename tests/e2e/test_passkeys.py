"""A deputy at the office: the chief shows a code, the deputy's phone makes the key, signs in and unlocks by it."""

from __future__ import annotations

import time

import pytest
import segno
from django.contrib.sessions.models import Session
from django.urls import reverse

from accounts.models import Notice, User
from accounts.selectors import SESSION_SEEN
from accounts.services import passkeys
from tests.factories import NeighbourhoodFactory, make_post, make_user
from vikhe_portal.core.permissions import Actor
from vikhe_portal.core.scope import ward_scope

pytestmark = pytest.mark.e2e
TOKEN = "Hoa-Cay-Canh-Vi-Khe-0123456789ab"


@pytest.fixture
def people(ward):
    with ward_scope(ward.pk):
        chief, deputy = make_user(), make_user(full_name="Trần Thị Mẫu")
        make_post(chief, "chief")
        make_post(deputy, "group_deputy", capacity="security_head", neighbourhood=NeighbourhoodFactory())
        deputy.set_password("mot-lan-cap-cho")
        deputy.must_change_password = True
        deputy.save()
    return chief, deputy


def finger(page):
    """A phone with a screen lock, as the browser's own protocol plays it."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
               "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return session, made["authenticatorId"]


def all_fall_asleep() -> None:
    for row in Session.objects.all():
        data = row.get_decoded()
        if SESSION_SEEN in data:
            data[SESSION_SEEN] = int(time.time()) - 3600
            store = Session.get_session_store_class()(session_key=row.session_key)
            store.update(data)
            store.save()


def test_a_key_at_the_office_opens_signs_in_and_unlocks_without_a_password(
    people, visit, live_server, ward, monkeypatch
):
    monkeypatch.setattr(passkeys.secrets, "token_urlsafe", lambda size: TOKEN)
    chief, deputy = people
    desk = visit(Actor(user=chief, ward_id=ward.pk))
    began = time.monotonic()
    desk.goto(reverse("accounts:staff-member", args=[deputy.pk]))
    desk.get_by_role("button", name="Khóa truy cập tại chỗ").click()
    picture = desk.locator("main img[src^='data:image/svg']")
    picture.wait_for()
    # No library here reads a code: it must be the very picture of the address.
    address = f"{live_server.url}{reverse('accounts:key-accept', args=[TOKEN])}"
    drawn = segno.make(address, error="m").svg_data_uri(scale=6, border=4, dark="#111111", light="#ffffff")
    assert picture.get_attribute("src") == drawn

    phone = visit()
    session, authenticator = finger(phone)
    phone.goto(address)
    assert "Trần Thị Mẫu" in phone.content()
    phone.get_by_role("button", name="Tạo khóa của tôi").click()
    phone.wait_for_url(lambda address: "khoa-tai-cho" not in address)
    phone.locator("#lock").wait_for(state="attached")
    assert time.monotonic() - began < 120
    assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]) == 1

    fresh = User.objects.get(pk=deputy.pk)
    assert not fresh.has_usable_password() and not fresh.must_change_password
    with ward_scope(ward.pk):
        assert Notice.objects.filter(user=chief, kind="key_made").exists()

    # Idle: the lock opens with the finger and leads on.
    all_fall_asleep()
    phone.goto(reverse("accounts:notices"))
    assert "/khoa/" in phone.url
    phone.get_by_role("button", name="Mở khóa bằng khóa truy cập").click()
    phone.wait_for_url(lambda address: "/khoa/" not in address)
    phone.locator("#lock").wait_for(state="attached")

    # The cover of a page opens with it too, in place.
    phone.evaluate("document.body.dispatchEvent(new Event('portalLock'))")
    assert phone.locator("#lock").evaluate("node => node.open")
    phone.locator("#lock [data-passkey]").click()
    phone.locator("#lock:not([open])").wait_for(state="attached")
    assert "thong-bao" in phone.url

    # Next morning: signed out, one press.
    phone.context.clear_cookies()
    phone.goto("/")
    phone.get_by_role("button", name="Đăng nhập bằng khóa truy cập").click()
    phone.wait_for_url(lambda address: "dang-nhap" not in address)
    phone.locator("#lock").wait_for(state="attached")

    # The code is used up.
    other = visit()
    other.goto(address)
    assert "không còn dùng được" in other.content()

"""A passkey at the office by a code shown once: for whom, how long, how often. The walk is in tests/e2e."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import KeyInvitation
from accounts.services import passkeys
from accounts.services.sign_in import switch_off
from tests.factories import NeighbourhoodFactory, make_post, make_user
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from vikhe_portal.core.scope import ward_scope

pytestmark = [pytest.mark.django_db, pytest.mark.security]


@pytest.fixture
def deputy(person_with_post):
    return person_with_post("group_deputy", neighbourhood=NeighbourhoodFactory(), capacity="security_head")[0]


def test_the_chief_shows_a_code_and_nothing_of_it_is_stored(chief, deputy, signed_in):
    answer = signed_in(chief).post(reverse("accounts:key-invite", args=[deputy.pk]))
    assert "data:image/svg+xml" in answer.content.decode()
    row = KeyInvitation.objects.get()
    assert (row.user_id, row.made_by_id) == (deputy.pk, chief.id)
    assert timedelta(minutes=9) < row.expires_at - timezone.now() <= timedelta(minutes=10)
    _row, token = passkeys.invite(actor=chief, user=deputy)
    assert token not in str(KeyInvitation.objects.values().get())
    assert AuditEvent.objects.filter(action="accounts.key_invited", actor_id=chief.id).count() == 2


@pytest.mark.parametrize(
    "kind", ["chief", "deputy_chief", "duty_officer", "area_officer", "committee_head", "ward_admin"]
)
def test_no_code_opens_an_account_that_reads_reports_or_manages_others(person_with_post, ward, kind):
    _user, admin = person_with_post("ward_admin")
    user = person_with_post(kind)[0] if kind != "chief" else person_with_post("chief")[0]
    with pytest.raises(DomainError, match="passkey|khóa"):
        passkeys.invite(actor=admin, user=user)
    assert not passkeys.may_be_invited(user)


def test_not_even_by_a_post_in_another_ward(chief, deputy, other_ward):
    with ward_scope(other_ward.pk):
        make_post(deputy, "duty_officer", ward_id=other_ward.pk)
    with pytest.raises(DomainError):
        passkeys.invite(actor=chief, user=deputy)


def test_others_give_no_codes_and_nobody_for_people_elsewhere(chief, deputy, person_with_post, other_ward, signed_in):
    with pytest.raises(Refused):
        passkeys.invite(actor=person_with_post("deputy_chief")[1], user=deputy)
    stranger = make_user()
    make_post(stranger, "outlet_keeper", ward_id=other_ward.pk)
    assert signed_in(chief).post(reverse("accounts:key-invite", args=[stranger.pk])).status_code == 404


def test_a_code_lives_ten_minutes_once_and_only_the_latest(chief, deputy):
    _row, first = passkeys.invite(actor=chief, user=deputy)
    _row, second = passkeys.invite(actor=chief, user=deputy)
    assert passkeys.invited(first) is None
    found = passkeys.invited(second)
    assert found is not None and found.user == deputy
    KeyInvitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert passkeys.invited(second) is None
    KeyInvitation.objects.update(expires_at=timezone.now() + timedelta(minutes=1), used_at=timezone.now())
    assert passkeys.invited(second) is None
    with pytest.raises(DomainError):
        passkeys.accept(token=second, name="x", credential={})


def test_the_phone_sees_the_name_before_and_nothing_when_the_code_is_over(chief, deputy):
    _row, token = passkeys.invite(actor=chief, user=deputy)
    phone, url = Client(), reverse("accounts:key-accept", args=[token])
    page = phone.get(url)
    assert deputy.get_full_name() in page.content.decode()
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert phone.post(url, {"credential": '{"id": "x"}'}).status_code == 422
    assert phone.post(url, {"credential": "[1"}).status_code == 422
    assert KeyInvitation.objects.get().used_at is None
    over = Client().get(reverse("accounts:key-accept", args=["x" * 32]))
    assert over.status_code == 404 and deputy.get_full_name() not in over.content.decode()


def test_a_code_dies_with_the_account_and_with_a_new_post(chief, deputy):
    _row, token = passkeys.invite(actor=chief, user=deputy)
    switch_off(actor=chief, user=deputy, reason="x")
    with pytest.raises(DomainError):
        passkeys.accept(token=token, name="x", credential={})
    assert not Client().get("/").wsgi_request.user.is_authenticated


@pytest.mark.parametrize(
    "credential", ['{"id": "x"}', "[]", "7", '{"response": []}', '{"type": 1, "rawId": "é"}', "null"]
)
def test_what_is_no_answer_of_a_passkey_is_a_wrong_one_everywhere(deputy, client, credential):
    assert client.post(reverse("mfa_login_webauthn"), {"credential": credential}).status_code == 302
    client.force_login(deputy)
    assert client.post(reverse("accounts:lock"), {"credential": credential}).status_code == 422

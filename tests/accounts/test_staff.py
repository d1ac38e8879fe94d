"""People, posts and first passwords."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse
from django.utils import timezone

from accounts import selectors, services
from accounts.models import Post, User
from tests.factories import LONG_AGO, make_post, make_user
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.security]


def test_the_chief_makes_an_account_with_its_post_and_the_trail_says_so(chief):
    user = services.create_staff(actor=chief, full_name="Lê Văn Mẫu", rank="Thiếu tá", kind="duty_officer")
    assert user.username == "maulv"
    assert not user.has_usable_password()
    assert Post.objects.get(user=user).kind == "duty_officer"
    assert set(AuditEvent.objects.values_list("action", flat=True)) >= {"accounts.user_created", "accounts.appointed"}


@pytest.mark.parametrize("kind", ["area_officer", "duty_officer", "committee_member", "deputy_chief"])
def test_others_may_not_make_accounts(person_with_post, kind):
    _user, actor = person_with_post(kind)
    with pytest.raises(Refused):
        services.create_staff(actor=actor, full_name="Lê Văn Mẫu", kind="duty_officer")
    assert not User.objects.filter(full_name="Lê Văn Mẫu").exists()


def test_two_people_of_one_name_get_two_user_names(chief):
    first = services.create_user(actor=chief, full_name="Đinh Văn Cường")
    second = services.create_user(actor=chief, full_name="Đinh Văn Cường")
    assert (first.username, second.username) == ("cuongdv", "cuongdv2")


def test_a_ward_has_one_chief_at_any_moment(chief):
    with pytest.raises(DomainError):
        services.create_staff(actor=chief, full_name="Lê Văn Mẫu", kind="chief")
    assert not User.objects.filter(full_name="Lê Văn Mẫu").exists()  # both or neither


def test_a_post_that_has_ended_opens_nothing_from_that_moment(chief, signed_in):
    user = make_user()
    make_post(user, "ward_admin", held=DateTimeTZRange(LONG_AGO, timezone.now() - timedelta(minutes=1)))
    actor = selectors.actor_for(user, chief.ward_id)
    assert actor.posts == ()
    assert signed_in(actor).get(reverse("accounts:staff")).status_code == 403


def test_a_first_password_is_shown_once_and_must_be_changed(chief, signed_in, client):
    user = make_user(must_change_password=False)
    make_post(user, "duty_officer")
    page = signed_in(chief).post(reverse("accounts:first-password", args=[user.pk]))
    password = page.context["password"]
    assert password in page.content.decode()
    user.refresh_from_db()
    assert user.check_password(password)
    client.force_login(user)
    assert client.get("/tai-khoan/can-bo/")["Location"] == reverse("account_change_password")


def test_a_person_of_another_ward_does_not_exist_here(chief, signed_in, other_ward):
    user = make_user()
    make_post(user, "duty_officer", ward_id=other_ward.pk)
    assert signed_in(chief).get(reverse("accounts:staff-member", args=[user.pk])).status_code == 404
    assert signed_in(chief).post(reverse("accounts:first-password", args=[user.pk])).status_code == 404


def test_the_rights_page_shows_what_the_engine_answers(chief, signed_in):
    page = signed_in(chief).get(reverse("accounts:rights"))
    row = next(row for row in page.context["rows"] if row.name == "accounts.manage")
    by_kind = dict(zip(page.context["kinds"], row.cells, strict=True))
    assert by_kind[Post.Kind.CHIEF.label] is True
    assert by_kind[Post.Kind.AREA_OFFICER.label] is False


def test_a_page_that_raises_leaves_nothing_saved(chief, signed_in, monkeypatch):
    def create_then_fail(**kwargs):
        services.create_user(actor=kwargs["actor"], full_name="Người Dở Dang")
        raise RuntimeError("broken")

    monkeypatch.setattr("accounts.views.services.give_first_password", lambda **kw: create_then_fail(**kw))
    user = make_user()
    make_post(user, "duty_officer")
    client = signed_in(chief)
    client.raise_request_exception = False
    assert client.post(reverse("accounts:first-password", args=[user.pk])).status_code == 500
    assert not User.objects.filter(full_name="Người Dở Dang").exists()


def test_signing_in_by_user_name_works_and_a_wrong_password_says_nothing_about_the_account(client):
    user = make_user(username="cskv1")
    user.set_password("Ba-tu-khong-lien-quan")
    user.save()
    make_post(user, "duty_officer")
    wrong = client.post(reverse("account_login"), {"login": "cskv1", "password": "sai"})
    unknown = client.post(reverse("account_login"), {"login": "khongco", "password": "sai"})
    said = [list(page.context["form"].non_field_errors()) for page in (wrong, unknown)]
    assert said[0] == said[1]
    assert len(said[0]) == 1
    right = client.post(reverse("account_login"), {"login": "cskv1", "password": "Ba-tu-khong-lien-quan"})
    assert right.status_code == 302
    assert client.get(reverse("accounts:notices")).status_code == 200

"""Wrong passwords, locks, second factors, idle sessions, sleeping accounts."""

from __future__ import annotations

import time
from datetime import timedelta
from ipaddress import ip_network

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import selectors
from accounts import services as account_services
from accounts.models import Notice, SignInTrouble, User
from accounts.services import passwords, sign_in
from tests.factories import LONG_AGO, make_post, make_user
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.security]

PASSWORD = "Ba-tu-khong-lien-quan-9"
HOME = "/tai-khoan/thong-bao/"


def with_password(kind: str = "duty_officer", **fields) -> User:
    user = make_user(**fields)
    user.set_password(PASSWORD)
    user.save()
    make_post(user, kind)
    return user


def try_password(client: Client, user: User | str, password: str, **extra):
    name = user if isinstance(user, str) else user.username
    return client.post(reverse("account_login"), {"login": name, "password": password}, **extra)


def errors(answer) -> str:
    return " ".join(answer.context["form"].non_field_errors()) if answer.context else ""


def has_factor(user: User) -> Authenticator:
    return TOTP.activate(user, "A" * 32).instance


# --- wrong passwords -------------------------------------------------------------------------------------------------


def test_the_fifth_wrong_password_locks_even_the_right_one_out_and_the_trail_and_the_chief_know(ward, chief, client):
    user = with_password()
    for _number in range(4):
        assert "khóa" not in errors(try_password(client, user, "sai"))
    assert try_password(Client(), user, PASSWORD).status_code == 302  # four are free
    for _number in range(5):
        locked = try_password(client, user, "sai")
    assert locked.context["form"].errors.as_data()["__all__"][0].code == "locked"
    refused = try_password(client, user, PASSWORD)
    assert refused.status_code == 200
    assert refused.context["form"].errors.as_data()["__all__"][0].code == "locked"
    event = AuditEvent.objects.get(action="accounts.sign_in_locked")
    assert (event.object_id, event.ward_id, event.address) == (str(user.pk), ward.pk, "127.0.0.1")
    assert Notice.objects.filter(user_id=chief.id, kind="sign_in_locked").count() == 1


def test_the_lock_grows_with_each_further_try_and_ends_by_itself(ward):
    user = with_password()
    ends = [sign_in.password_was_wrong(login=user.username) for _number in range(10)]
    assert ends[:4] == [None] * 4
    minutes = [round((end - timezone.now()).total_seconds() / 60) for end in ends[4:]]
    assert minutes == [5, 15, 30, 60, 60, 60]
    SignInTrouble.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    assert sign_in.locked_until(user.username) is None


def test_the_chief_unlocks_in_one_step_and_nobody_unlocks_themselves(ward, chief, signed_in):
    user = with_password()
    for _number in range(6):
        sign_in.password_was_wrong(login=user.username)
    answer = signed_in(chief).post(reverse("accounts:unlock", args=[user.pk]))
    assert answer["Location"] == reverse("accounts:staff-member", args=[user.pk])
    assert try_password(Client(), user, PASSWORD).status_code == 302
    assert AuditEvent.objects.filter(action="accounts.unlocked", actor_id=chief.id).count() == 1
    with pytest.raises(DomainError):
        sign_in.unlock(actor=chief, user=chief.user)


def test_a_lock_says_the_same_about_a_name_that_does_not_exist(ward, client):
    user = with_password()
    codes = {}
    for name in (user.username, "khong.co.ai"):
        codes[name] = []
        for _number in range(6):
            answer = try_password(client, name, "sai")
            codes[name].append(answer.context["form"].errors.as_data()["__all__"][0].code)
    assert codes[user.username] == codes["khong.co.ai"]
    assert codes[user.username].count("locked") == 2


def test_user_name_and_email_share_one_count_and_what_was_typed_is_not_stored(ward, client):
    user = with_password(email="can.bo@vikhe.example")
    for name in (user.username, "CAN.BO@vikhe.example", user.username.upper()):
        try_password(client, name, "sai")
    row = SignInTrouble.objects.get()
    assert row.failures == 3
    assert user.username not in row.key


def test_a_lock_survives_an_emptied_cache(ward, client):
    from django.core.cache import cache

    user = with_password()
    for _number in range(5):
        try_password(client, user, "sai")
    cache.clear()
    assert try_password(client, user, PASSWORD).status_code == 200


def test_a_forwarded_header_does_not_make_a_new_address(ward, client):
    user = with_password()
    for number in range(5):
        try_password(client, user, "sai", HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    assert AuditEvent.objects.get(action="accounts.sign_in_locked").address == "127.0.0.1"


def test_an_address_that_sprays_many_names_is_slowed_down(ward, client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login": "6/m/ip", "login_failed": "30/m/ip,5/300s/key"}
    statuses = [try_password(client, f"nguoi.la.{number}", "sai").status_code for number in range(8)]
    assert statuses[-1] == 429


def test_signing_in_is_written_to_the_trail_and_forgets_failures(ward, client):
    user = with_password()
    try_password(client, user, "sai")
    try_password(client, user, PASSWORD)
    event = AuditEvent.objects.get(action="accounts.signed_in")
    assert (event.actor_id, event.values) == (user.pk, {"failures_before": 1})
    assert not SignInTrouble.objects.exists()


# --- passwords -------------------------------------------------------------------------------------------------------


def reasons(password: str, user: User | None = None) -> set[str]:
    found = set()
    for validator in (passwords.StrengthByFactorValidator(), passwords.GuessableWordsValidator()):
        try:
            validator.validate(password, user)
        except ValidationError as error:
            found.add(error.code)
    return found


def test_without_a_second_factor_fourteen_signs_of_four_classes_are_needed(ward, settings):
    settings.REQUIRE_SECOND_FACTOR = False
    user = with_password()
    assert reasons("Thuyen-buom-7xa", user) == set()
    assert reasons("Thuyen-buom-7", user) == {"password_too_short"}
    assert reasons("thuyen-buom-7-song", user) == {"password_too_plain"}


def test_with_one_eight_are_enough_and_before_it_twelve(ward, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    user = with_password()
    assert reasons("thuyen buo", user) == {"password_too_short"}
    assert reasons("thuyen buom x", user) == set()
    has_factor(user)
    assert reasons("thuyenbu", user) == set()
    assert reasons("thuyenb", user) == {"password_too_short"}


@pytest.mark.parametrize(
    "password", ["MatKhau@123456789", "VịKhê-2026!!!aaa", "Congan#20252025", "Cong-An-Vi-Khe-2026"]
)
def test_words_of_the_place_with_digits_are_refused(password):
    assert "password_guessable" in reasons(password)


def test_a_word_of_the_place_inside_a_long_phrase_is_allowed(settings):
    settings.REQUIRE_SECOND_FACTOR = True
    assert reasons("vikhe-thuyen-buom-xanh") == set()


def test_a_common_password_is_refused_by_the_page(ward, client):
    user = with_password()
    client.force_login(user)
    answer = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "password1234", "password2": "password1234"},
    )
    assert answer.status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


# --- second factor ---------------------------------------------------------------------------------------------------


@pytest.fixture
def demanded(settings):
    settings.REQUIRE_SECOND_FACTOR = True
    settings.TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]


@pytest.mark.parametrize("kind", selectors.sign_in.NEEDS_SECOND_FACTOR)
def test_who_reads_tips_or_manages_others_sees_only_the_set_up_until_it_is_done(
    demanded, person_with_post, client, kind
):
    user, _actor = person_with_post(kind)
    client.force_login(user)
    assert client.get(HOME)["Location"] == reverse("mfa_index")
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.get(HOME, HTTP_HX_REQUEST="true").headers["HX-Redirect"] == reverse("mfa_index")
    has_factor(user)
    assert client.get(HOME).status_code == 200


def test_others_need_it_only_outside_the_trusted_networks(demanded, person_with_post, client, settings):
    user, _actor = person_with_post("committee_member")
    client.force_login(user)
    assert client.get(HOME).status_code == 200
    assert client.get(HOME, REMOTE_ADDR="203.0.113.7")["Location"] == reverse("mfa_index")
    settings.TRUSTED_NETWORKS = []
    assert client.get(HOME)["Location"] == reverse("mfa_index")


def test_a_second_post_in_another_ward_counts_too(demanded, person_with_post, other_ward, client):
    user, _actor = person_with_post("committee_member")
    make_post(user, "area_officer", ward_id=other_ward.pk)
    client.force_login(user)
    assert client.get(HOME)["Location"] == reverse("mfa_index")


def test_the_password_alone_signs_nobody_in_who_has_one(demanded, client, ward):
    user = with_password()
    has_factor(user)
    answer = try_password(client, user, PASSWORD)
    assert answer["Location"].startswith(reverse("mfa_authenticate"))
    assert client.get(HOME).status_code == 302
    codes = [client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code for _number in range(6)]
    assert codes == [200] * 6
    assert client.get(HOME).status_code == 302


def test_the_last_factor_stays_as_long_as_the_post_demands_one(demanded, ward, client):
    user = with_password()
    row = has_factor(user)
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert answer.context["form"].errors.as_data()["__all__"][0].code == "cannot_delete_authenticator"
    assert Authenticator.objects.filter(pk=row.pk).exists()


def test_a_factor_that_no_post_demands_may_be_taken_off(ward, client):
    user = with_password()
    row = has_factor(user)
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post(reverse("mfa_deactivate_totp")).status_code == 302
    assert not Authenticator.objects.filter(pk=row.pk).exists()


def test_secrets_of_factors_are_stored_encrypted(ward):
    user = with_password()
    assert "AAAA" not in str(has_factor(user).data)


def test_the_chief_resets_a_lost_factor_with_a_reason_and_the_administrator_may_not(ward, chief, person_with_post):
    user = with_password()
    has_factor(user)
    client = Client()
    client.force_login(user)
    client.get(HOME)
    _person, admin = person_with_post("ward_admin")
    with pytest.raises(Refused):
        sign_in.reset_second_factor(actor=admin, user=user, reason="mất máy")
    sign_in.reset_second_factor(actor=chief, user=user, reason="mất máy, đã gặp trực tiếp")
    assert not Authenticator.objects.filter(user=user).exists()
    assert client.get(HOME).status_code == 302  # signed out
    event = AuditEvent.objects.get(action="accounts.second_factor_reset")
    assert event.reason == "mất máy, đã gặp trực tiếp"
    assert Notice.objects.filter(kind="second_factor_reset").count() == 3  # the person, the chief, the administrator
    with pytest.raises(DomainError):
        sign_in.reset_second_factor(actor=chief, user=chief.user, reason="x")


def test_the_committee_head_resets_the_chiefs_and_nobody_elses(ward, chief, person_with_post):
    _person, head = person_with_post("committee_head")
    officer = with_password()
    with pytest.raises(DomainError):
        sign_in.reset_second_factor(actor=head, user=officer, reason="x")
    has_factor(chief.user)
    sign_in.reset_second_factor(actor=head, user=chief.user, reason="mất máy")
    assert not Authenticator.objects.filter(user=chief.user).exists()


# --- idle and absolute limits ----------------------------------------------------------------------------------------


def age(client: Client, **seconds: int) -> None:
    session = client.session
    for name, value in seconds.items():
        session[name] = int(time.time()) - value
    session.save()


@pytest.mark.parametrize(("kind", "minutes"), [("duty_officer", 15), ("ward_admin", 5)])
def test_an_idle_session_is_locked_and_opens_with_the_password(ward, client, kind, minutes):
    user = with_password(kind)
    client.force_login(user)
    age(client, seen=minutes * 60 - 5)
    assert client.get(HOME).status_code == 200
    age(client, seen=minutes * 60 + 5)
    locked = client.get(HOME + "?page=2")
    assert locked["Location"].startswith(reverse("accounts:lock"))
    assert client.post(locked["Location"], {"password": "sai"}).status_code == 422
    assert client.get(HOME).status_code == 302
    assert client.post(locked["Location"], {"password": PASSWORD})["Location"] == HOME + "?page=2"
    assert client.get(HOME).status_code == 200


def test_the_cover_of_the_page_knows_the_limit_and_opens_by_fetch(ward, client):
    client.force_login(with_password("ward_admin"))
    assert 'id="lock"' in client.get(HOME).content.decode()
    assert 'data-after="300"' in client.get(HOME).content.decode()
    age(client, seen=3600)
    fetched = {"HTTP_X_REQUESTED_WITH": "fetch"}
    assert client.post(reverse("accounts:lock"), {"password": "sai"}, **fetched).status_code == 422
    assert client.post(reverse("accounts:still-here")).status_code == 423
    assert client.post(reverse("accounts:lock"), {"password": PASSWORD}, **fetched).status_code == 204
    assert client.post(reverse("accounts:still-here")).status_code == 204


def test_a_session_that_does_not_say_when_it_began_counts_from_the_last_sign_in(ward, client):
    user = with_password()
    client.force_login(user)
    assert client.get(HOME).status_code == 200
    User.objects.filter(pk=user.pk).update(last_login=timezone.now() - timedelta(minutes=16))
    assert client.get(HOME)["Location"].startswith(reverse("accounts:lock"))
    User.objects.filter(pk=user.pk).update(last_login=None)
    assert "dang-nhap" in client.get(HOME)["Location"]


def test_unlocking_leads_to_no_other_site(ward, client):
    client.force_login(with_password())
    answer = client.post(reverse("accounts:lock") + "?next=https://example.com/", {"password": PASSWORD})
    assert answer["Location"] == "/"


def test_what_was_typed_before_the_lock_is_sent_on_by_the_password(ward, chief, client):
    boss = with_password("ward_admin")
    other = with_password()
    client.force_login(boss)
    address = reverse("accounts:switch-off", args=[other.pk])
    age(client, seen=3600)
    locked = client.post(address, {"reason": "nghỉ <hưu>"})
    assert locked.status_code == 423
    assert 'name="reason" value="nghỉ &lt;hưu&gt;"' in locked.content.decode()
    other.refresh_from_db()
    assert other.is_active
    assert client.post(address, {"reason": "nghỉ", "unlock_password": "sai"}).status_code == 423
    assert client.post(address, {"reason": "nghỉ", "unlock_password": PASSWORD}).status_code == 302
    other.refresh_from_db()
    assert not other.is_active


def test_a_page_that_renews_itself_keeps_no_session_awake_and_shows_nothing_when_locked(ward, client):
    client.force_login(with_password())
    age(client, seen=14 * 60)
    client.get(HOME, HTTP_HX_REQUEST="true", HTTP_X_UNATTENDED="1")
    assert client.session["seen"] < time.time() - 13 * 60
    client.get(HOME, HTTP_HX_REQUEST="true")
    assert client.session["seen"] > time.time() - 5
    age(client, seen=16 * 60)
    answer = client.get(HOME, HTTP_HX_REQUEST="true")
    assert (answer.status_code, answer.content, answer.headers["HX-Trigger"]) == (204, b"", "portalLock")


def test_a_working_day_ends_however_busy_it_was(ward, client):
    client.force_login(with_password())
    age(client, began=10 * 3600 - 5)
    assert client.get(HOME).status_code == 200
    age(client, began=10 * 3600 + 5)
    assert "dang-nhap" in client.get(HOME)["Location"]
    assert "_auth_user_id" not in client.session


# --- accounts asleep, posts ended ------------------------------------------------------------------------------------


def test_accounts_unused_for_45_days_are_switched_off_and_a_superior_switches_them_on_in_one_step(
    ward, chief, signed_in, settings
):
    settings.DEMONSTRATION = False
    old = timezone.now() - timedelta(days=45, minutes=1)
    sleeping, never, fresh, returned = (with_password() for _number in range(4))
    User.objects.exclude(pk=chief.id).update(active_since=old)
    User.objects.filter(pk=sleeping.pk).update(last_login=old)
    User.objects.filter(pk=fresh.pk).update(last_login=timezone.now() - timedelta(days=44, hours=23))
    User.objects.filter(pk=returned.pk).update(last_login=old, active_since=timezone.now())
    client = Client()
    client.force_login(sleeping)
    client.get(HOME)
    User.objects.filter(pk=sleeping.pk).update(last_login=old)
    assert sign_in.disable_idle() == 2
    assert set(User.objects.filter(is_active=False)) == {sleeping, never}
    assert client.get(HOME).status_code == 302
    assert not UserSession.objects.filter(user=sleeping).exists()
    assert AuditEvent.objects.filter(action="accounts.idle_switched_off").count() == 2
    signed_in(chief).post(reverse("accounts:reactivate", args=[sleeping.pk]))
    assert try_password(Client(), sleeping, PASSWORD).status_code == 302
    assert sign_in.disable_idle() == 0


def test_invented_people_of_a_demonstration_do_not_fall_asleep(ward, settings):
    settings.DEMONSTRATION = True
    user = with_password()
    User.objects.filter(pk=user.pk).update(active_since=timezone.now() - timedelta(days=400))
    assert sign_in.disable_idle() == 0


@pytest.mark.parametrize("step", ["unlock", "reactivate", "switch-off", "reset-factor"])
def test_others_and_other_wards_do_not_touch_a_persons_sign_in(
    ward, other_ward, person_with_post, signed_in, chief, step
):
    own, _actor = person_with_post("area_officer")
    stranger = make_user()
    make_post(stranger, "duty_officer", ward_id=other_ward.pk)
    _deputy, deputy = person_with_post("deputy_chief")
    data = {"reason": "thử"}
    assert signed_in(deputy).post(reverse(f"accounts:{step}", args=[own.pk]), data).status_code == 403
    assert signed_in(chief).post(reverse(f"accounts:{step}", args=[stranger.pk]), data).status_code == 404


def test_a_session_a_second_tab_and_a_poll_end_with_the_post(ward, chief):
    user = with_password("ward_admin")
    post = user.posts.get()
    first, second = Client(), Client()
    page = reverse("accounts:staff")
    for tab in (first, second):
        tab.force_login(user)
        assert tab.get(page).status_code == 200
    account_services.end_post(actor=chief, post=post, reason="điều động")
    assert first.get(page).status_code == 403
    assert second.get(page).status_code == 403
    assert second.get(page, HTTP_HX_REQUEST="true", HTTP_X_UNATTENDED="1").status_code == 403
    assert (
        second.post(reverse("accounts:staff-create"), {"full_name": "Lê Văn Mẫu", "kind": "chief"}).status_code == 403
    )


def test_a_post_with_an_end_ends_in_the_middle_of_a_session(ward, client):
    user = make_user()
    post = make_post(user, "ward_admin", held=DateTimeTZRange(LONG_AGO, timezone.now() + timedelta(hours=1)))
    client.force_login(user)
    assert client.get(reverse("accounts:staff")).status_code == 200
    type(post).objects.update(held=DateTimeTZRange(LONG_AGO, timezone.now() - timedelta(seconds=1)))
    assert client.get(reverse("accounts:staff")).status_code == 403


@pytest.mark.parametrize("how", ["password", "switched off", "signed out", "others signed out"])
def test_a_stolen_session_dies_with_the_password_the_account_and_the_sign_out(ward, chief, client, how):
    user = with_password()
    thief = Client()
    client.force_login(user)
    client.get(HOME)
    if how == "others signed out":
        thief.force_login(user)
    else:
        thief.cookies = client.cookies.copy()
    assert thief.get(HOME).status_code == 200
    if how == "password":
        account_services.give_first_password(actor=chief, user=user)
    elif how == "switched off":
        sign_in.switch_off(actor=chief, user=user, reason="mất máy")
    elif how == "signed out":
        client.post(reverse("account_logout"))
    else:
        client.post(reverse("usersessions_list"))
    answer = thief.get(HOME)
    assert (answer.status_code, "dang-nhap" in answer["Location"]) == (302, True)


def test_signing_in_gives_a_new_session_number(ward, client):
    user = with_password()
    client.get(reverse("account_login"))
    session = client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before
    try_password(client, user, PASSWORD)
    assert client.session.session_key != before


def test_the_counts_stand_even_when_the_page_fails_afterwards(ward):
    user = with_password()
    with pytest.raises(RuntimeError), transaction.atomic():
        sign_in.password_was_wrong(login=user.username)
        raise RuntimeError
    assert not SignInTrouble.objects.exists()  # counted with its request or not at all: the page answers 200

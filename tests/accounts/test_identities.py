"""How a ward comes to take identities: a written decision by two persons, and a key only its holder can open."""

from __future__ import annotations

import base64
import unicodedata
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from nacl.public import PrivateKey, SealedBox

from accounts.models import IdentityDecision, SealingKey
from accounts.selectors import actor_for, unread_notices
from accounts.services import identities
from tests.factories import make_post
from tests.security.fuzzing import recently_signed_in
from tests.tips.factories import make_tip
from tips.models import SealedReporter
from tips.selectors import sealing_keys, takes_identity
from tips.services.intake import Reporter
from vikhe_portal.core import crypto
from vikhe_portal.core.errors import DomainError, Refused
from vikhe_portal.core.models import AuditEvent
from wards.models import WardProfile
from wards.selectors import identity_mode

pytestmark = [pytest.mark.django_db, pytest.mark.security]

PASSPHRASE = "bốn từ dài không ai đoán"
PAGE = "accounts:identities"


@pytest.fixture
def signed_in(signed_in):
    """Signed in a moment ago, by a password."""

    def sign_in(actor):
        client = signed_in(actor)
        recently_signed_in(client)
        return client

    return sign_in


@pytest.fixture
def head(person_with_post):
    return person_with_post("committee_head")[1]


def paper(mode="online", **other):
    return {
        "mode": mode,
        "decision_no": "12/QĐ-BCĐ",
        "decision_date": timezone.localdate(),
        "file_ref": "Hồ sơ 03, tờ 7",
        **other,
    }


def decided(chief, head, mode="online"):
    return identities.confirm_mode(actor=head, pk=identities.propose_mode(actor=chief, **paper(mode)).pk)


def test_a_ward_leaves_none_by_two_persons_a_paper_and_a_key(chief, head, signed_in):
    """The whole walk on the pages: nothing is taken before the last of the three, and each leaves a trace."""
    client = signed_in(chief)
    assert client.post(reverse("accounts:identities-propose"), paper()).status_code == 302
    row = IdentityDecision.objects.get()
    assert identity_mode(chief.ward_id) == "none"
    client = signed_in(head)
    assert "12/QĐ-BCĐ" in client.get(reverse(PAGE)).content.decode()
    assert [notice.kind for notice in unread_notices(head)] == ["identity_decision"]
    client.post(reverse("accounts:identities-confirm", args=[row.pk]))
    assert identity_mode(chief.ward_id) == "online"
    assert WardProfile.objects.get().identity_decision.startswith("12/QĐ-BCĐ")
    assert not takes_identity(chief.ward_id)
    client = signed_in(chief)
    assert reverse("accounts:sealing-key") in client.get(reverse(PAGE)).content.decode()
    made = {"passphrase": PASSPHRASE, "again": PASSPHRASE, "understood": "on"}
    assert client.post(reverse("accounts:sealing-key"), made).status_code == 302
    assert takes_identity(chief.ward_id)
    tip = make_tip(reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    assert SealedReporter.objects.filter(tip=tip, key__user_id=chief.id).exists()
    event = AuditEvent.objects.get(action="accounts.identity_mode_changed")
    assert (event.values["before"], event.values["after"], event.actor_id) == ("none", "online", head.id)


def test_nobody_confirms_what_they_entered_themselves(chief, head):
    row = identities.propose_mode(actor=chief, **paper())
    with pytest.raises(Refused):
        identities.confirm_mode(actor=chief, pk=row.pk)
    make_post(head.user, "chief", is_cover=True)
    both = actor_for(head.user, head.ward_id)
    identities.drop_proposal(actor=chief, pk=row.pk)
    own = identities.propose_mode(actor=both, **paper())
    with pytest.raises(DomainError):
        identities.confirm_mode(actor=both, pk=own.pk)
    own.confirmed_by_id, own.confirmed_at = both.id, timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        own.save()  # nor by a way around the service
    assert identity_mode(chief.ward_id) == "none"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decision_no": " "}, "decision_no"),
        ({"file_ref": " "}, "file_ref"),
        ({"decision_date": timezone.localdate() + timedelta(days=2)}, "decision_date"),
        ({"mode": "none"}, "mode"),
        ({"mode": "other"}, "mode"),
    ],
)
def test_a_decision_without_its_paper_is_refused_with_the_typed_text_kept(chief, signed_in, change, field):
    with pytest.raises(DomainError) as refusal:
        identities.propose_mode(actor=chief, **paper(**change))
    assert refusal.value.field == field
    answer = signed_in(chief).post(reverse("accounts:identities-propose"), paper(**change))
    assert answer.status_code == 422 and field in answer.context["form"].errors
    assert not IdentityDecision.objects.exists()


def test_one_decision_waits_at_a_time_and_is_dealt_with_once(chief, head):
    row = identities.propose_mode(actor=chief, **paper())
    with pytest.raises(DomainError):
        identities.propose_mode(actor=chief, **paper("offline"))
    identities.drop_proposal(actor=head, pk=row.pk)
    with pytest.raises(DomainError):
        identities.confirm_mode(actor=head, pk=row.pk)
    assert identity_mode(chief.ward_id) == "none"
    decided(chief, head)
    with pytest.raises(DomainError):
        identities.propose_mode(actor=chief, **paper())


@pytest.mark.parametrize("who", ["chief", "head"])
def test_going_back_to_none_takes_one_person_and_holds_at_once(chief, head, signed_in, who):
    decided(chief, head)
    identities.make_sealing_key(actor=chief, user=chief.user, passphrase=PASSPHRASE)
    identities.propose_mode(actor=chief, **paper("offline"))
    actor = {"chief": chief, "head": head}[who]
    signed_in(actor).post(reverse("accounts:identities-stop"), {"reason": "Rà soát lại"})
    assert identity_mode(chief.ward_id) == "none" and not takes_identity(chief.ward_id)
    assert sealing_keys(chief.ward_id) == []
    assert not IdentityDecision.objects.filter(confirmed_at=None, dropped_at=None).exists()
    assert AuditEvent.objects.filter(action="accounts.identity_mode_changed").last().reason == "Rà soát lại"
    tip = make_tip(reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    assert not SealedReporter.objects.filter(tip=tip).exists()


@pytest.mark.parametrize("kind", ["deputy_chief", "deputy_head", "duty_officer", "ward_admin"])
def test_others_neither_see_nor_change_it(person_with_post, signed_in, chief, kind):
    row = identities.propose_mode(actor=chief, **paper())
    _user, actor = person_with_post(kind)
    client = signed_in(actor)
    assert client.get(reverse(PAGE)).status_code == 403
    assert client.post(reverse("accounts:identities-confirm", args=[row.pk])).status_code == 403
    for call in (identities.confirm_mode, identities.drop_proposal):
        with pytest.raises(Refused):
            call(actor=actor, pk=row.pk)
    with pytest.raises(Refused):
        identities.stop_identities(actor=actor, reason="x")


@pytest.mark.parametrize("passphrase", ["ngắn quá", " " * 20, "aaaaaaaaaaaaaaaa", "bốn từ dài"])
def test_a_passphrase_too_weak_is_refused_with_a_sentence(chief, signed_in, passphrase):
    client = signed_in(chief)
    answer = client.post(
        reverse("accounts:sealing-key"), {"passphrase": passphrase, "again": passphrase, "understood": "on"}
    )
    assert answer.status_code == 422 and answer.context["form"].errors["passphrase"]
    with pytest.raises(DomainError):
        identities.make_sealing_key(actor=chief, user=chief.user, passphrase=passphrase)
    assert not SealingKey.objects.exists()


def test_the_passphrase_is_typed_twice_is_not_the_password_and_its_loss_understood(chief, signed_in):
    chief.user.set_password(PASSPHRASE)
    chief.user.save()
    client, url = signed_in(chief), reverse("accounts:sealing-key")
    other = "năm chữ chẳng ai ngờ tới"
    for typed in (
        {"passphrase": PASSPHRASE, "again": PASSPHRASE, "understood": "on"},
        {"passphrase": other, "again": other + "!", "understood": "on"},
        {"passphrase": other, "again": other},
    ):
        answer = client.post(url, typed)
        assert answer.status_code == 422
        assert typed["passphrase"] not in answer.content.decode()
    assert not SealingKey.objects.exists()


def test_a_key_is_ones_own_and_its_passphrase_is_stored_nowhere(chief, person_with_post):
    _user, deputy = person_with_post("deputy_chief")
    _user, officer = person_with_post("duty_officer")
    with pytest.raises(DomainError):
        identities.make_sealing_key(actor=deputy, user=chief.user, passphrase=PASSPHRASE)
    with pytest.raises(Refused):
        identities.make_sealing_key(actor=officer, user=officer.user, passphrase=PASSPHRASE)
    key = identities.make_sealing_key(actor=chief, user=chief.user, passphrase=PASSPHRASE)
    assert PASSPHRASE not in str(AuditEvent.objects.values_list("values", "reason"))
    decomposed = unicodedata.normalize("NFD", PASSPHRASE)  # as some keyboards write the same words
    assert bytes(crypto.unlock_private_key(key.locked_private_key, decomposed).public_key) == bytes(key.public_key)


def test_a_replaced_key_seals_from_now_on_and_the_earlier_one_still_opens_what_it_sealed(chief, head):
    decided(chief, head)
    first = identities.make_sealing_key(actor=chief, user=chief.user, passphrase=PASSPHRASE)
    before = make_tip(reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    second = identities.make_sealing_key(actor=chief, user=chief.user, passphrase="năm chữ chẳng ai ngờ tới")
    after = make_tip(reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    assert SealedReporter.objects.get(tip=before).key_id == first.pk
    assert SealedReporter.objects.get(tip=after).key_id == second.pk
    first.refresh_from_db()
    assert first.retired_at and crypto.unlock_private_key(first.locked_private_key, PASSPHRASE)


@pytest.mark.parametrize("way", ["pasted", "uploaded"])
def test_offline_only_a_public_key_is_taken_and_the_private_half_is_never_here(chief, head, signed_in, way):
    identities.make_sealing_key(actor=chief, user=chief.user, passphrase=PASSPHRASE)
    decided(chief, head, "offline")
    assert not takes_identity(chief.ward_id)  # a key locked here does not fit
    with pytest.raises(DomainError):
        identities.make_sealing_key(actor=chief, user=chief.user, passphrase=PASSPHRASE)
    private = PrivateKey.generate()
    text = base64.b64encode(bytes(private.public_key)).decode()
    typed = {"public_key": text} if way == "pasted" else {"file": SimpleUploadedFile("k.pub", text.encode() + b"\r\n")}
    assert signed_in(chief).post(reverse("accounts:sealing-key"), typed).status_code == 302
    key = SealingKey.objects.get(retired_at=None)
    assert bytes(key.locked_private_key) == b""
    make_tip(reporter=Reporter("Trần Thị Mẫu", "0912345678"))
    assert "Trần Thị Mẫu" in SealedBox(private).decrypt(bytes(SealedReporter.objects.get().box)).decode()


@pytest.mark.parametrize("typed", ["", "abc", "€", "A" * 44, base64.b64encode(bytes(32)).decode(), "B" * 60])
def test_what_is_no_public_key_is_refused_and_changes_nothing(chief, head, signed_in, typed):
    decided(chief, head, "offline")
    answer = signed_in(chief).post(reverse("accounts:sealing-key"), {"public_key": typed})
    assert answer.status_code == 422 and answer.context["form"].errors["public_key"]
    assert not SealingKey.objects.exists()


def test_a_decision_of_another_ward_does_not_exist_here(chief, head, signed_in):
    client = signed_in(head)
    assert client.post(reverse("accounts:identities-confirm", args=[999_999])).status_code == 404
    assert client.post(reverse("accounts:identities-drop", args=[999_999])).status_code == 404

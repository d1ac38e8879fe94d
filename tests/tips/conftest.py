"""Fixtures of the tests on tips."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from accounts.services.identities import make_sealing_key
from vikhe_portal.core.calendar import HOLIDAYS_2026, HOLIDAYS_2027
from wards.models import PublicHoliday, WardProfile

PASSPHRASE = "bốn từ dài không ai đoán"


@pytest.fixture
def holidays(db):
    """The days off of 2026 and 2027."""
    PublicHoliday.objects.all().delete()
    PublicHoliday.objects.bulk_create(
        PublicHoliday(date=row.day, kind=row.kind, name=row.name, decision=row.decision, status=row.status)
        for row in (*HOLIDAYS_2026, *HOLIDAYS_2027)
    )


@pytest.fixture
def deputy_chief(person_with_post):
    """A deputy chief as an actor."""
    return person_with_post("deputy_chief")[1]


@pytest.fixture
def committee_head(person_with_post):
    """The committee head as an actor."""
    return person_with_post("committee_head")[1]


@pytest.fixture
def sealed_ward(ward, chief):
    """The ward takes identities, sealed online to the chief's key; returns the chief."""
    WardProfile.objects.filter(ward=ward).update(identity_mode=WardProfile.IdentityMode.SEALED_ONLINE)
    make_sealing_key(actor=chief, user=chief.user, passphrase=PASSPHRASE)
    return chief


@pytest.fixture
def photo() -> bytes:
    """A small picture with a telling EXIF line."""
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "CANARY-EXIF-4711"
    Image.new("RGB", (64, 48), (200, 30, 30)).save(target, "JPEG", exif=exif)
    return target.getvalue()

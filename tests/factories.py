"""Rows for tests. Every ward-owned row is written inside its ward's scope; people are invented."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import factory
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange
from django.utils import timezone

from accounts.models import Post, User
from groups.models import (
    Appointment,
    GroupNeighbourhood,
    Household,
    Membership,
    OfficerArea,
    Person,
    ZaloGroup,
)
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.text import name_sort_key, search_key
from wards.models import Neighbourhood, WardProfile

WARD_ID = 13_972
LONG_AGO = datetime(2025, 7, 1, tzinfo=timezone.get_default_timezone())


class Walled(factory.django.DjangoModelFactory):
    """A factory whose rows are written in the scope of their ward."""

    class Meta:
        abstract = True

    ward_id = WARD_ID

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        with ward_scope(kwargs.get("ward_id", WARD_ID)):
            return super()._create(model_class, *args, **kwargs)


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"nguoi{n}")
    full_name = factory.Sequence(lambda n: f"Nguyễn Văn Thử {n}")
    sort_name = factory.LazyAttribute(lambda o: name_sort_key(o.full_name))
    must_change_password = False
    fictional = True


def make_user(**fields: Any) -> User:
    """A person who may sign in."""
    return UserFactory(**fields)


def make_post(user: User, kind: str, *, ward_id: int = WARD_ID, **fields: Any) -> Post:
    """A post held since long ago, open-ended unless `held` is given."""
    fields.setdefault("held", DateTimeTZRange(LONG_AGO, None))
    with ward_scope(ward_id):
        return Post.objects.create(ward_id=ward_id, user=user, kind=kind, **fields)


class NeighbourhoodFactory(Walled):
    class Meta:
        model = Neighbourhood

    number = factory.Sequence(lambda n: n + 1)
    name = factory.LazyAttribute(lambda o: f"Tổ dân phố số {o.number}")
    key = factory.LazyAttribute(lambda o: search_key(o.name))
    exists = DateRange(date(2025, 7, 1), None)


class HouseholdFactory(Walled):
    class Meta:
        model = Household

    neighbourhood = factory.SubFactory(NeighbourhoodFactory, ward_id=factory.SelfAttribute("..ward_id"))
    code = factory.Sequence(lambda n: f"H{n:05d}")
    street = "Xóm Cầu"
    address = factory.Sequence(lambda n: f"Số {n}, Xóm Cầu")
    head_name = factory.Sequence(lambda n: f"Trần Thị Mẫu {n}")
    search_key = factory.LazyAttribute(lambda o: search_key(f"{o.head_name} {o.address}"))
    sort_key = factory.LazyAttribute(lambda o: name_sort_key(o.head_name))
    people = 1


class PersonFactory(Walled):
    class Meta:
        model = Person

    household = factory.SubFactory(HouseholdFactory, ward_id=factory.SelfAttribute("..ward_id"))
    full_name = factory.Sequence(lambda n: f"Trần Thị Mẫu {n}")
    search_key = factory.LazyAttribute(lambda o: search_key(o.full_name))
    sort_key = factory.LazyAttribute(lambda o: name_sort_key(o.full_name))
    is_head = False


class ZaloGroupFactory(Walled):
    class Meta:
        model = ZaloGroup

    name = factory.Sequence(lambda n: f"Zalo ANTT tổ {n}")
    status = ZaloGroup.Status.ACTIVE
    link = factory.Sequence(lambda n: f"https://zalo.me/g/abcdef{n:03d}")
    accepted_at = factory.LazyFunction(timezone.now)


class OfficerAreaFactory(Walled):
    class Meta:
        model = OfficerArea

    user = factory.SubFactory(UserFactory)
    neighbourhood = factory.SubFactory(NeighbourhoodFactory, ward_id=factory.SelfAttribute("..ward_id"))
    held = DateTimeTZRange(LONG_AGO, None)


class GroupNeighbourhoodFactory(Walled):
    class Meta:
        model = GroupNeighbourhood

    group = factory.SubFactory(ZaloGroupFactory, ward_id=factory.SelfAttribute("..ward_id"))
    neighbourhood = factory.SubFactory(NeighbourhoodFactory, ward_id=factory.SelfAttribute("..ward_id"))
    held = DateTimeTZRange(LONG_AGO, None)


class AppointmentFactory(Walled):
    class Meta:
        model = Appointment

    group = factory.SubFactory(ZaloGroupFactory, ward_id=factory.SelfAttribute("..ward_id"))
    user = factory.SubFactory(UserFactory)
    role = Appointment.Role.LEADER
    held = DateTimeTZRange(LONG_AGO, None)


class MembershipFactory(Walled):
    class Meta:
        model = Membership

    group = factory.SubFactory(ZaloGroupFactory, ward_id=factory.SelfAttribute("..ward_id"))
    person = factory.SubFactory(PersonFactory, ward_id=factory.SelfAttribute("..ward_id"))
    source = Membership.Source.DOOR


def days_ago(days: float) -> datetime:
    """A moment so many days before now."""
    return timezone.now() - timedelta(days=days)


def never_quiet(ward_id: int) -> None:
    """Neither quiet hours nor a weekly number: what is tested must not depend on the hour of the day."""
    with ward_scope(ward_id):
        WardProfile.objects.filter(ward_id=ward_id).update(quiet_from="00:00", quiet_to="00:00", weekly_budget=0)

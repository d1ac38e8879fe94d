"""Accounts, neighbourhoods, the roster and the groups of the demonstration ward."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.utils import timezone

from accounts import selectors as account_selectors
from accounts import services as accounts
from accounts.models import Post, User
from accounts.services import duty
from accounts.services.identities import make_sealing_key
from demonstration import people
from demonstration.cast import CAPACITIES, NEIGHBOURHOODS, PASSPHRASE, PASSWORD, ROLES, WARD_ID, Role
from demonstration.clock import at
from gateways.services import channels
from gateways.zalo.standin.demonstration import demonstration
from groups.models import Household, ZaloGroup
from groups.policies.rosters import visible_households
from groups.services import appointments, coverage, planning, rosters
from groups.services.imports.lifecycle import confirm_import, start_import
from groups.services.imports.reading import read_import
from groups.services.imports.saving import save_import
from vikhe_portal.core.permissions import Actor, system_actor
from vikhe_portal.core.scope import ward_scope
from vikhe_portal.core.spreadsheets import Sheet, xlsx_bytes
from wards import services as wards
from wards.models import Neighbourhood, WardProfile

SEED = 20_260_409
HOUSEHOLDS = 360
START_DAYS = 120


def actor(username: str) -> Actor:
    """The actor a demonstration account is today."""
    return account_selectors.actor_for(User.objects.get(username=username), WARD_ID)


def make_ward(start: datetime) -> None:
    """The ward, its profile and its accounts."""
    wards.load_units()
    wards.load_holidays()
    wards.activate_ward(ward_id=WARD_ID, demonstration=True)
    with at(start), ward_scope(WARD_ID):
        portal = system_actor(WARD_ID)
        WardProfile.objects.filter(ward_id=WARD_ID).update(
            identity_mode=WardProfile.IdentityMode.SEALED_ONLINE,
            identity_decision="Quyết định minh họa số 01/QĐ-MH",
            duty_phone="0900000000",
            office_address="Trụ sở Công an phường (minh họa)",
        )
        places = [wards.ensure_neighbourhood(actor=portal, name=name, since=start.date()) for name in NEIGHBOURHOODS]
        for role in ROLES:
            _make_account(portal, role, places)
        dice = random.Random(SEED)  # noqa: S311  (invented people)
        for place in places[1:]:
            for capacity in CAPACITIES:
                user = accounts.create_user(
                    actor=portal, full_name=people.name(dice, female=dice.random() < 0.4), fictional=True
                )
                accounts.appoint(
                    actor=portal, user=user, kind=Post.Kind.GROUP_DEPUTY, capacity=capacity, neighbourhood_id=place.pk
                )


def _make_account(portal: Actor, role: Role, places: list[Neighbourhood]) -> None:
    user = accounts.create_user(
        actor=portal, full_name=role.name, rank=role.rank, username=role.username, password=PASSWORD, fictional=True
    )
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    deputy = role.kind == Post.Kind.GROUP_DEPUTY
    accounts.appoint(
        actor=portal,
        user=user,
        kind=role.kind,
        capacity=role.capacity,
        neighbourhood_id=places[role.places[0]].pk if deputy else None,
        title=role.title,
        phone=role.phone,
        phone_published=role.published,
        decision_no="02/QĐ-MH",
    )
    if role.kind in (Post.Kind.CHIEF, Post.Kind.DEPUTY_CHIEF):
        make_sealing_key(actor=portal, user=user, passphrase=PASSPHRASE)


def make_roster(start: datetime) -> None:
    """Areas, a roster imported as any other file, and the groups proposed from it."""
    chief = actor("truongca")
    found = people.homes(SEED, NEIGHBOURHOODS, HOUSEHOLDS, coverage=0.42, this_year=start.year)
    heading, *rows = people.sheet_rows(_renamed(found))
    content = xlsx_bytes([Sheet("Nhân khẩu", [str(cell) for cell in heading], rows)])
    with at(start):
        with ward_scope(WARD_ID):
            for role in ROLES:
                if role.kind == Post.Kind.AREA_OFFICER and role.places:
                    _give_area(chief, role)
            row = start_import(actor=chief, content=content, filename="danh-sach-minh-hoa.xlsx")
        read_import(ward_id=WARD_ID, import_id=row.pk)
        with ward_scope(WARD_ID):
            row.refresh_from_db()
            confirm_import(actor=chief, row=row, legal_basis="Dữ liệu dựng để minh họa, không có người thật")
        save_import(ward_id=WARD_ID, import_id=row.pk)
        with ward_scope(WARD_ID):
            row.refresh_from_db()
            if row.status != "saved":
                raise RuntimeError(f"the demonstration's roster was not saved: {row.status} {row.message}")
            planning.propose(actor=chief, small_limit=1)
            for number, group in enumerate(planning.accept(actor=chief), start=1):
                ZaloGroup.objects.filter(pk=group.pk).update(link=f"https://zalo.me/g/minhhoa{number:03d}")
            _connect_zalo()


def _connect_zalo() -> None:
    """The ward's Official Account at the stand-in owns the groups of two neighbourhoods."""
    channels.connect_demonstration(ward_id=WARD_ID)
    for made in demonstration()["groups"]:
        place = made["name"].removeprefix("ANTT ")
        ZaloGroup.objects.filter(ward_id=WARD_ID, serves__neighbourhood__name=place).update(
            kind=ZaloGroup.Kind.GMF, remote_id=made["group_id"], link=made["group_link"]
        )


def lay_shifts(start: datetime) -> None:
    """Two weeks of duty from yesterday on: the duty officers in turn, chief and deputy as commanders."""
    first, chief = timezone.localdate() - timedelta(days=1), actor("truongca")
    last = first + timedelta(days=13)
    with ward_scope(WARD_ID):
        for kind, names in (("duty", ("trucban", "trucban2")), ("command", ("phoca", "truongca"))):
            crew = [actor(name).user for name in names]
            duty.lay_roster(actor=chief, kind=kind, people=crew, first=first, last=last, begins=time(7, 30), hours=24)


def _renamed(found: Iterator[people.Home]) -> Iterator[people.Home]:
    for home in found:
        yield people.Home(home.neighbourhood, home.code.replace("TDP", "MAU"), home.address, home.members)


def _give_area(chief: Actor, role: Role) -> None:
    places = list(Neighbourhood.objects.filter(ward_id=WARD_ID).order_by("id").values_list("pk", flat=True))
    appointments.assign_area(
        actor=chief,
        user=User.objects.get(username=role.username),
        neighbourhood_ids=[places[index] for index in role.places],
        decision_no="03/QĐ-MH",
    )


def live_on(start: datetime) -> None:
    """From the start to today: households join week by week, reasons are noted, each day's coverage is kept."""
    dice = random.Random(SEED + 1)  # noqa: S311  (invented history)
    officers = [actor("cskv1"), actor("cskv2")]
    day = start
    while day < timezone.now():
        with at(day), ward_scope(WARD_ID):
            if day.weekday() in (1, 5):
                for officer in officers:
                    _visit_some(officer, dice)
            coverage.record_day(ward_id=WARD_ID, day=timezone.localdate(day))
        day += timedelta(days=1)


def _visit_some(officer: Actor, dice: random.Random) -> None:
    gaps = list(
        visible_households(officer).filter(covered_by=0, ended_at__isnull=True, gap="").values_list("pk", flat=True)
    )
    for pk in dice.sample(gaps, min(len(gaps), dice.randint(1, 4))):
        if dice.random() < 0.8:
            rosters.mark_joined(actor=officer, household_id=pk)
        else:
            rosters.note_gap(
                actor=officer, household_id=pk, gap=dice.choice([Household.Gap.NO_ZALO, Household.Gap.NO_SMARTPHONE])
            )
            rosters.choose_channel(actor=officer, household_id=pk, channel=dice.choice(["loudspeaker", "neighbour"]))

"""The minutes of a handover, filled from its own rows: who, which groups, what moved, how the key was passed."""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Post, User
from accounts.selectors import post_title
from groups.models import Handover, HandoverStep
from groups.selectors.groups import GroupLine, group_lines
from groups.selectors.handover import places_of
from vikhe_portal.core import holdings
from vikhe_portal.core.documents import GroupState, OfficialDocument, OpenItem, Party, minutes, police_letterhead
from vikhe_portal.core.documents import Handover as Facts
from vikhe_portal.core.permissions import Actor
from wards.models import Ward, WardProfile


def bare(name: str) -> str:
    """A unit's name without its kind: "Phường Vị Khê" → "Vị Khê"."""
    for kind in ("Phường ", "Xã ", "Đặc khu ", "Tỉnh ", "Thành phố "):
        name = name.removeprefix(kind)
    return name


def handover_minutes(actor: Actor, row: Handover) -> OfficialDocument:
    """The minutes as an official document with three signatures; its number is on the row."""
    ward = Ward.objects.select_related("province").get(pk=row.ward_id)
    profile = WardProfile.objects.filter(ward_id=row.ward_id).first() or WardProfile()
    steps = list(row.steps.select_related("group", "done_by"))
    groups = {step.group_id: step.group for step in steps if step.group is not None}
    lines = group_lines(actor, groups=list(groups.values()))
    witness = next((step.done_by for step in steps if step.key == "witnessed" and step.done_by is not None), None)
    basis = _("Decision No. %(number)s") % {"number": row.decision_no}
    if row.decision_date:
        basis += _(" of %(date)s") % {"date": date_format(row.decision_date, "d/m/Y")}
    giver, taker = _party(row.from_user, row.ward_id, basis), _party(row.to_user, row.ward_id, basis)
    seen = _party(witness, row.ward_id, "") if witness is not None else Party(name="")
    facts = Facts(
        started_at=row.effective_at,
        ended_at=next((step.done_at for step in steps if step.key == "witnessed"), None) or timezone.now(),
        place=profile.office_address or str(ward.name),
        attendees=[_line(party) for party in (giver, taker, seen) if party.name],
        giver=giver,
        receiver=taker,
        witness=seen,
        groups=[_state(line) for line in lines],
        open_items=_items(row, ("tips.",)),
        scheduled_posts=[("", f"{item.number} ({item.state})", "") for item in _items(row, ("broadcasts.",))],
        records=_records(row, steps),
        transfers=[_transfer(step) for step in steps if step.key == "key" and step.done_at and step.group],
    )
    return minutes(police_letterhead(bare(ward.name), bare(ward.province.name)), facts, number=row.minutes_number)


def _records(row: Handover, steps: list[HandoverStep]) -> list[str]:
    places = ", ".join(place.name for place in places_of(row))
    noted = [step.group.name for step in steps if step.key == "briefing" and step.group and step.done_at]
    texts = [_("Charge of the neighbourhoods: %(places)s") % {"places": places}]
    if noted:  # the notes themselves stay in the portal
        texts.append(_("Briefing notes on the groups: %(groups)s") % {"groups": ", ".join(noted)})
    return texts


def _party(user: User, ward_id: int, basis: str) -> Party:
    return Party(
        name=user.full_name,
        rank=user.rank,
        position=post_title(user.pk, ward_id) or str(Post.Kind.AREA_OFFICER.label),
        basis=basis,
    )


def _line(party: Party) -> str:
    return ", ".join(part for part in (f"{party.rank} {party.name}".strip(), party.position) if part)


def _state(line: GroupLine) -> GroupState:
    check = line.check
    return GroupState(
        name=line.group.name,
        neighbourhoods=", ".join(place.name for place in line.places),
        members=line.group.counted_members if line.group.counted_members is not None else line.members,
        households_joined=line.covered,
        households=line.households,
        deputies=[one.user.full_name for one in line.deputies],
        settings=(
            _("%(score)s%% in order on %(date)s")
            % {"score": check.score, "date": date_format(timezone.localtime(check.done_at), "d/m/Y")}
            if check is not None
            else _("not checked yet")
        ),
    )


def _items(row: Handover, kinds: tuple[str, ...]) -> list[OpenItem]:
    labels = {provider.kind: str(provider.label) for provider in holdings.providers()}
    return [
        OpenItem(
            number=item.label,
            state=labels.get(item.kind, item.kind),
            due=_("passed on") if item.moved_at else _("not passed on"),
        )
        for item in row.items.all()
        if item.kind.startswith(kinds)
    ]


def _transfer(step: HandoverStep) -> str:
    assert step.done_at is not None  # asked for by the caller
    when = date_format(timezone.localtime(step.done_at), "H:i d/m/Y")
    name = step.group.name if step.group else ""
    if step.evidence_digest:
        return _("%(group)s: passed on, shown by a picture at %(when)s") % {"group": name, "when": when}
    by = step.done_by.get_full_name() if step.done_by else ""
    return _("%(group)s: passed on, seen by %(person)s at %(when)s") % {"group": name, "person": by, "when": when}

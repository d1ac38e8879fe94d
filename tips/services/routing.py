"""Which way a report goes: what the first question of the form decides, and what naming a member of staff changes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Post
from tips.models import Kind, Route, Tip, Track
from vikhe_portal.core.text import search_key

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class About(models.TextChoices):
    """The first question, asked before any name: facts, not legal kinds."""

    MATTER = "matter", _("Something in the neighbourhood")
    QUESTION = "question", _("A question on papers and procedures")
    POLICE = "police", _("How a police officer behaves or works")
    BRIBERY = "bribery", _("Somebody asks for or takes money or gifts")
    LEADER = "leader", _("The chief or a deputy chief of the ward police")
    HEAD = "head", _("A leader of the ward")


@dataclass(frozen=True)
class Way:
    """Where a report of this kind goes and what is taken with it."""

    route: str
    series: str
    track: str
    owner_role: str
    clocks: tuple[str, ...]
    takes_words: bool = True
    takes_identity: bool = False


_STAFF_CLOCKS = ("PETITION_NOTICE", "PETITION_RESOLVE")
WAYS: dict[str, Way] = {
    About.MATTER: Way(
        Route.ORDINARY,
        Tip.Series.GENERAL,
        Track.NONE,
        Post.Kind.DUTY_OFFICER,
        ("TIP_ACK", "TIP_ASSESS"),
        takes_identity=True,
    ),
    About.QUESTION: Way(
        Route.ORDINARY,
        Tip.Series.QUESTION,
        Track.QUESTION,
        Post.Kind.DUTY_OFFICER,
        ("QUESTION_ANSWER",),
        takes_identity=True,
    ),
    About.POLICE: Way(Route.CHIEF, Tip.Series.STAFF, Track.STAFF_CONDUCT, Post.Kind.CHIEF, _STAFF_CLOCKS),
    About.BRIBERY: Way(
        Route.CHIEF,
        Tip.Series.STAFF,
        Track.CORRUPTION,
        Post.Kind.CHIEF,
        ("DENUNCIATION_FORWARD", "DENUNCIATION_INITIAL"),
    ),
    About.LEADER: Way(
        Route.HEAD_RECORD,
        Tip.Series.STAFF,
        Track.STAFF_CONDUCT,
        Post.Kind.COMMITTEE_HEAD,
        ("DENUNCIATION_FORWARD",),
        takes_words=False,
    ),
    About.HEAD: Way(
        Route.CHIEF_RECORD,
        Tip.Series.STAFF,
        Track.STAFF_CONDUCT,
        Post.Kind.CHIEF,
        ("DENUNCIATION_FORWARD",),
        takes_words=False,
    ),
}
STAFF_ABOUT = (About.POLICE, About.BRIBERY, About.LEADER, About.HEAD)


def kind_for(about: str, chosen: str) -> str:
    """The plan's kind of a report: what the resident described in plain words, or what the first question says."""
    fixed = {
        About.QUESTION: Kind.QUESTION,
        About.POLICE: Kind.POLICE,
        About.LEADER: Kind.POLICE,
        About.BRIBERY: Kind.OTHER,
        About.HEAD: Kind.OTHER,
    }
    if about in fixed:
        return fixed[About(about)]
    return chosen if chosen in (Kind.SECURITY, Kind.CRIME, Kind.DISPUTE) else Kind.OTHER


def code_of(series: str, year: int, number: int) -> str:
    """The code people say: TB-2026-000123; reports about staff get a random one that tells no order and no count."""
    if series == Tip.Series.STAFF:
        letters = "".join(secrets.choice(_LETTERS) for _i in range(8))
        return f"CB-{letters[:4]}-{letters[4:]}"
    prefix = "HD" if series == Tip.Series.QUESTION else "TB"
    return f"{prefix}-{year}-{number:06d}"


def named_in(text: str, names: list[tuple[int, str, str]]) -> list[tuple[int, str]]:
    """(user id, kind of post) of staff whose full name stands in the text, marks and case aside."""
    key = f" {search_key(text)} "
    return [(user_id, kind) for user_id, name, kind in names if len(name.split()) > 1 and search_key(name) in key]


def route_for_subjects(ward_id: int, user_ids: list[int]) -> tuple[str, str]:
    """(route, owning post) of a report about these people, after decree 224/2025: officers → the chief; chief or
    deputy chief → a record for the committee head; committee head → a record for the chief."""
    kinds = set(
        Post.objects.filter(ward_id=ward_id, user_id__in=user_ids, held__contains=timezone.now()).values_list(
            "kind", flat=True
        )
    )
    if kinds & {Post.Kind.CHIEF, Post.Kind.DEPUTY_CHIEF}:
        return Route.HEAD_RECORD, Post.Kind.COMMITTEE_HEAD
    if Post.Kind.COMMITTEE_HEAD in kinds:
        return Route.CHIEF_RECORD, Post.Kind.CHIEF
    return Route.CHIEF, Post.Kind.CHIEF

"""The closed lists of tips: the plan's kinds, the legal tracks, the routes and channels."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """The five kinds of report an officer receives under the plan (part III.2.c), and questions on procedures."""

    SECURITY = "security", _("national security, public order and safety")
    CRIME = "crime", _("crime, social evils, traffic accidents, fire and explosion")
    DISPUTE = "dispute", _("conflicts among residents")
    POLICE = "police", _("conduct and attitude of the police")
    OTHER = "other", _("other matters")
    QUESTION = "question", _("a question on procedures")


class Track(models.TextChoices):
    """The way the law sets for a matter. A resident never chooses one: an officer classifies."""

    NONE = "", _("not classified yet")
    CRIME_DENUNCIATION = "crime_denunciation", _("crime denunciation by a person")
    CRIME_REPORT = "crime_report", _("crime report")
    PROSECUTION = "prosecution", _("recommendation to prosecute (official letter)")
    DENUNCIATION = "denunciation", _("denunciation under the Law on Denunciations")
    CORRUPTION = "corruption", _("report of corruption")
    COMPLAINT = "complaint", _("complaint against an administrative act")
    FEEDBACK = "feedback", _("feedback or proposal")
    STAFF_CONDUCT = "staff_conduct", _("feedback on the conduct of police staff")
    VIOLATION = "violation", _("administrative violation")
    ACCIDENT = "accident", _("traffic accident")
    FIRE = "fire", _("fire or explosion")
    DISPUTE = "dispute", _("dispute for grassroots mediation")
    DOMESTIC_VIOLENCE = "domestic_violence", _("domestic violence or harm to a child")
    OTHER_BODY = "other_body", _("matter of another body")
    SECURITY = "national_security", _("national security")
    QUESTION = "question", _("question on a procedure")


CRIME_TRACKS = (Track.CRIME_DENUNCIATION, Track.CRIME_REPORT, Track.PROSECUTION)
# Handled on paper only; the portal keeps a reference to the paper book, nothing of the author.
PAPER_TRACKS = (Track.DENUNCIATION, Track.CORRUPTION)


class Route(models.TextChoices):
    """Who may know of a tip at all. Every read starts from it (tips.policies)."""

    ORDINARY = "ordinary", _("the ward police")
    CHIEF = "chief", _("the chief of the ward police only")
    SECURITY = "security", _("the chief and named deputies")
    HEAD_RECORD = "head", _("a record for the committee head; the province decides")
    CHIEF_RECORD = "chief_record", _("a record for the chief; the superior body decides")


RECORD_ROUTES = (Route.HEAD_RECORD, Route.CHIEF_RECORD)


class Channel(models.TextChoices):
    """How it came in: a column of the intake register."""

    FORM = "form", _("public form")
    IN_PERSON = "in_person", _("in person")
    PHONE = "phone", _("by telephone")
    GROUP = "group", _("heard in a Zalo group")
    OA = "oa", _("Zalo Official Account")
    LETTER = "letter", _("letter or petition")
    VNEID = "vneid", _("VNeID")
    PRESS = "press", _("mass media")
    OFFICIAL = "official", _("official letter of another body")


class Urgency(models.IntegerChoices):
    """How fast it must be looked at."""

    NORMAL = 0, _("normal")
    HIGH = 1, _("soon")
    URGENT = 2, _("urgent")


class DayPart(models.TextChoices):
    """The time of an event, coarse on purpose: the minute would point at who saw it."""

    MORNING = "morning", _("in the morning")
    NOON = "noon", _("at noon")
    AFTERNOON = "afternoon", _("in the afternoon")
    EVENING = "evening", _("in the evening")
    NIGHT = "night", _("at night")


class Progress(models.TextChoices):
    """What happens to a matter outside the ward and is noted on the strength of a document."""

    ACCEPTED = "accepted", _("accepted for settlement")
    COMPLEX = "complex", _("the investigating body takes up to two months (complex matter)")
    EXTENDED = "extended", _("the procuracy extended the period once")
    SUSPENDED = "suspended", _("suspended by the investigating body")
    RESUMED = "resumed", _("resumed by the investigating body")
    RESULT = "result", _("the result is known")

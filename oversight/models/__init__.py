"""Reviews with frozen figures, directives and parts, inspections and findings, regulations, messages
of the day, requests of residents for their data, how personal data is treated."""

from oversight.models.data_requests import DataRequest
from oversight.models.directives import Directive, DirectiveNote, DirectivePart, RaisedMatter
from oversight.models.inspections import Finding, Inspection, InspectionItem
from oversight.models.privacy import (
    BreachDuty,
    DataBreach,
    LevelDay,
    LevelLimit,
    ProcessingActivity,
    ProcessingReview,
    RetentionRule,
)
from oversight.models.regulations import Regulation, RegulationAcknowledgement
from oversight.models.reviews import DailyMessage, Review

__all__ = [
    "BreachDuty",
    "DataBreach",
    "LevelDay",
    "LevelLimit",
    "ProcessingActivity",
    "ProcessingReview",
    "RetentionRule",
    "DailyMessage",
    "DataRequest",
    "Directive",
    "DirectiveNote",
    "DirectivePart",
    "Finding",
    "Inspection",
    "InspectionItem",
    "RaisedMatter",
    "Regulation",
    "RegulationAcknowledgement",
    "Review",
]

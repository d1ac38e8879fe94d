"""Reviews with frozen figures, directives and parts, inspections and findings, regulations, messages
of the day, requests of residents for their data."""

from oversight.models.data_requests import DataRequest
from oversight.models.directives import Directive, DirectiveNote, DirectivePart, RaisedMatter
from oversight.models.inspections import Finding, Inspection, InspectionItem
from oversight.models.regulations import Regulation, RegulationAcknowledgement
from oversight.models.reviews import DailyMessage, Review

__all__ = [
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

"""Reviews with their frozen figures, directives and their parts, inspections and findings, messages of the day."""

from oversight.models.directives import Directive, DirectiveNote, DirectivePart, RaisedMatter
from oversight.models.inspections import Finding, Inspection, InspectionItem
from oversight.models.reviews import DailyMessage, Review

__all__ = [
    "DailyMessage",
    "Directive",
    "DirectiveNote",
    "DirectivePart",
    "Finding",
    "Inspection",
    "InspectionItem",
    "RaisedMatter",
    "Review",
]

"""Households and people, Zalo groups and who leads them, imports, coverage, handovers."""

from groups.models.areas import OfficerArea
from groups.models.checks import Checklist, GroupCheck, GroupCount, GroupReport
from groups.models.fakes import SuspectedFake, TakeDownTerm
from groups.models.handover import Handover, HandoverArea, HandoverItem, HandoverStep
from groups.models.households import Coverage, CoverageDay, Household, ImportChange, Person, RosterImport, RosterSource
from groups.models.joining import GroupRules, JoinRequest, RulesAcceptance
from groups.models.members import DuplicateDecision, ListedMember, MemberList
from groups.models.reorganisation import HouseholdMove, Succession
from groups.models.violations import Violation, ViolationStep
from groups.models.zalo import (
    Appointment,
    GroupNeighbourhood,
    GroupProposal,
    Membership,
    ProposedNeighbourhood,
    ZaloGroup,
    public_token,
)

__all__ = [
    "Appointment",
    "Checklist",
    "Coverage",
    "CoverageDay",
    "DuplicateDecision",
    "GroupCheck",
    "GroupCount",
    "GroupNeighbourhood",
    "GroupProposal",
    "GroupReport",
    "GroupRules",
    "Handover",
    "HandoverArea",
    "HandoverItem",
    "HandoverStep",
    "Household",
    "ImportChange",
    "JoinRequest",
    "ListedMember",
    "MemberList",
    "Membership",
    "OfficerArea",
    "Person",
    "ProposedNeighbourhood",
    "RosterImport",
    "RosterSource",
    "RulesAcceptance",
    "HouseholdMove",
    "Succession",
    "SuspectedFake",
    "TakeDownTerm",
    "Violation",
    "ViolationStep",
    "ZaloGroup",
    "public_token",
]

"""Which officer has charge of which neighbourhood, with dates."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from vikhe_portal.core.fields import WardForeignKey
from vikhe_portal.core.models import TimeStamped
from wards.models import Neighbourhood, Ward

User = settings.AUTH_USER_MODEL


class OfficerArea(TimeStamped):
    """An area officer's charge of one neighbourhood, with dates. One officer at any moment."""

    ward = models.ForeignKey(Ward, models.PROTECT, related_name="+", verbose_name=_("ward"))
    user = models.ForeignKey(User, models.PROTECT, related_name="areas", verbose_name=_("area officer"))
    neighbourhood = WardForeignKey(Neighbourhood, models.PROTECT, related_name="areas", verbose_name=_("neighbourhood"))
    held = DateTimeRangeField(_("held"))
    is_cover = models.BooleanField(_("temporary cover"), default=False)
    decision_no = models.CharField(_("decision number"), max_length=60, blank=True)

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="groups_one_area_officer",
                expressions=[
                    ("ward", RangeOperators.EQUAL),
                    ("neighbourhood", RangeOperators.EQUAL),
                    ("held", RangeOperators.OVERLAPS),
                ],
                condition=Q(is_cover=False),
            )
        ]

"""What the wards app registers: its menu entry."""

from django.utils.translation import gettext_lazy as _

from vikhe_portal.core import navigation

navigation.register(
    navigation.Entry(_("Holidays and working days"), "wards:calendar", "calendar", "wards.calendar", 94)
)

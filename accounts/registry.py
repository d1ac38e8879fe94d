"""What the accounts app registers: menu entries."""

from django.utils.translation import gettext_lazy as _

from vikhe_portal.core import navigation

navigation.register(navigation.Entry(_("People and posts"), "accounts:staff", "users-group", "accounts.staff", 90))
navigation.register(navigation.Entry(_("Who can see what"), "accounts:rights", "shield-check", "accounts.rights", 95))

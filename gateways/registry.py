"""What the gateways register: the menu entry."""

from django.utils.translation import gettext_lazy as _

from vikhe_portal.core import navigation

navigation.register(navigation.Entry(_("Zalo channel"), "gateways:channels", "plug-connected", "gateways.manage", 92))

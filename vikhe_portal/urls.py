"""All addresses. Each app owns a prefix; the public pages of an app stand under its own public prefix."""

from allauth.account import views as allauth_views
from django.urls import include, path

from accounts.views import OwnPasswordView
from accounts.views.sign_in import SignOutView
from vikhe_portal.core.health import HealthView

urlpatterns = [
    path("suc-khoe/", HealthView.as_view(), name="health"),
    # Of allauth only what staff use: no registration, no reset by e-mail, no e-mail addresses.
    path("tai-khoan/dang-nhap/", allauth_views.login, name="account_login"),
    path("tai-khoan/dang-xuat/", SignOutView.as_view(), name="account_logout"),
    path("tai-khoan/xac-nhan/", allauth_views.reauthenticate, name="account_reauthenticate"),
    path("tai-khoan/mat-khau/", OwnPasswordView.as_view(), name="account_change_password"),
    path("tai-khoan/xac-thuc/", include("allauth.mfa.urls")),
    path("tai-khoan/thiet-bi/", include("allauth.usersessions.urls")),
    path("tai-khoan/", include("accounts.urls")),
    path("dia-ban/", include("wards.urls")),
    path("", include("groups.urls")),
    path("", include("tips.urls")),
    path("", include("broadcasts.urls")),
    path("", include("gateways.urls")),
    path("", include("oversight.urls")),
]

handler400 = "vikhe_portal.core.errors.bad_request"
handler403 = "vikhe_portal.core.errors.forbidden"
handler404 = "vikhe_portal.core.errors.not_found"
handler500 = "vikhe_portal.core.errors.server_error"

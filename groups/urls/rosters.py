"""Addresses of rosters."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

urlpatterns: list[URLPattern] = [path("nhap-danh-sach/<int:pk>/", RedirectView.as_view(), name="import")]

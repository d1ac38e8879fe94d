"""Addresses of the tips app."""

from django.urls import URLPattern, URLResolver, path
from django.views.generic import View

app_name = "tips"
urlpatterns: list[URLPattern | URLResolver] = [
    path("tin-bao/", View.as_view(), name="queue"),
    path("tin-bao/cua-toi/", View.as_view(), name="mine"),
    path("tin-bao/<uuid:uuid>/", View.as_view(), name="detail"),
]

"""Addresses of the wards app."""

from django.urls import URLPattern, URLResolver

app_name = "wards"
urlpatterns: list[URLPattern | URLResolver] = []

"""Addresses of the tips app."""

from django.urls import URLPattern, URLResolver

app_name = "tips"
urlpatterns: list[URLPattern | URLResolver] = []

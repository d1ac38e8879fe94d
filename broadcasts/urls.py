"""Addresses of the broadcasts app."""

from django.urls import URLPattern, URLResolver

app_name = "broadcasts"
urlpatterns: list[URLPattern | URLResolver] = []

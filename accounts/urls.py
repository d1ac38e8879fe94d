"""Addresses of the accounts app."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [path("phuong/<int:ward_id>/chon/", views.ChooseWardView.as_view(), name="choose-ward")]

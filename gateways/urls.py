"""Addresses of the gateways app."""

from django.urls import path

from gateways import views

app_name = "gateways"
urlpatterns = [
    path("zalo/<slug:oa_id>/webhook", views.ZaloWebhookView.as_view(), name="zalo-webhook"),
    path("kenh-zalo/", views.ChannelsView.as_view(), name="channels"),
    path("kenh-zalo/<int:pk>/dung-lai/", views.ReleaseView.as_view(), name="channel-release"),
]

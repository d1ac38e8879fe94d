"""Addresses of the accounts app."""

from django.urls import path

from accounts import views

app_name = "accounts"
urlpatterns = [
    path("phuong/<int:ward_id>/chon/", views.ChooseWardView.as_view(), name="choose-ward"),
    path("mat-khau/da-doi/", views.PasswordChangedView.as_view(), name="password-changed"),
    path("can-bo/", views.StaffListView.as_view(), name="staff"),
    path("can-bo/them/", views.StaffCreateView.as_view(), name="staff-create"),
    path("can-bo/<int:user_id>/", views.StaffMemberView.as_view(), name="staff-member"),
    path("can-bo/<int:user_id>/cap-mat-khau/", views.FirstPasswordView.as_view(), name="first-password"),
    path("chuc-vu/<int:post_id>/ket-thuc/", views.EndPostView.as_view(), name="end-post"),
    path("quyen-han/", views.RightsView.as_view(), name="rights"),
    path("thong-bao/", views.NoticesView.as_view(), name="notices"),
]

"""Addresses of the accounts app."""

from django.urls import path

from accounts import views
from accounts.views import duty, identities, keys, sign_in, trail

app_name = "accounts"
urlpatterns = [
    path("phuong/<int:ward_id>/chon/", views.ChooseWardView.as_view(), name="choose-ward"),
    path("mat-khau/da-doi/", views.PasswordChangedView.as_view(), name="password-changed"),
    path("khoa/", sign_in.LockView.as_view(), name="lock"),
    path("con-o-day/", sign_in.StillHereView.as_view(), name="still-here"),
    path("can-bo/", views.StaffListView.as_view(), name="staff"),
    path("can-bo/them/", views.StaffCreateView.as_view(), name="staff-create"),
    path("can-bo/<int:user_id>/", views.StaffMemberView.as_view(), name="staff-member"),
    path("can-bo/<int:user_id>/cap-mat-khau/", views.FirstPasswordView.as_view(), name="first-password"),
    path("can-bo/<int:user_id>/mo-khoa/", sign_in.UnlockView.as_view(), name="unlock"),
    path("can-bo/<int:user_id>/bat-lai/", sign_in.ReactivateView.as_view(), name="reactivate"),
    path("can-bo/<int:user_id>/tat/", sign_in.SwitchOffView.as_view(), name="switch-off"),
    path("can-bo/<int:user_id>/lap-lai-xac-thuc/", sign_in.ResetFactorView.as_view(), name="reset-factor"),
    path("can-bo/<int:user_id>/khoa-tai-cho/", keys.InviteView.as_view(), name="key-invite"),
    path("khoa-tai-cho/<str:token>/", keys.AcceptView.as_view(), name="key-accept"),
    path("nhat-ky/", trail.TrailView.as_view(), name="trail"),
    path("nhat-ky/tai-ve/", trail.TrailExportView.as_view(), name="trail-export"),
    path("nhat-ky/neo/", trail.AnchorView.as_view(), name="trail-anchor"),
    path("danh-tinh/", identities.IdentitiesView.as_view(), name="identities"),
    path("danh-tinh/quyet-dinh/", identities.ProposeView.as_view(), name="identities-propose"),
    path("danh-tinh/quyet-dinh/<int:pk>/xac-nhan/", identities.ConfirmView.as_view(), name="identities-confirm"),
    path("danh-tinh/quyet-dinh/<int:pk>/bo/", identities.DropView.as_view(), name="identities-drop"),
    path("danh-tinh/ngung/", identities.StopView.as_view(), name="identities-stop"),
    path("khoa-niem-phong/", identities.SealingKeyView.as_view(), name="sealing-key"),
    path("chuc-vu/<int:post_id>/ket-thuc/", views.EndPostView.as_view(), name="end-post"),
    path("quyen-han/", views.RightsView.as_view(), name="rights"),
    path("thong-bao/", views.NoticesView.as_view(), name="notices"),
    path("thong-bao/<int:notice_id>/nhan/", duty.TakeNoticeView.as_view(), name="notice-take"),
    path("truc-ban/", duty.DutyView.as_view(), name="duty"),
    path("truc-ban/xep/", duty.LayRosterView.as_view(), name="duty-lay"),
    path("truc-ban/so-phut/", duty.AlertMinutesView.as_view(), name="duty-minutes"),
    path("truc-ban/<int:shift_id>/doi-nguoi/", duty.ShiftPersonView.as_view(), name="shift-person"),
    path("truc-ban/<int:shift_id>/nhan-ca/", duty.TakeShiftView.as_view(), name="shift-take"),
    path("truc-ban/<int:shift_id>/ban-giao/", duty.ShiftNoteView.as_view(), name="shift-note"),
    path("truc-ban/<int:shift_id>/bo/", duty.RemoveShiftView.as_view(), name="shift-remove"),
]
